public import Bytes

/// The server's name of one request: `req_` and nine characters of `[a-zA-Z0-9]`.
///
/// Not secret.
public struct RequestID: Sendable, Equatable, CustomStringConvertible {
    @usableFromInline let head: UInt64
    @usableFromInline let last: UInt8

    /// A new one.
    ///
    /// One draw of 64 bits is read as a fraction of 1, and the nine symbols are its first digits to base 62: the high half of
    /// each product is a digit, the low half what is left. The bias is below 2^-10; nothing depends on these being unguessable,
    /// only on their being different.
    @inlinable
    public init(using generator: inout some RandomNumberGenerator) {
        var fraction = generator.next()
        var head: UInt64 = 0
        for _ in 0..<8 { head = head << 8 | UInt64(Self.nextSymbol(&fraction)) }
        self.head = head.bigEndian
        last = Self.nextSymbol(&fraction)
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
    static func nextSymbol(_ fraction: inout UInt64) -> UInt8 {
        let (digit, rest) = fraction.multipliedFullWidth(by: 62)
        fraction = rest
        return symbols.utf8Start[Int(digit)]
    }

    @usableFromInline static let symbols: StaticString =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
}
