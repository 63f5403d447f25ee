/// When a key's balance is filled up again, and to what (`keys.md` §14).
///
/// A refill is due at 00:00 UTC: every day, or on one day of every month. A month that is too short has it on its last day.
public struct RefillSchedule: Hashable, Sendable {
    /// How often.
    public enum Interval: Hashable, Sendable {
        /// Every day.
        case daily
        /// Every month on this day, 1 to 31.
        case monthly(day: Int)
    }

    /// How often.
    public let interval: Interval
    /// The balance after a refill, at least 1.
    public let amount: Int64

    /// A schedule.
    ///
    /// - Returns: `nil` when the day is not 1 to 31, or the amount is below 1.
    public init?(_ interval: Interval, amount: Int64) {
        if case .monthly(let day) = interval, !(1...31).contains(day) { return nil }
        guard amount >= 1 else { return nil }
        self.interval = interval
        self.amount = amount
    }

    /// The refill that is to be done now.
    ///
    /// However many came due meanwhile, it is one: a refill sets the balance, and once is enough for that. Store `now` or the
    /// result as the new `settled`, and the same one is not given again, whatever the clock does; a clock that was set back
    /// gives none until it is past `settled`.
    ///
    /// - Parameters:
    ///   - settled: The time up to which refills are done: of the last one, or of the setting of the schedule, because that
    ///     day's refill is not made up for.
    ///   - now: The present.
    /// - Returns: When the latest refill after `settled` and not after `now` was due; `nil` if there was none.
    public func refillDue(after settled: UnixMilliseconds, notAfter now: UnixMilliseconds) -> UnixMilliseconds? {
        let due = lastDue(notAfter: now)
        return due > settled ? due : nil
    }

    /// The balance after a refill: the amount, and not less than it was, because credits may have been bought besides.
    public func balance(refilling balance: Int64) -> Int64 {
        max(balance, amount)
    }

    /// When the latest refill up to a time is due, that time included.
    ///
    /// Before the first day of Unix time in 64 bits it is the beginning of that time.
    public func lastDue(notAfter time: UnixMilliseconds) -> UnixMilliseconds {
        let today = time.value.flooredQuotient(by: CivilDate.millisecondsPerDay)
        guard case .monthly(let day) = interval else { return Self.midnight(today) }
        let date = CivilDate(daysSinceEpoch: today)
        let due = Self.dueDay(day, month: date.month, year: date.year)
        return Self.midnight(due <= today ? due : Self.dueDay(day, month: date.month - 1, year: date.year))
    }

    /// When the next refill behind a time is due.
    ///
    /// Past the last day of Unix time in 64 bits it is the end of that time.
    public func nextDue(after time: UnixMilliseconds) -> UnixMilliseconds {
        let today = time.value.flooredQuotient(by: CivilDate.millisecondsPerDay)
        guard case .monthly(let day) = interval else { return Self.midnight(today + 1) }
        let date = CivilDate(daysSinceEpoch: today)
        let due = Self.dueDay(day, month: date.month, year: date.year)
        return Self.midnight(due > today ? due : Self.dueDay(day, month: date.month + 1, year: date.year))
    }

    /// The day of the refill in a month, as days since 1970-01-01; month 0 is December before, 13 January after.
    private static func dueDay(_ day: Int, month: Int64, year: Int64) -> Int64 {
        if month == 0 { return dueDay(day, month: 12, year: year - 1) }
        if month == 13 { return dueDay(day, month: 1, year: year + 1) }
        let last = CivilDate.daysInMonth(month, of: year)
        return CivilDate(year: year, month: month, day: min(Int64(day), last)).daysSinceEpoch
    }

    private static func midnight(_ daysSinceEpoch: Int64) -> UnixMilliseconds {
        let (value, overflow) = daysSinceEpoch.multipliedReportingOverflow(by: CivilDate.millisecondsPerDay)
        return UnixMilliseconds(overflow ? (daysSinceEpoch < 0 ? .min : .max) : value)
    }
}
