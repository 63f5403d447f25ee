import Bytes

extension JSONView {
    /// The text in which two values are the same exactly when they are equal.
    ///
    /// Members stand by their names, escapes are undone where they can be, there is no white space, and a number has one spelling,
    /// whatever its size: 1, 1.0 and 10e-1 are the same, 9007199254740993 and 9007199254740992.0 are not. For comparing only; no
    /// reader of numbers is meant to take it.
    public var canonical: [UInt8] {
        var json = JSONWriter(capacity: source.count)
        appendCanonical(to: &json)
        return Array(json.buffer.readable)
    }

    private func appendCanonical(to json: inout JSONWriter) {
        switch kind {
        case .null, .boolean: json.raw(source)
        case .number: json.raw(CanonicalNumber.text(source))
        case .string: text?.withBytes { json.string(utf8: $0) }
        case .array:
            json.beginArray()
            for element in elements { element.appendCanonical(to: &json) }
            json.endArray()
        case .object:
            json.beginObject()
            let sorted = members.map { (name: $0.name.string, value: $0.value) }
                .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            for member in sorted {
                json.name(member.name)
                member.value.appendCanonical(to: &json)
            }
            json.endObject()
        }
    }
}

/// A number as its digits and a power of ten, without zeros at either end: `125e-1` for 12.50.
private enum CanonicalNumber {
    /// The one spelling of a number that the parser has accepted.
    static func text(_ source: UnsafeRawBufferPointer) -> [UInt8] {
        let letter = source.firstIndex { $0 | 0x20 == UInt8(ascii: "e") }
        // Past 32 bits of exponent a number keeps its spelling: what is added below cannot overflow.
        guard let written = letter.map({ exponent(source[($0 + 1)...]) }) ?? .some(0) else { return Array(source) }
        var digits: [UInt8] = []
        var power = Int(written)
        var isFraction = false
        for byte in source[..<(letter ?? source.endIndex)] {
            switch byte {
            case UInt8(ascii: "-"): break
            case UInt8(ascii: "."): isFraction = true
            default:
                if isFraction { power -= 1 }
                // Zeros in front say nothing.
                if byte != UInt8(ascii: "0") || !digits.isEmpty { digits.append(byte) }
            }
        }
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            power += 1
        }
        if digits.isEmpty { return [UInt8(ascii: "0")] }
        let sign = source.first == UInt8(ascii: "-") ? [UInt8(ascii: "-")] : []
        return sign + digits + Array("e\(power)".utf8)
    }

    private static func exponent(_ digits: Slice<UnsafeRawBufferPointer>) -> Int32? {
        Int32(String(decoding: digits, as: UTF8.self))
    }
}
