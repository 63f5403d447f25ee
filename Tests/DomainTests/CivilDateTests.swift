import Testing

@testable import Domain

@Suite struct CivilDateTests {
    @Test(
        "known days have known numbers",
        arguments: [
            (1970, 1, 1, 0), (1969, 12, 31, -1), (1970, 2, 28, 58), (1970, 3, 1, 59), (1972, 2, 29, 789),
            (2000, 2, 29, 11_016), (2000, 3, 1, 11_017), (2026, 11, 24, 20_781), (2100, 2, 28, 47_540),
            (2100, 3, 1, 47_541), (1, 1, 1, -719_162), (0, 2, 29, -719_469), (0, 3, 1, -719_468),
            (-1, 12, 31, -719_529), (9999, 12, 31, 2_932_896),
        ] as [(Int64, Int64, Int64, Int64)]
    )
    func known(_ year: Int64, _ month: Int64, _ day: Int64, _ number: Int64) {
        let date = CivilDate(year: year, month: month, day: day)
        #expect(date.daysSinceEpoch == number)
        #expect(CivilDate(daysSinceEpoch: number) == date)
    }

    @Test("eight hundred years, counted day by day, have the dates of the calendar")
    func counted() {
        var calendar = WallCalendar(year: 1600)
        for number in -135_140..<157_054 as Range<Int64> {
            let date = CivilDate(year: calendar.year, month: calendar.month, day: calendar.day)
            guard date.daysSinceEpoch == number, CivilDate(daysSinceEpoch: number) == date,
                CivilDate.daysInMonth(date.month, of: date.year) == calendar.monthLength
            else {
                Issue.record("day \(number) is \(date)")
                return
            }
            calendar.turn()
        }
        #expect(calendar.year == 2400 && calendar.month == 1 && calendar.day == 1)
    }

    @Test("days that 64 bits of milliseconds can name turn into dates and back")
    func extremes() {
        for time in [Int64.min, .min + 1, -1, 0, .max - 1, .max] {
            let day = time.flooredQuotient(by: CivilDate.millisecondsPerDay)
            #expect(CivilDate(daysSinceEpoch: day).daysSinceEpoch == day)
        }
    }

    @Test("a quotient is rounded down on both sides of zero")
    func flooring() {
        let quotients = [(-7, -3), (-6, -2), (-1, -1), (0, 0), (2, 0), (3, 1), (7, 2)] as [(Int64, Int64)]
        for (number, quotient) in quotients { #expect(number.flooredQuotient(by: 3) == quotient) }
    }
}

/// A calendar on a wall: turned one day at a time, it knows months by their lengths and nothing of arithmetic.
struct WallCalendar {
    private(set) var year: Int64
    private(set) var month: Int64 = 1
    private(set) var day: Int64 = 1

    /// Open at 1 January of a year.
    init(year: Int64) { self.year = year }

    /// Days in the open month.
    var monthLength: Int64 {
        let lengths: [Int64] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard month == 2 else { return lengths[Int(month) - 1] }
        if year % 400 == 0 { return 29 }
        if year % 100 == 0 { return 28 }
        return year % 4 == 0 ? 29 : 28
    }

    /// The next day.
    mutating func turn() {
        day += 1
        guard day > monthLength else { return }
        day = 1
        month += 1
        guard month > 12 else { return }
        month = 1
        year += 1
    }
}
