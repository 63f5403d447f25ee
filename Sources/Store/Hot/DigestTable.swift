import Cryptography

/// What a ``DigestTable`` holds.
protocol DigestTableEntry: AnyObject {
    var hash: KeyHash { get }
    /// How much of the table it takes, 1 or more; always the same.
    var weight: Int { get }
    /// Set by the table when the entry leaves it.
    var isEvicted: Bool { get set }
    /// Set by a look-up, cleared by the hand of the clock.
    var wasAskedFor: Bool { get set }
}

/// A hash table by SHA-256, of bounded weight.
///
/// A digest is random already, so its first eight bytes are the hash: open addressing with linear probing over them, the whole
/// digest compared on a hit. Deleting moves the entries behind back, so there are no tombstones to pile up. When it is full, a
/// clock hand goes round and entries that were not asked for since the last time give way, until there is room (second chance).
struct DigestTable<Entry: DigestTableEntry> {
    private struct Slot {
        var prefix: UInt64
        var entry: Entry?
    }

    private var slots: [Slot]
    private var hand = 0
    private let weightMax: Int
    private(set) var count = 0
    private(set) var weight = 0

    /// - Parameter weightMax: The weight of all entries; a single one is kept whatever its own.
    init(weightMax: Int) {
        precondition(weightMax > 0, "a table holds at least one entry")
        self.weightMax = weightMax
        slots = Array(repeating: Slot(prefix: 0, entry: nil), count: 16)
    }

    subscript(hash: KeyHash) -> Entry? {
        var index = home(hash.prefix64)
        while let entry = slots[index].entry {
            if slots[index].prefix == hash.prefix64, entry.hash == hash {
                entry.wasAskedFor = true
                return entry
            }
            index = next(index)
        }
        return nil
    }

    /// Keeps an entry; one of the same hash is replaced.
    mutating func insert(_ entry: Entry) {
        remove(entry.hash)
        while count > 0, weight + entry.weight > weightMax { evictOne() }
        if count * 4 >= slots.count * 3 { grow() }
        place(Slot(prefix: entry.hash.prefix64, entry: entry))
        count += 1
        weight += entry.weight
    }

    /// Forgets the entry of that hash, if there is one.
    mutating func remove(_ hash: KeyHash) {
        var index = home(hash.prefix64)
        while let entry = slots[index].entry {
            if slots[index].prefix == hash.prefix64, entry.hash == hash { return vacate(index) }
            index = next(index)
        }
    }

    private mutating func evictOne() {
        while true {
            hand = next(hand)
            guard let entry = slots[hand].entry else { continue }
            if !entry.wasAskedFor { return vacate(hand) }
            entry.wasAskedFor = false
        }
    }

    /// Empties a slot and moves back what was pushed past it.
    private mutating func vacate(_ index: Int) {
        if let entry = slots[index].entry {
            entry.isEvicted = true
            weight -= entry.weight
        }
        slots[index].entry = nil
        count -= 1
        var hole = index
        var probe = next(index)
        while slots[probe].entry != nil {
            let distanceFromHome = (probe - home(slots[probe].prefix)) & (slots.count - 1)
            let distanceFromHole = (probe - hole) & (slots.count - 1)
            if distanceFromHome >= distanceFromHole {
                slots.swapAt(hole, probe)
                hole = probe
            }
            probe = next(probe)
        }
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(prefix: 0, entry: nil), count: old.count * 2)
        hand = 0
        for slot in old where slot.entry != nil { place(slot) }
    }

    private mutating func place(_ slot: Slot) {
        var index = home(slot.prefix)
        while slots[index].entry != nil { index = next(index) }
        slots[index] = slot
    }

    private func home(_ prefix: UInt64) -> Int { Int(truncatingIfNeeded: prefix) & (slots.count - 1) }

    private func next(_ index: Int) -> Int { (index + 1) & (slots.count - 1) }
}
