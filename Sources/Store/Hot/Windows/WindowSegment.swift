import Bytes

/// A part of a ``WindowTable``: open addressing with linear probing, the whole key compared on a hit.
///
/// The texts of the keys lie one behind the other in one array. Deleting moves the slots behind back, so there are no tombstones;
/// the text of a deleted key stays until the segment is made anew, which happens before most of the array is such.
struct WindowSegment: ~Copyable {
    struct Slot {
        var hash: UInt64 = 0
        var subject: Int64 = 0
        var durationMilliseconds: Int64 = 0
        var counts = WindowCounts.none(in: 0)
        var textOffset: UInt32 = 0
        var textCount: UInt16 = 0
        /// 0 where the slot is free.
        var kind: UInt8 = 0
        /// Whether the counts differ from the stored ones.
        var isDirty = false
    }

    /// A power of two of them, or none.
    private var slots = UnsafeMutableBufferPointer<Slot>(start: nil, count: 0)
    private var texts: [UInt8] = []
    private var deadTextBytes = 0
    private(set) var count = 0
    /// Whether any slot may be dirty.
    private(set) var isDirty = false

    deinit {
        slots.deallocate()
    }

    /// The place of a key.
    func place(of key: WindowKey, _ hash: UInt64, _ text: UnsafeRawBufferPointer) -> Int? {
        guard count > 0 else { return nil }
        var index = home(hash)
        while slots[index].kind != 0 {
            if slots[index].hash == hash, isSame(slots[index], key, text) { return index }
            index = next(index)
        }
        return nil
    }

    /// The counts at a place.
    func counts(at place: Int) -> WindowCounts { slots[place].counts }

    /// Changes the counts at a place.
    mutating func set(_ counts: WindowCounts, at place: Int) {
        slots[place].counts = counts
        slots[place].isDirty = true
        isDirty = true
    }

    /// Keeps the counts of a key that is not here yet.
    mutating func insert(_ slot: Slot, text: UnsafeRawBufferPointer) {
        if (count + 1) * 4 > slots.count * 3 { rebuild(slotCount: max(4, slots.count * 2)) { _ in true } }
        var slot = slot
        slot.textOffset = UInt32(texts.count)
        slot.textCount = UInt16(text.count)
        texts.append(contentsOf: text)
        settle(slot)
        count += 1
        if slot.isDirty { isDirty = true }
    }

    /// Lets go of the window that ends first.
    mutating func evictFirstToEnd() {
        var victim: Int?
        var earliest = Int64.max
        for index in slots.indices where slots[index].kind != 0 {
            let end = slots[index].counts.end(durationMilliseconds: slots[index].durationMilliseconds)
            if victim == nil || end < earliest { (victim, earliest) = (index, end) }
        }
        guard let victim else { return }
        vacate(victim)
        if deadTextBytes > 1_024, deadTextBytes * 2 > texts.count { rebuild(slotCount: slots.count) { _ in true } }
    }

    /// Lets go of the windows of which nothing counts any more, and of the memory that they took.
    ///
    /// - Returns: Their number.
    mutating func dropEnded(at time: Int64) -> Int {
        var ended = 0
        for slot in slots where slot.kind != 0 && Self.hasEnded(slot, at: time) { ended += 1 }
        guard ended > 0 else { return 0 }
        let left = count - ended
        var slotCount = left == 0 ? 0 : 4
        while left * 4 > slotCount * 3 { slotCount *= 2 }
        rebuild(slotCount: slotCount) { !Self.hasEnded($0, at: time) }
        return ended
    }

    /// Takes the windows that differ from the stored ones; they count as stored then.
    mutating func takeDirty(into rows: inout [WindowRow]) {
        for index in slots.indices where slots[index].kind != 0 && slots[index].isDirty {
            slots[index].isDirty = false
            rows.append(row(slots[index]))
        }
        isDirty = false
    }

    private func row(_ slot: Slot) -> WindowRow {
        WindowRow(
            kind: slot.kind,
            subject: slot.subject,
            text: Array(texts[Int(slot.textOffset)..<Int(slot.textOffset) + Int(slot.textCount)]),
            durationMilliseconds: slot.durationMilliseconds,
            counts: slot.counts
        )
    }

    private static func hasEnded(_ slot: Slot, at time: Int64) -> Bool {
        slot.counts.hasEnded(at: time, durationMilliseconds: slot.durationMilliseconds)
    }

    private func isSame(_ slot: Slot, _ key: WindowKey, _ text: UnsafeRawBufferPointer) -> Bool {
        guard slot.kind == key.kind.rawValue, slot.subject == key.subject,
            slot.durationMilliseconds == key.durationMilliseconds, Int(slot.textCount) == text.count
        else { return false }
        let start = Int(slot.textOffset)
        return texts.withUnsafeBytes { texts in
            UnsafeRawBufferPointer(rebasing: texts[start..<start + text.count]).hasSameBytes(as: text)
        }
    }

    /// Empties a slot and moves back what was pushed past it.
    private mutating func vacate(_ index: Int) {
        deadTextBytes += Int(slots[index].textCount)
        slots[index].kind = 0
        count -= 1
        var hole = index
        var probe = next(index)
        while slots[probe].kind != 0 {
            let distanceFromHome = (probe - home(slots[probe].hash)) & (slots.count - 1)
            let distanceFromHole = (probe - hole) & (slots.count - 1)
            if distanceFromHome >= distanceFromHole {
                slots.swapAt(hole, probe)
                hole = probe
            }
            probe = next(probe)
        }
    }

    /// Makes the segment anew, with the slots that are kept and their texts.
    private mutating func rebuild(slotCount: Int, keeping isKept: (Slot) -> Bool) {
        let (oldSlots, oldTexts) = (slots, texts)
        defer { oldSlots.deallocate() }
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: Slot())
        texts = []
        texts.reserveCapacity(max(0, oldTexts.count - deadTextBytes))
        deadTextBytes = 0
        count = 0
        for slot in oldSlots where slot.kind != 0 && isKept(slot) {
            var kept = slot
            kept.textOffset = UInt32(texts.count)
            texts.append(contentsOf: oldTexts[Int(slot.textOffset)..<Int(slot.textOffset) + Int(slot.textCount)])
            settle(kept)
            count += 1
        }
    }

    private mutating func settle(_ slot: Slot) {
        var index = home(slot.hash)
        while slots[index].kind != 0 { index = next(index) }
        slots[index] = slot
    }

    private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (slots.count - 1) }

    private func next(_ index: Int) -> Int { (index + 1) & (slots.count - 1) }
}
