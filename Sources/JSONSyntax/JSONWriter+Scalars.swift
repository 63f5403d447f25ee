extension JSONWriter {
    /// A string given as UTF-8; quotes, backslashes and control characters are escaped (RFC 8259 §7), nothing else.
    public mutating func string(utf8 bytes: UnsafeRawBufferPointer) {
        buffer.reserve(bytes.count + 3)
        separate()
        buffer.append(UInt8(ascii: "\""))
        var plain = 0
        for index in 0..<bytes.count where Self.needsEscape(bytes[index]) {
            buffer.append(UnsafeRawBufferPointer(rebasing: bytes[plain..<index]))
            appendEscape(of: bytes[index])
            plain = index + 1
        }
        buffer.append(UnsafeRawBufferPointer(rebasing: bytes[plain...]))
        buffer.append(UInt8(ascii: "\""))
        needsComma = true
    }

    @inline(__always)
    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func appendEscape(of byte: UInt8) {
        buffer.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: buffer.append(UInt8(ascii: "b"))
        case 0x09: buffer.append(UInt8(ascii: "t"))
        case 0x0A: buffer.append(UInt8(ascii: "n"))
        case 0x0C: buffer.append(UInt8(ascii: "f"))
        case 0x0D: buffer.append(UInt8(ascii: "r"))
        case 0..<0x20:
            buffer.append("u00")
            buffer.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
            let digit = byte & 15
            buffer.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        default: buffer.append(byte)
        }
    }

    /// An integer.
    @inlinable
    public mutating func integer(_ value: some BinaryInteger) {
        integer(Int64(value))
    }

    /// An integer.
    public mutating func integer(_ value: Int64) {
        separate()
        if value < 0 { buffer.append(UInt8(ascii: "-")) }
        let digits = Self.digitCount(of: value.magnitude)
        // Where they belong at once: bytes that have just been written are slow to copy as words.
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer.spare(atLeast: digits)[..<digits])
        Self.write(value.magnitude, filling: room)
        buffer.commit(digits)
        needsComma = true
    }

    @inline(__always)
    private static func digitCount(of value: UInt64) -> Int {
        var (count, rest) = (1, value)
        while rest >= 10_000 {
            rest /= 10_000
            count += 4
        }
        if rest >= 1_000 { return count + 3 }
        if rest >= 100 { return count + 2 }
        return rest >= 10 ? count + 1 : count
    }

    private static let pairsOfDigits: StaticString = """
        0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
        5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """

    /// Writes digits from the last to the first, two for each division.
    @inline(__always)
    private static func write(_ value: UInt64, filling digits: UnsafeMutableRawBufferPointer) {
        let pairs = pairsOfDigits.utf8Start
        var rest = value
        var place = digits.count
        while rest >= 100 {
            let pair = Int(rest % 100) * 2
            rest /= 100
            place -= 2
            digits[place] = pairs[pair]
            digits[place + 1] = pairs[pair + 1]
        }
        if rest >= 10 {
            place -= 1
            digits[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        digits[place - 1] = UInt8(ascii: "0") + UInt8(rest)
    }

    /// A finite number, in the shortest form that reads back as the same.
    public mutating func number(_ value: Double) {
        precondition(value.isFinite, "JSON has no infinities and no NaN (RFC 8259 §6)")
        raw(value.description)
    }
}
