extension JSONParser {
    /// A string, from its opening quote to the closing one; the node covers what is between them.
    mutating func string(_ document: JSONDocument) throws(JSONSyntaxError) {
        place += 1
        let start = offset
        var isEscaped = false
        while true {
            skipPlainCharacters()
            let byte = try current()
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                isEscaped = true
                try escape()
            } else if byte < 0x20 {
                throw failure(.controlCharacter)
            } else {
                try multiByteCharacter(byte)
            }
        }
        document.append(JSONNode(.string, start: start, length: offset - start, flagged: isEscaped))
        place += 1
    }

    /// Passes characters that mean themselves and are ASCII, eight at a time.
    ///
    /// Each term marks the high bit of bytes of one kind. A borrow can mark bytes behind the first hit wrongly, never before it,
    /// and only the first counts.
    @inline(__always)
    private mutating func skipPlainCharacters() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while end - place >= 8 {
            let word = UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
            let quotes = word ^ (ones &* 0x22)
            let backslashes = word ^ (ones &* 0x5C)
            let hits =
                (((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
                    | ((word &- ones &* 0x20) & ~word)
                    | word) & highs
            if hits != 0 {
                place += hits.trailingZeroBitCount / 8
                return
            }
            place += 8
        }
        while place < end {
            let byte = place.load(as: UInt8.self)
            if byte == 0x22 || byte == 0x5C || byte < 0x20 || byte >= 0x80 { return }
            place += 1
        }
    }

    /// An escape (RFC 8259 §7); the place is on the backslash.
    private mutating func escape() throws(JSONSyntaxError) {
        let start = place
        place += 1
        switch try current() {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            place += 1
        case UInt8(ascii: "u"):
            place += 1
            let unit = try hexadecimalUnit(start)
            if unit & 0xFC00 == 0xDC00 { throw failure(.loneSurrogate, at: start) }
            if unit & 0xFC00 == 0xD800 { try lowSurrogate(start) }
        default:
            throw failure(.badEscape, at: start)
        }
    }

    private mutating func lowSurrogate(_ start: UnsafeRawPointer) throws(JSONSyntaxError) {
        guard end - place >= 2, place.load(as: UInt8.self) == UInt8(ascii: "\\"),
            (place + 1).load(as: UInt8.self) == UInt8(ascii: "u")
        else { throw failure(.loneSurrogate, at: start) }
        place += 2
        guard try hexadecimalUnit(start) & 0xFC00 == 0xDC00 else { throw failure(.loneSurrogate, at: start) }
    }

    private mutating func hexadecimalUnit(_ start: UnsafeRawPointer) throws(JSONSyntaxError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = hexadecimalDigit(try current()) else { throw failure(.badEscape, at: start) }
            unit = unit << 4 | digit
            place += 1
        }
        return unit
    }

    /// A character of two to four bytes (RFC 3629 §4): no overlong forms, no surrogates, nothing above U+10FFFF.
    private mutating func multiByteCharacter(_ first: UInt8) throws(JSONSyntaxError) {
        let length: Int
        let second: ClosedRange<UInt8>
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw failure(.badUTF8)
        }
        guard end - place >= length, second.contains((place + 1).load(as: UInt8.self)) else { throw failure(.badUTF8) }
        for index in 2..<max(length, 2) where (place + index).load(as: UInt8.self) & 0xC0 != 0x80 {
            throw failure(.badUTF8)
        }
        place += length
    }
}

/// The value of a hexadecimal digit; `nil` for any other character.
@inline(__always)
func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}
