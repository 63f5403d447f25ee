import Bytes
import Glibc

/// One connection of the load: what is under way on it, what has come, and what could not be sent yet.
///
/// A slot is a request that may be under way. Free slots are taken and given back in turn, so on a wire that keeps the order
/// the n-th reply belongs to slot n modulo the number of slots.
struct LoadConnection: ~Copyable {
    /// A request under way.
    struct Slot {
        /// When it was sent, or should have been; 0 while the slot is free.
        var start: UInt64 = 0
        /// The template it was made of.
        var template: Int = 0
    }

    let descriptor: Int32
    let group: Int
    let slotCount: Int
    let slots: UnsafeMutablePointer<Slot>
    private let freeSlots: UnsafeMutablePointer<Int32>
    private var nextFree = 0
    private(set) var freeCount: Int
    private var answeredCount = 0
    var input = ByteBuffer()
    var output = ByteBuffer()
    /// Whether the poller tells of room to write.
    var isBlocked = false
    /// Requests of the schedule that were sent; each has its own time.
    var scheduledSent = 0
    /// Requests of the schedule that are due by now.
    var scheduledDue = 0

    init(descriptor: Int32, group: Int, slotCount: Int) {
        self.descriptor = descriptor
        self.group = group
        self.slotCount = slotCount
        slots = .allocate(capacity: slotCount)
        slots.initialize(repeating: Slot(), count: slotCount)
        freeSlots = .allocate(capacity: slotCount)
        for index in 0..<slotCount { freeSlots[index] = Int32(index) }
        freeCount = slotCount
    }

    deinit {
        close(descriptor)
        slots.deallocate()
        freeSlots.deallocate()
    }

    /// Takes a free slot; there must be one.
    @inline(__always)
    mutating func takeSlot() -> Int {
        let slot = Int(freeSlots[nextFree])
        nextFree = nextFree + 1 == slotCount ? 0 : nextFree + 1
        freeCount -= 1
        return slot
    }

    /// Ends the request of a slot.
    ///
    /// - Parameter named: The slot that the reply names; `nil` for the oldest one under way.
    /// - Returns: The request, `nil` when none is under way there.
    @inline(__always)
    mutating func settle(_ named: Int?) -> Slot? {
        let slot = named ?? answeredCount % slotCount
        guard slot >= 0, slot < slotCount, slots[slot].start != 0 else { return nil }
        let settled = slots[slot]
        slots[slot].start = 0
        answeredCount += 1
        let end = nextFree + freeCount
        freeSlots[end < slotCount ? end : end - slotCount] = Int32(slot)
        freeCount += 1
        return settled
    }
}
