import Testing

@testable import Reactor

@Suite struct TimersTests {
    private func time(_ nanoseconds: UInt64) -> MonotonicTime { MonotonicTime(nanoseconds: nanoseconds) }

    @Test("timers fire earliest first, equal times in the order they were added, and never before they are due")
    func order() {
        var timers = Timers<Int>()
        for (element, at) in [(1, 50), (2, 10), (3, 50), (4, 30), (5, 10)] { timers.add(element, at: time(UInt64(at))) }
        #expect(timers.next == time(10))
        #expect(timers.take(dueAt: time(9)) == nil)
        var fired: [Int] = []
        while let element = timers.take(dueAt: time(50)) { fired.append(element) }
        #expect(fired == [2, 5, 4, 1, 3])
        #expect(timers.next == nil)
    }
}
