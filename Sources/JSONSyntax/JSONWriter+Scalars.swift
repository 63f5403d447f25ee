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
        buffer.reserve(24)
        separate()
        if value < 0 { buffer.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        var length = 1
        var bound: UInt64 = 10
        while length < 20, rest >= bound {
            length += 1
            if length == 20 { break }
            bound *= 10
        }
        let room = buffer.spare(atLeast: length)
        var index = length
        repeat {
            index -= 1
            room[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        buffer.commit(length)
        needsComma = true
    }

    /// A finite number, in the shortest form that reads back as the same.
    public mutating func number(_ value: Double) {
        precondition(value.isFinite, "JSON has no infinities and no NaN (RFC 8259 §6)")
        raw(value.description)
    }
}
