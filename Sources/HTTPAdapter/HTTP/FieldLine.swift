import ProtocolWire

/// One line of a header or trailer section (RFC 9112 §5): a name, a colon, a value.
struct FieldLine {
    let name: UnsafeRawBufferPointer
    /// The value without blanks around it.
    let value: UnsafeRawBufferPointer

    /// Splits a line.
    ///
    /// - Parameters:
    ///   - line: Not empty, without its end.
    ///   - bytes: Where the line stands.
    /// - Throws: 400 for what is no field, or not the same field to every reader.
    init(_ line: Range<Int>, in bytes: UnsafeRawBufferPointer) throws(Problem) {
        let line = UnsafeRawBufferPointer(rebasing: bytes[line])
        // RFC 9112 §5.2: obs-fold.
        if Characters.isBlank(line[0]) {
            throw .malformed("a header line begins with white space", "write each field on one line")
        }
        var colon = 0
        while colon < line.count, Characters.isToken(line[colon]) { colon += 1 }
        guard colon > 0, colon < line.count, line[colon] == UInt8(ascii: ":") else { throw Self.badName(line, colon) }
        name = UnsafeRawBufferPointer(rebasing: line[..<colon])
        value = Characters.trim(UnsafeRawBufferPointer(rebasing: line[(colon + 1)...]))
        guard Self.isValue(value) else {
            throw .malformed(
                "a header value holds a control character",
                "send visible characters, spaces and tabs only"
            )
        }
    }

    /// Whether bytes may stand in a field value: no control characters but the tab (RFC 9110 §5.5).
    ///
    /// That rules out a bare CR.
    @inline(__always)
    static func isValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var index = 0
        while bytes.count - index >= 8 {
            // Marks the high bit of bytes below 0x20 and of 0x7F; see `JSONParser.skipPlainCharacters` for why that is exact enough.
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let deletes = word ^ (ones &* 0x7F)
            let hits = (((word &- ones &* 0x20) & ~word) | ((deletes &- ones) & ~deletes)) & highs
            if hits != 0 { break }
            index += 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 && byte != Characters.tab || byte == 0x7F { return false }
            index += 1
        }
        return true
    }

    /// RFC 9112 §5.1: no white space between name and colon; RFC 9110 §5.1: a name is a token.
    private static func badName(_ line: UnsafeRawBufferPointer, _ place: Int) -> Problem {
        if place == line.count { return .malformed("a header line has no colon", "write each field as name: value") }
        if place == 0 { return .malformed("a header line has no name", "write each field as name: value") }
        if Characters.isBlank(line[place]) {
            return .malformed(
                "white space stands before the colon of a header field",
                "put the colon right behind the name"
            )
        }
        return .malformed("a header name holds a character that names do not have", "use letters, digits and dashes")
    }
}
