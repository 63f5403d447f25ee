/// What is to happen at a time, the earliest first: a binary heap.
///
/// Equal times fire in the order they were added. Nothing is ever taken out early: whoever armed a timer that means nothing
/// any more finds that out when it fires.
struct Timers<Element> {
    private struct Entry {
        let time: MonotonicTime
        let order: UInt64
        let element: Element

        func isBefore(_ other: Entry) -> Bool {
            time == other.time ? order < other.order : time < other.time
        }
    }

    private var heap: [Entry] = []
    private var added: UInt64 = 0

    /// When the next one is due; `nil` when there is none.
    var next: MonotonicTime? { heap.first?.time }

    var count: Int { heap.count }

    mutating func add(_ element: Element, at time: MonotonicTime) {
        added += 1
        heap.append(Entry(time: time, order: added, element: element))
        rise(from: heap.count - 1)
    }

    /// Takes the earliest element that is due at `now`; `nil` when none is.
    mutating func take(dueAt now: MonotonicTime) -> Element? {
        guard let first = heap.first, first.time <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink(from: 0)
        return first.element
    }

    private mutating func rise(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func sink(from start: Int) {
        var parent = start
        while true {
            var earliest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].isBefore(heap[earliest]) { earliest = child }
            }
            if earliest == parent { return }
            heap.swapAt(parent, earliest)
            parent = earliest
        }
    }
}
