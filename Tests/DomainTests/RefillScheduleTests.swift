import TestSupport
import Testing

@testable import Domain

@Suite struct RefillScheduleTests {
    @Test("a schedule has a day from 1 to 31 and an amount of at least 1")
    func bounds() {
        for (day, isDay) in [(Int.min, false), (0, false), (1, true), (31, true), (32, false), (Int.max, false)] {
            #expect((RefillSchedule(.monthly(day: day), amount: 1) != nil) == isDay)
        }
        for (amount, isAmount) in [(-1, false), (0, false), (1, true), (.max, true)] as [(Int64, Bool)] {
            #expect((RefillSchedule(.daily, amount: amount) != nil) == isAmount)
        }
    }

    @Test("a daily refill is due at 00:00 UTC, to the millisecond")
    func daily() throws {
        let schedule = try #require(RefillSchedule(.daily, amount: 1))
        let midnight = time(2026, 11, 24)
        #expect(schedule.lastDue(notAfter: midnight.adding(milliseconds: -1)) == time(2026, 11, 23))
        #expect(schedule.lastDue(notAfter: midnight) == midnight)
        #expect(schedule.lastDue(notAfter: midnight.adding(milliseconds: 1)) == midnight)
        #expect(schedule.nextDue(after: midnight.adding(milliseconds: -1)) == midnight)
        #expect(schedule.nextDue(after: midnight) == time(2026, 11, 25))
        #expect(schedule.nextDue(after: midnight.adding(milliseconds: 86_399_999)) == time(2026, 11, 25))
        #expect(schedule.lastDue(notAfter: UnixMilliseconds(-1)) == time(1969, 12, 31), "before 1970 too")
    }

    @Test("a monthly refill is due at 00:00 UTC of its day, to the millisecond")
    func monthly() throws {
        let schedule = try #require(RefillSchedule(.monthly(day: 15), amount: 1))
        let midnight = time(2026, 1, 15)
        #expect(schedule.lastDue(notAfter: midnight.adding(milliseconds: -1)) == time(2025, 12, 15))
        #expect(schedule.lastDue(notAfter: midnight) == midnight)
        #expect(schedule.nextDue(after: midnight.adding(milliseconds: -1)) == midnight)
        #expect(schedule.nextDue(after: midnight) == time(2026, 2, 15))
        #expect(schedule.nextDue(after: time(2025, 12, 15)) == midnight)
    }

    @Test(
        "a month that is too short has the refill on its last day",
        arguments: [
            (31, 2025, 2, 28), (30, 2025, 2, 28), (29, 2025, 2, 28), (28, 2025, 2, 28),
            (31, 2024, 2, 29), (30, 2024, 2, 29), (29, 2024, 2, 29), (28, 2024, 2, 28),
            (31, 2000, 2, 29), (31, 2100, 2, 28), (29, 2100, 2, 28),
            (31, 2025, 4, 30), (31, 2025, 6, 30), (31, 2025, 9, 30), (31, 2025, 11, 30), (30, 2025, 4, 30),
            (31, 2025, 1, 31), (31, 2025, 12, 31), (1, 2025, 2, 1),
        ] as [(Int, Int64, Int64, Int64)]
    )
    func shortMonths(_ refillDay: Int, _ year: Int64, _ month: Int64, _ day: Int64) throws {
        let schedule = try #require(RefillSchedule(.monthly(day: refillDay), amount: 1))
        let due = time(year, month, day)
        #expect(schedule.lastDue(notAfter: due) == due)
        #expect(schedule.nextDue(after: due.adding(milliseconds: -1)) == due)
        #expect(schedule.lastDue(notAfter: due.adding(milliseconds: -1)) < time(year, month, 1))
    }

    @Test("every schedule, over 1970 to 2100, is due on the days that a calendar turned day by day gives")
    func counted() throws {
        var generator = SeededGenerator.announced("Refill calendar")
        let monthly = (1...31).map { RefillSchedule.Interval.monthly(day: $0) }
        for interval in monthly + [.daily] {
            let schedule = try #require(RefillSchedule(interval, amount: 1))
            var last = interval == .daily ? time(1969, 12, 31) : nil
            for (day, isDue) in days(of: interval).enumerated() {
                let midnight = UnixMilliseconds(Int64(day) * 86_400_000)
                if isDue { last = midnight }
                guard let last else { continue }
                let later = midnight.adding(milliseconds: Int64.random(in: 0..<86_400_000, using: &generator))
                let before = UnixMilliseconds(midnight.value - 1)
                guard
                    schedule.lastDue(notAfter: midnight) == last,
                    schedule.lastDue(notAfter: later) == last,
                    (schedule.nextDue(after: before) == midnight) == isDue,
                    // What is due next after the last one is not here yet.
                    schedule.nextDue(after: last) > midnight
                else {
                    Issue.record("\(interval), day \(day)")
                    return
                }
            }
        }
    }

