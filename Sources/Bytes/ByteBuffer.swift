#if canImport(Glibc)
public import Glibc
#endif

/// Growable, owned, contiguous memory with a front to read from and a back to write to.
///
/// The one buffer of the hot path: a connection's input and output, the JSON writer's text. It grows by doubling, keeps its
/// memory when it is emptied, and never touches what it holds but to move it.
///
/// Layout: `0 ≤ head ≤ tail ≤ capacity`; the readable bytes are `head ..< tail`.
@frozen
public struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer?
    @usableFromInline var capacity: Int
    @usableFromInline var head: Int
    @usableFromInline var tail: Int

    /// An empty buffer.
    ///
    /// - Parameter capacity: Bytes to allocate at once; with 0 the first append allocates.
    public init(capacity: Int = 0) {
        precondition(capacity >= 0, "a buffer's capacity is not negative")
        base = capacity == 0 ? nil : .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
        head = 0
        tail = 0
    }

    deinit {
        base?.deallocate()
    }

    /// Number of readable bytes.
    @inlinable @inline(__always)
    public var count: Int { tail - head }

    /// Whether there is nothing to read.
    @inlinable @inline(__always)
    public var isEmpty: Bool { tail == head }

    /// Bytes of memory held, read or not.
    @inlinable
    public var allocatedBytes: Int { capacity }

    /// The readable bytes, front first; valid until the buffer is next changed.
    @inlinable @inline(__always)
    public var readable: UnsafeRawBufferPointer {
        guard let base else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: base + head, count: tail - head)
    }

    /// Drops bytes off the front.
    ///
    /// - Parameter count: 0 to ``count``.
    @inlinable
    public mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= tail - head, "more is consumed than the buffer holds")
        head += count
        if head == tail {
            head = 0
            tail = 0
        }
    }

    /// Drops bytes off the back, down to `count` readable ones: how a half-written reply is taken back.
    @inlinable
    public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= tail - head, "a buffer is only truncated to less than it holds")
        tail = head + count
    }

    /// Forgets the content; memory beyond `keepingAtMost` bytes is given back.
    @inlinable
    public mutating func removeAll(keepingAtMost limit: Int = .max) {
        head = 0
        tail = 0
        if capacity > limit {
            base?.deallocate()
            base = nil
            capacity = 0
        }
    }

    /// Makes room for `count` more bytes at the back.
    @inlinable @inline(__always)
    public mutating func reserve(_ count: Int) {
        if capacity - tail < count { makeRoom(count) }
    }

    /// The free memory at the back, at least `count` bytes; what is written there counts once it is committed.
    @inlinable
    public mutating func spare(atLeast count: Int) -> UnsafeMutableRawBufferPointer {
        reserve(count)
        guard let base else { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
        return UnsafeMutableRawBufferPointer(start: base + tail, count: capacity - tail)
    }

    /// Makes the first `count` bytes of the spare memory readable.
    @inlinable
    public mutating func commit(_ count: Int) {
        precondition(count >= 0 && count <= capacity - tail, "more is committed than there was room for")
        tail += count
    }

    /// Appends one byte.
    @inlinable @inline(__always)
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        base.unsafelyUnwrapped.storeBytes(of: byte, toByteOffset: tail, as: UInt8.self)
        tail += 1
    }

    /// Appends raw bytes, which must not lie in this buffer.
    @inlinable @inline(__always)
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        Self.copy(source, to: base.unsafelyUnwrapped + tail, bytes.count)
        tail += bytes.count
    }

    /// Copies 1 byte or more.
    ///
    /// Most of what a reply is put together from is short, and moves as two words, which may overlap: a call costs more than that.
    @inlinable @inline(__always)
    static func copy(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, _ count: Int) {
        if count > 16 {
            memcpy(target, source, count)
        } else if count >= 8 {
            copyEnds(source, to: target, count, UInt64.self)
        } else if count >= 4 {
            copyEnds(source, to: target, count, UInt32.self)
        } else if count >= 2 {
            copyEnds(source, to: target, count, UInt16.self)
        } else {
            target.storeBytes(of: source.load(as: UInt8.self), as: UInt8.self)
        }
    }

    @inlinable @inline(__always)
    static func copyEnds<Word: FixedWidthInteger & BitwiseCopyable>(
        _ source: UnsafeRawPointer,
        to target: UnsafeMutableRawPointer,
        _ count: Int,
        _: Word.Type
    ) {
        let last = count - MemoryLayout<Word>.size
        let (front, back) = (
            source.loadUnaligned(as: Word.self), source.loadUnaligned(fromByteOffset: last, as: Word.self)
        )
        target.storeBytes(of: front, as: Word.self)
        target.storeBytes(of: back, toByteOffset: last, as: Word.self)
    }

    /// Appends the bytes of a literal.
    @inlinable @inline(__always)
    public mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends an array of bytes.
    @inlinable
    public mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    /// Appends the UTF-8 of a string.
    ///
    /// Disfavoured, so that a literal means the overload for `StaticString`, which costs nothing to make.
    @inlinable
    @_disfavoredOverload
    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends a 32-bit number, most significant byte first.
    @inlinable @inline(__always)
    public mutating func append(bigEndian value: UInt32) {
        reserve(4)
        base.unsafelyUnwrapped.storeBytes(of: value.bigEndian, toByteOffset: tail, as: UInt32.self)
        tail += 4
    }

    /// Overwrites four readable bytes with a number, most significant byte first.
    ///
    /// - Parameters:
    ///   - offset: Where, counted from the front; `offset + 4` must not pass the end.
    ///   - value: The number.
    @inlinable
    public mutating func replace(at offset: Int, bigEndian value: UInt32) {
        precondition(offset >= 0 && offset + 4 <= tail - head, "a replaced number lies within the buffer")
        base.unsafelyUnwrapped.storeBytes(of: value.bigEndian, toByteOffset: head + offset, as: UInt32.self)
    }

    @usableFromInline @inline(never)
    mutating func makeRoom(_ count: Int) {
        let used = tail - head
        if let base, capacity - used >= count, head >= capacity / 2 {
            memmove(base, base + head, used)
        } else {
            let grown = max(capacity * 2, used + count, 64)
            let memory = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
            if let base {
                memcpy(memory, base + head, used)
                base.deallocate()
            }
            base = memory
            capacity = grown
        }
        head = 0
        tail = used
    }
}

extension ByteBuffer: @unchecked Sendable {
    // Safe to send: it owns its memory alone, and it cannot be copied, so it has one owner at any time.
}
