/// Finds two members of one name, escapes undone, in time that does not blow up with the object's size.
struct NameTable {
    private static let pairwiseMax = 8
    private var slots: [UInt32] = []

    /// The place of a name that stands in the object before already; `nil` when all differ.
    mutating func firstDuplicate(in object: JSONView) -> UnsafeRawPointer? {
        object.count <= Self.pairwiseMax ? Self.pairwise(object) : hashed(object)
    }

    /// Compares a name with those before it only where one of these looks like it.
    private static func pairwise(_ object: JSONView) -> UnsafeRawPointer? {
        var seen: UInt64 = 0
        var members = object.members
        while let (name, _) = members.next() {
            let look = look(of: name)
            if seen & look != 0, stands(name, before: name.raw.baseAddress, in: object) { return name.raw.baseAddress }
            seen |= look
        }
        return nil
    }

    /// One bit out of 64, the same for equal names; every bit for one that is escaped, and so may equal any other.
    @inline(__always)
    private static func look(of name: JSONText) -> UInt64 {
        if name.isEscaped { return .max }
        guard let first = name.raw.first, let last = name.raw.last else { return 1 }
        return 1 &<< UInt64(truncatingIfNeeded: name.raw.count &* 7 ^ Int(first) ^ Int(last) &<< 1)
    }

    private static func stands(_ name: JSONText, before place: UnsafeRawPointer?, in object: JSONView) -> Bool {
        var members = object.members
        while let (other, _) = members.next(), other.raw.baseAddress != place {
            if other.equals(name) { return true }
        }
        return false
    }

    /// Open addressing over the standard library's hash, whose seed differs from process to process: nobody can prepare names
    /// that collide.
    private mutating func hashed(_ object: JSONView) -> UnsafeRawPointer? {
        var size = 32
        while size < object.count * 2 { size *= 2 }
        slots = Array(repeating: 0, count: size)
        defer { if size > 1 << 12 { slots = [] } }
        var position: UInt32 = 1
        var members = object.members
        while let (name, value) = members.next() {
            var slot = Self.hash(name) & (size - 1)
            while slots[slot] != 0 {
                let other = JSONText(node: object.node + Int(slots[slot]), text: object.base)
                if other.equals(name) { return name.raw.baseAddress }
                slot = (slot + 1) & (size - 1)
            }
            slots[slot] = position
            position += 1 + value.node.pointee.span
        }
        return nil
    }

    private static func hash(_ name: JSONText) -> Int {
        name.withBytes { bytes in
            var hasher = Hasher()
            hasher.combine(bytes: bytes)
            return hasher.finalize()
        }
    }
}
