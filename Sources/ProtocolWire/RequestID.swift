public import Bytes

/// The server's name of one request: `req_` and nine characters of `[a-zA-Z0-9]`. Not secret.
public struct RequestID: Sendable, Equatable, CustomStringConvertible {
    @usableFromInline let head: UInt64
    @usableFromInline let last: UInt8

    /// A new one.
    ///
    /// Nine symbols of 62 are under 2^54 values, so one draw of 64 bits gives them with a bias below 2^-10; nothing depends on
    /// these being unguessable, only on their being different.
    @inlinable
    public init(using generator: inout some RandomNumberGenerator) {
        var rest = generator.next()
        var head: UInt64 = 0
        for _ in 0..<8 {
            head = head << 8 | UInt64(Self.symbol(rest % 62))
            rest /= 62
        }
        self.head = head.bigEndian
        last = Self.symbol(rest % 62)
    }

    /// Appends the whole identifier, prefix included.
    @inlinable
    public func append(to buffer: inout ByteBuffer) {
        let room = buffer.spare(atLeast: 13)
        room.storeBytes(of: UInt32(bigEndian: 0x7265_715F), as: UInt32.self)  // "req_"
        room.storeBytes(of: head, toByteOffset: 4, as: UInt64.self)
        room.storeBytes(of: last, toByteOffset: 12, as: UInt8.self)
        buffer.commit(13)
    }

    /// The identifier as text.
    public var description: String {
        var buffer = ByteBuffer(capacity: 16)
        append(to: &buffer)
        return String(decoding: buffer.readable, as: UTF8.self)
    }

    @inlinable @inline(__always)
    static func symbol(_ value: UInt64) -> UInt8 {
        switch value {
        case 0..<10: UInt8(truncatingIfNeeded: 48 + value)
        case 10..<36: UInt8(truncatingIfNeeded: 65 - 10 + value)
        default: UInt8(truncatingIfNeeded: 97 - 36 + value)
        }
    }
}
