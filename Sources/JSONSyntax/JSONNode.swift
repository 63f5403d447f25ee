/// One value on the tape: where it stands in the text, and how many nodes it takes with all that it contains.
///
/// Values stand in the order of the text. An object's node is followed by name, value, name, value, …; an array's by its
/// elements. 16 bytes.
@frozen
@usableFromInline
struct JSONNode {
    /// First byte of the value in the text.
    @usableFromInline var start: UInt32
    /// Its length in bytes.
    @usableFromInline var length: UInt32
    /// Nodes of the whole value, this one included.
    @usableFromInline var span: UInt32
    /// Kind in the low 4 bits, then a flag, then members or elements.
    @usableFromInline var packed: UInt32

    @usableFromInline static let flag: UInt32 = 1 << 4
    @usableFromInline static let countMax = (1 << 27) - 1

    @inlinable @inline(__always)
    init(_ kind: JSONView.Kind, start: Int, length: Int, flagged: Bool = false) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.length = UInt32(truncatingIfNeeded: length)
        span = 1
        packed = UInt32(kind.rawValue) | (flagged ? Self.flag : 0)
    }

    @inlinable @inline(__always)
    var kind: JSONView.Kind {
        // Written by `init` only, from a kind.
        JSONView.Kind(rawValue: UInt8(truncatingIfNeeded: packed & 15)).unsafelyUnwrapped
    }

    /// Of a boolean: true.
    ///
    /// Of a string: it has escapes. Of a number: it has no fraction and no exponent.
    @inlinable @inline(__always)
    var isFlagged: Bool { packed & Self.flag != 0 }

    @inlinable @inline(__always)
    var count: Int { Int(packed >> 5) }

    mutating func addItem() {
        packed &+= 1 << 5
    }
}
