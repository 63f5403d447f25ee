/// The characters of HTTP's grammar, and comparisons on bytes.
enum Characters {
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")
    static let carriageReturn = UInt8(ascii: "\r")
    static let lineFeed = UInt8(ascii: "\n")

    /// `tchar` of RFC 9110 §5.6.2 as two sets of 64 bits.
    private static let tokenLow = set("!#$%&'*+-.0123456789", from: 0)
    private static let tokenHigh = set("ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~", from: 64)

    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        byte < 64 ? tokenLow >> UInt64(byte) & 1 == 1 : byte < 128 && tokenHigh >> UInt64(byte - 64) & 1 == 1
    }

    static func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 0 else { return false }
        for byte in bytes where !isToken(byte) { return false }
        return true
    }

    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    @inline(__always)
    static func isAlphanumeric(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26 }

    /// The bytes without blanks at both ends: `OWS` of RFC 9110 §5.6.3.
    @inline(__always)
    static func trim(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var first = 0
        var end = bytes.count
        while first < end, isBlank(bytes[first]) { first += 1 }
        while end > first, isBlank(bytes[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[first..<end])
    }

    /// Whether bytes are a word, letter case aside.
    ///
    /// - Parameters:
    ///   - bytes: Any bytes.
    ///   - word: In lower case.
    /// - Returns: Whether they are equal.
    @inline(__always)
    static func equal(_ bytes: UnsafeRawBufferPointer, ignoringCaseOf word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        let start = word.utf8Start
        for index in 0..<bytes.count where lowercased(bytes[index]) != start[index] { return false }
        return true
    }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
    }

    /// Whether bytes are exactly a word.
    @inline(__always)
    static func equal(_ bytes: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        bytes.count == word.utf8CodeUnitCount && starts(bytes, with: word)
    }

    @inline(__always)
    static func starts(_ bytes: UnsafeRawBufferPointer, with word: StaticString) -> Bool {
        guard bytes.count >= word.utf8CodeUnitCount else { return false }
        let start = word.utf8Start
        for index in 0..<word.utf8CodeUnitCount where bytes[index] != start[index] { return false }
        return true
    }

    /// Calls `body` with each item of a comma-separated list, blanks trimmed and empty items left out (RFC 9110 §5.6.1.2).
    static func forEachListItem(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
        var start = 0
        for index in 0...bytes.count where index == bytes.count || bytes[index] == UInt8(ascii: ",") {
            let item = trim(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            if item.count > 0 { body(item) }
            start = index + 1
        }
    }

    /// The first item of a comma-separated list, empty where there is none.
    static func firstListItem(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        trim(UnsafeRawBufferPointer(rebasing: bytes.prefix { $0 != UInt8(ascii: ",") }))
    }

    private static func set(_ characters: StaticString, from base: UInt8) -> UInt64 {
        var bits: UInt64 = 0
        for index in 0..<characters.utf8CodeUnitCount { bits |= 1 << UInt64(characters.utf8Start[index] - base) }
        return bits
    }
}
