#if canImport(Glibc)
public import Glibc
#endif

extension UnsafeRawBufferPointer {
    /// Whether both hold the same bytes.
    ///
    /// Short ones, as names are, are looked at as two numbers, which may overlap: to call for the comparison costs more than that.
    @inlinable @inline(__always)
    public func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let left = baseAddress, let right = other.baseAddress else { return true }
        if count > 16 { return memcmp(left, right, count) == 0 }
        if count >= 8 { return Self.haveSameEnds(left, right, count, UInt64.self) }
        if count >= 4 { return Self.haveSameEnds(left, right, count, UInt32.self) }
        for index in 0..<count
        where left.load(fromByteOffset: index, as: UInt8.self) != right.load(fromByteOffset: index, as: UInt8.self) {
            return false
        }
        return true
    }

    /// Whether the first and the last bytes are the same, as many as a word has.
    @inlinable @inline(__always)
    static func haveSameEnds<Word: FixedWidthInteger & BitwiseCopyable>(
        _ left: UnsafeRawPointer,
        _ right: UnsafeRawPointer,
        _ count: Int,
        _: Word.Type
    ) -> Bool {
        let last = count - MemoryLayout<Word>.size
        let first = left.loadUnaligned(as: Word.self) ^ right.loadUnaligned(as: Word.self)
        let second =
            left.loadUnaligned(fromByteOffset: last, as: Word.self)
            ^ right.loadUnaligned(fromByteOffset: last, as: Word.self)
        return first | second == 0
    }
}
