/// SHA-256 (FIPS 180-4).
public struct SHA256 {
    private var state = CompressionState()
    private var pending = [UInt8]()
    private var count: UInt64 = 0

    /// A hash of nothing so far.
    public init() {
        pending.reserveCapacity(64)
    }

    /// Takes in more of the message.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count &+= UInt64(bytes.count)
        var rest = bytes[...]
        if !pending.isEmpty {
            let taken = rest.prefix(64 - pending.count)
            pending += taken
            rest = rest.dropFirst(taken.count)
            guard pending.count == 64 else { return }
            pending.withUnsafeBytes { block in
                if let base = block.baseAddress { state.compress(base) }
            }
            pending.removeAll(keepingCapacity: true)
        }
        while rest.count >= 64 {
            if let base = UnsafeRawBufferPointer(rebasing: rest).baseAddress { state.compress(base) }
            rest = rest.dropFirst(64)
        }
        pending += rest
    }

    /// Ends the message.
    public consuming func finalize() -> Digest {
        pending.withUnsafeBytes { state.finish($0, messageBytes: count) }
    }

    /// The hash of a whole message.
    ///
    /// Allocates nothing.
    public static func hash(_ message: UnsafeRawBufferPointer) -> Digest {
        var state = CompressionState()
        var rest = message
        while rest.count >= 64, let base = rest.baseAddress {
            state.compress(base)
            rest = UnsafeRawBufferPointer(rebasing: rest[64...])
        }
        return state.finish(rest, messageBytes: UInt64(message.count))
    }

    /// The hash of a text's UTF-8.
    public static func hash(_ text: String) -> Digest {
        var text = text
        return text.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
    }

    /// The hash of bytes.
    public static func hash(_ bytes: [UInt8]) -> Digest {
        bytes.withUnsafeBytes { hash($0) }
    }
}

extension SHA256 {
    /// 32 bytes, held inline.
    @frozen
    public struct Digest: Sendable, Hashable {
        @usableFromInline var first: UInt64
        @usableFromInline var second: UInt64
        @usableFromInline var third: UInt64
        @usableFromInline var fourth: UInt64

        /// From eight words of the algorithm; their bytes are in memory as FIPS 180-4 orders them.
        init(_ words: SIMD8<UInt32>) {
            func pair(_ left: UInt32, _ right: UInt32) -> UInt64 { (UInt64(left) << 32 | UInt64(right)).bigEndian }
            first = pair(words[0], words[1])
            second = pair(words[2], words[3])
            third = pair(words[4], words[5])
            fourth = pair(words[6], words[7])
        }

        /// From 32 bytes; `nil` for any other number.
        public init?(bytes: UnsafeRawBufferPointer) {
            guard bytes.count == 32 else { return nil }
            first = bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)
            second = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            third = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
            fourth = bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        }

        /// The first eight bytes, for hash tables: a digest is random already.
        @inlinable @inline(__always)
        public var prefix64: UInt64 { first }

        /// The bytes.
        @inlinable
        public func withUnsafeBytes<Result, Failure: Error>(
            _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
        ) throws(Failure) -> Result {
            try Swift.withUnsafeBytes(of: self, body)
        }

        /// Whether all bytes are the same.
        @inlinable @inline(__always)
        public static func == (left: Digest, right: Digest) -> Bool {
            (left.first ^ right.first) | (left.second ^ right.second) | (left.third ^ right.third)
                | (left.fourth ^ right.fourth) == 0
        }

        /// Takes the first eight bytes.
        @inlinable
        public func hash(into hasher: inout Hasher) {
            hasher.combine(first)
        }
    }
}
