extension JSONParser {
    /// A number (RFC 8259 §6): digits without leading zeros, maybe a fraction, maybe an exponent.
    mutating func number(_ document: JSONDocument) throws(JSONSyntaxError) {
        let start = offset
        if try current() == UInt8(ascii: "-") { place += 1 }
        if place < end, place.load(as: UInt8.self) == UInt8(ascii: "0") {
            place += 1
        } else {
            try digits()
        }
        var isInteger = true
        if place < end, place.load(as: UInt8.self) == UInt8(ascii: ".") {
            isInteger = false
            place += 1
            try digits()
        }
        if place < end, place.load(as: UInt8.self) | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            place += 1
            if place < end, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(place.load(as: UInt8.self)) { place += 1 }
            try digits()
        }
        document.append(JSONNode(.number, start: start, length: offset - start, flagged: isInteger))
    }

    /// At least one digit.
    private mutating func digits() throws(JSONSyntaxError) {
        let start = place
        while place < end, place.load(as: UInt8.self) &- UInt8(ascii: "0") < 10 { place += 1 }
        if place == start { throw failure(place == end ? .unexpectedEnd : .badNumber) }
    }
}
