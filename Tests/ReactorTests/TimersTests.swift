import Glibc
import TestSupport
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

    @Test("any mix of adding and taking gives what a sorted list gives")
    func model() {
        var generator = SeededGenerator.announced("Timers")
        var timers = Timers<Int>()
        var model: [(time: UInt64, element: Int)] = []
        for element in 0..<5_000 {
            if Bool.random(using: &generator) {
                let at = UInt64.random(in: 0..<500, using: &generator)
                timers.add(element, at: time(at))
                // Behind those of the same time.
                model.insert((at, element), at: model.firstIndex { $0.time > at } ?? model.count)
            } else {
                let now = UInt64.random(in: 0..<500, using: &generator)
                let expected = model.first.flatMap { $0.time <= now ? $0.element : nil }
                if expected != nil { model.removeFirst() }
                #expect(timers.take(dueAt: time(now)) == expected)
            }
            #expect(timers.count == model.count)
            #expect(timers.next == model.first.map { time($0.time) })
        }
    }
}

@Suite struct MonotonicTimeTests {
    private let origin = MonotonicTime(nanoseconds: 5_000_000)

    @Test("milliseconds are added, never taken away")
    func adding() {
        #expect(origin.adding(milliseconds: 2).nanoseconds == 7_000_000)
        #expect(origin.adding(milliseconds: 0) == origin)
        #expect(origin.adding(milliseconds: -2) == origin)
    }

    @Test("the time until a later one is rounded up, so that a wait never ends too early")
    func until() {
        #expect(origin.milliseconds(until: MonotonicTime(nanoseconds: 5_000_000)) == 0)
        #expect(origin.milliseconds(until: MonotonicTime(nanoseconds: 4_000_000)) == 0)
        #expect(origin.milliseconds(until: MonotonicTime(nanoseconds: 5_000_001)) == 1)
        #expect(origin.milliseconds(until: MonotonicTime(nanoseconds: 6_000_000)) == 1)
        #expect(origin.milliseconds(until: MonotonicTime(nanoseconds: 6_000_001)) == 2)
    }

    @Test("the clock does not go back")
    func reading() {
        let first = MonotonicTime.read()
        #expect(MonotonicTime.read() >= first)
    }
}

@Suite struct DeadlineTests {
    @Test("a deadline that passes is told once; one that is moved or taken back is not told at its old time")
    func deadlines() throws {
        let fixture = try LineFixture()
        let reactor = fixture.reactor
        let (connection, _) = try fixture.connect()
        reactor.setDeadline(afterMilliseconds: 1, of: connection)
        #expect(try reactor.turn { fixture.service.journal == ["deadline"] })
        reactor.setDeadline(afterMilliseconds: 1, of: connection)
        reactor.setDeadline(afterMilliseconds: nil, of: connection)
        var isPast = false
        reactor.schedule(afterMilliseconds: 2) { isPast = true }
        #expect(try reactor.turn { isPast })
        #expect(fixture.service.journal == ["deadline"])
        reactor.setDeadline(afterMilliseconds: 1, of: connection)
        reactor.setDeadline(afterMilliseconds: 1_000_000, of: connection)
        isPast = false
        reactor.schedule(afterMilliseconds: 2) { isPast = true }
        #expect(try reactor.turn { isPast })
        #expect(fixture.service.journal == ["deadline"])
        #expect(connection.deadline != nil)
    }

    @Test("a deadline that is moved again and again does not gather timers")
    func timersAreBounded() throws {
        let fixture = try LineFixture()
        let reactor = fixture.reactor
        let (connection, _) = try fixture.connect()
        // Each earlier deadline arms a timer; what it replaces is spent when it fires.
        for milliseconds in [12, 10, 8, 6, 4, 2] {
            reactor.setDeadline(afterMilliseconds: milliseconds, of: connection)
        }
        #expect(reactor.timers.count == 6)
        var isPast = false
        reactor.schedule(afterMilliseconds: 15) { isPast = true }
        while !isPast {
            // Pushed ahead, as by a request each turn.
            reactor.setDeadline(afterMilliseconds: 1_000_000, of: connection)
            try reactor.turn(waitingUpTo: reactor.waitMilliseconds())
        }
        #expect(reactor.timers.count == 1)
    }

    @Test("actions are called at their time, the earlier one first")
    func actions() throws {
        let fixture = try LineFixture()
        var called: [Int] = []
        fixture.reactor.schedule(afterMilliseconds: 3) { called.append(3) }
        fixture.reactor.schedule(afterMilliseconds: 0) { called.append(0) }
        fixture.reactor.schedule(afterMilliseconds: 1) { called.append(1) }
        #expect(try fixture.reactor.turn { called.count == 3 })
        #expect(called == [0, 1, 3])
    }
}