    @Test("the next due time of any time is the first one for which it is not the last")
    func lastAndNext() throws {
        var generator = SeededGenerator.announced("Refill times")
        for _ in 0..<5_000 {
            let interval: RefillSchedule.Interval =
                Bool.random(using: &generator) ? .daily : .monthly(day: Int.random(in: 1...31, using: &generator))
            let schedule = try #require(RefillSchedule(interval, amount: 1))
            let spread = Int64(1) << Int64.random(in: 1...62, using: &generator)
            let now = UnixMilliseconds(Int64.random(in: -spread...spread, using: &generator))
            let (last, next) = (schedule.lastDue(notAfter: now), schedule.nextDue(after: now))
            #expect(last <= now && now < next)
            #expect(schedule.nextDue(after: last) == next)
            #expect(schedule.lastDue(notAfter: next) == next)
            #expect(schedule.lastDue(notAfter: UnixMilliseconds(next.value - 1)) == last)
        }
    }

    @Test("at the ends of time nothing traps")
    func extremes() throws {
        for interval in [.daily, .monthly(day: 1), .monthly(day: 31)] as [RefillSchedule.Interval] {
            let schedule = try #require(RefillSchedule(interval, amount: 1))
            #expect(schedule.lastDue(notAfter: UnixMilliseconds(.min)).value == .min)
            #expect(schedule.nextDue(after: UnixMilliseconds(.max)).value == .max)
            #expect(schedule.lastDue(notAfter: UnixMilliseconds(.max)).value < .max)
            #expect(schedule.nextDue(after: UnixMilliseconds(.min)).value > .min)
        }
    }

    /// Whether a refill is due, for every day of 1970 to 2100.
    private func days(of interval: RefillSchedule.Interval) -> [Bool] {
        var calendar = WallCalendar(year: 1970)
        var days: [Bool] = []
        while calendar.year <= 2100 {
            switch interval {
            case .daily: days.append(true)
            case .monthly(let day): days.append(calendar.day == min(Int64(day), calendar.monthLength))
            }
            calendar.turn()
        }
        return days
    }
}

@Suite struct RefillTests {
    private let month = RefillSchedule(.monthly(day: 31), amount: 500)

    @Test("the setting of a schedule refills nothing, not even on its day")
    func setting() throws {
        let month = try #require(month)
        for now in [time(2026, 1, 31), time(2026, 1, 31).adding(milliseconds: 5), time(2026, 1, 30)] {
            #expect(month.refillDue(after: now, notAfter: now) == nil)
        }
        #expect(month.refillDue(after: time(2026, 1, 31), notAfter: time(2026, 2, 27)) == nil)
        #expect(month.refillDue(after: time(2026, 1, 31), notAfter: time(2026, 2, 28)) == time(2026, 2, 28))
    }

    @Test("a schedule set just before its time is due at its time, and not before")
    func atItsTime() throws {
        let month = try #require(month)
        let due = time(2026, 1, 31)
        let settled = due.adding(milliseconds: -2)
        #expect(month.refillDue(after: settled, notAfter: due.adding(milliseconds: -1)) == nil)
        #expect(month.refillDue(after: settled, notAfter: due) == due)
        #expect(month.refillDue(after: settled, notAfter: due.adding(milliseconds: 1)) == due)
    }

    @Test("several refills that fell due while nobody looked are one: the latest")
    func catchUp() throws {
        let month = try #require(month)
        let now = time(2026, 6, 12)
        #expect(month.refillDue(after: time(2025, 12, 1), notAfter: now) == time(2026, 5, 31))
        #expect(month.refillDue(after: now, notAfter: now) == nil)
    }

    @Test("a clock that was set back gives no refill until it is past the last one")
    func clockSetBack() throws {
        let month = try #require(month)
        let settled = time(2026, 5, 31)
        for now in [time(2026, 5, 30), time(2026, 4, 30), time(1970, 1, 1), UnixMilliseconds(.min)] {
            #expect(month.refillDue(after: settled, notAfter: now) == nil)
        }
        #expect(month.refillDue(after: settled, notAfter: time(2026, 5, 31).adding(milliseconds: 1)) == nil)
        #expect(month.refillDue(after: settled, notAfter: time(2026, 6, 30)) == time(2026, 6, 30))
    }

    @Test("no clock, however it jumps, gets two refills for one due time, whichever time is stored")
    func jumpingClock() throws {
        var generator = SeededGenerator.announced("Refill clock")
        for storesDueTime in [true, false] {
            for interval in [.daily, .monthly(day: 31), .monthly(day: 1)] as [RefillSchedule.Interval] {
                let schedule = try #require(RefillSchedule(interval, amount: 1))
                var now = time(2026, 1, 1)
                var settled = now
                var given: Set<UnixMilliseconds> = []
                for _ in 0..<2_000 {
                    now = now.adding(milliseconds: Int64.random(in: -40...44, using: &generator) * 3_600_000)
                    guard let due = schedule.refillDue(after: settled, notAfter: now) else { continue }
                    #expect(due > settled && due <= now)
                    #expect(given.insert(due).inserted)
                    settled = storesDueTime ? due : now
                }
                #expect(!given.isEmpty)
            }
        }
    }

    @Test("a refill sets the balance to the amount and leaves a higher one alone")
    func balance() throws {
        let month = try #require(month)
        let balances = [(0, 500), (499, 500), (500, 500), (501, 501), (.max, .max)] as [(Int64, Int64)]
        for (before, after) in balances { #expect(month.balance(refilling: before) == after) }
    }
}

/// 00:00 UTC of a day.
private func time(_ year: Int64, _ month: Int64, _ day: Int64) -> UnixMilliseconds {
    UnixMilliseconds(CivilDate(year: year, month: month, day: day).daysSinceEpoch * 86_400_000)
}
