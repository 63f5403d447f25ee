public import Bytes

/// A string's content as it stands in the text; escapes are undone only where somebody asks for it.
@frozen
public struct JSONText {
    /// What is between the quotes.
    public let raw: UnsafeRawBufferPointer
    /// Whether there are escapes in it.
    public let isEscaped: Bool

    @inlinable @inline(__always)
    init(node: UnsafePointer<JSONNode>, text: UnsafeRawPointer) {
        raw = UnsafeRawBufferPointer(start: text + Int(node.pointee.start), count: Int(node.pointee.length))
        isEscaped = node.pointee.isFlagged
    }

    /// The content.
    public var string: String {
        withBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// Length in bytes of UTF-8, escapes undone.
    @inlinable
    public var utf8Count: Int {
        isEscaped ? withBytes { $0.count } : raw.count
    }

    /// Length in Unicode code points, escapes undone.
    @inlinable
    public var codePointCount: Int {
        withBytes { bytes in
            // Every code point has one byte that is not a continuation.
            var count = 0
            for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
            return count
        }
    }

    /// Whether the length in Unicode code points is within a range.
    ///
    /// A code point has one to four bytes (RFC 3629 §3), so most texts need not be counted.
    @inlinable
    public func hasCodePoints(within range: ClosedRange<Int>) -> Bool {
        let bytes = utf8Count
        let isLongEnough = range.lowerBound <= 1 ? bytes >= range.lowerBound : bytes / 4 >= range.lowerBound
        if bytes <= range.upperBound, isLongEnough { return true }
        return range.contains(codePointCount)
    }

    /// Whether the content is these bytes.
    @inlinable @inline(__always)
    public func equals(_ other: StaticString) -> Bool {
        equals(UnsafeRawBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
    }

    /// Whether the content is the same, byte by byte.
    ///
    /// Disfavoured, so that a literal means the overload for `StaticString`, which costs nothing to make.
    @_disfavoredOverload
    public func equals(_ other: String) -> Bool {
        var other = other
        return other.withUTF8 { equals(UnsafeRawBufferPointer($0)) }
    }

    /// Whether two strings have the same content, however they are written.
    func equals(_ other: JSONText) -> Bool {
        if !isEscaped, !other.isEscaped { return equals(other.raw) }
        return other.withBytes { equals($0) }
    }

    /// Whether the content is these bytes.
    @inlinable @inline(__always)
    public func equals(_ bytes: UnsafeRawBufferPointer) -> Bool {
        isEscaped ? equalsUnescaped(bytes) : raw.hasSameBytes(as: bytes)
    }

    @usableFromInline @inline(never)
    func equalsUnescaped(_ bytes: UnsafeRawBufferPointer) -> Bool {
        withBytes { $0.hasSameBytes(as: bytes) }
    }

    /// Calls `body` with the content.
    ///
    /// Nothing is copied unless there are escapes.
    @inlinable
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if !isEscaped { return try body(raw) }
        var buffer = ByteBuffer(capacity: raw.count)
        append(to: &buffer)
        return try body(buffer.readable)
    }

    /// Appends the content.
    public func append(to buffer: inout ByteBuffer) {
        guard isEscaped else { return buffer.append(raw) }
        var index = 0
        while index < raw.count {
            if raw[index] == UInt8(ascii: "\\") {
                index = appendEscape(at: index, to: &buffer)
            } else {
                buffer.append(raw[index])
                index += 1
            }
        }
    }

    /// Appends what an escape stands for.
    ///
    /// The parser has checked that it is one.
    private func appendEscape(at index: Int, to buffer: inout ByteBuffer) -> Int {
        switch raw[index + 1] {
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"): return appendUnicodeEscape(at: index, to: &buffer)
        case let byte: buffer.append(byte)
        }
        return index + 2
    }

    private func appendUnicodeEscape(at index: Int, to buffer: inout ByteBuffer) -> Int {
        let unit = unit(at: index + 2)
        var codePoint = unit
        var next = index + 6
        if unit & 0xFC00 == 0xD800 {
            codePoint = 0x10000 + ((unit & 0x3FF) << 10 | self.unit(at: next + 2) & 0x3FF)
            next += 6
        }
        switch codePoint {
        case 0..<0x80:
            buffer.append(UInt8(codePoint))
        case 0x80..<0x800:
            buffer.append(0xC0 | UInt8(codePoint >> 6))
            buffer.append(0x80 | UInt8(codePoint & 0x3F))
        case 0x800..<0x10000:
            buffer.append(0xE0 | UInt8(codePoint >> 12))
            buffer.append(0x80 | UInt8(codePoint >> 6 & 0x3F))
            buffer.append(0x80 | UInt8(codePoint & 0x3F))
        default:
            buffer.append(0xF0 | UInt8(codePoint >> 18))
            buffer.append(0x80 | UInt8(codePoint >> 12 & 0x3F))
            buffer.append(0x80 | UInt8(codePoint >> 6 & 0x3F))
            buffer.append(0x80 | UInt8(codePoint & 0x3F))
        }
        return next
    }

    private func unit(at index: Int) -> UInt32 {
        (index..<index + 4).reduce(0) { $0 << 4 | (hexadecimalDigit(raw[$1]) ?? 0) }
    }
}
