import JSONSyntax

/// The names of the daemon's procedures, found without making a string: open addressing over FNV-1a.
///
/// The names come from the daemon, not from a caller, so nobody can prepare ones that collide.
struct ProcedureTable {
    private var names: [UInt8] = []
    /// Start and length of a name; a length of 0 marks a free slot.
    private var slots: [(start: Int, count: Int)]

    init(_ list: [JSONValue]) {
        let methods = list.compactMap { $0["method"]?.string }
        var size = 16
        while size < methods.count * 2 { size *= 2 }
        slots = Array(repeating: (0, 0), count: size)
        for method in methods where !method.isEmpty { insert(Array(method.utf8)) }
    }

    func contains(_ name: UnsafeRawBufferPointer) -> Bool {
        var slot = Self.hash(name) & (slots.count - 1)
        while slots[slot].count > 0 {
            if isName(slots[slot], name) { return true }
            slot = (slot + 1) & (slots.count - 1)
        }
        return false
    }

    private mutating func insert(_ name: [UInt8]) {
        var slot = name.withUnsafeBytes(Self.hash) & (slots.count - 1)
        while slots[slot].count > 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = (names.count, name.count)
        names += name
    }

    private func isName(_ slot: (start: Int, count: Int), _ name: UnsafeRawBufferPointer) -> Bool {
        guard slot.count == name.count else { return false }
        for index in 0..<name.count where names[slot.start + index] != name[index] { return false }
        return true
    }

    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in name { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash >> 16)
    }
}
