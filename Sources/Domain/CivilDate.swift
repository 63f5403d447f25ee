/// A day of the proleptic Gregorian calendar in UTC, without leap seconds, as Unix time counts.
///
/// Days and dates are turned into each other by arithmetic alone. The year is taken to begin in March, which puts the leap day
/// at its end; 400 of those years, an era, have 146,097 days.
struct CivilDate: Equatable {
    static let millisecondsPerDay: Int64 = 86_400_000

    /// The year; 0 is the one before the year 1.
    let year: Int64
    /// The month, 1 to 12.
    let month: Int64
    /// The day of the month, 1 to 31.
    let day: Int64

    /// A date that the caller vouches for.
    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date so many days after 1970-01-01.
    init(daysSinceEpoch: Int64) {
        let days = daysSinceEpoch + Self.daysFromMarchOfYearZeroToEpoch
        let era = days.flooredQuotient(by: Self.daysPerEra)
        let dayOfEra = days - era * Self.daysPerEra
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - Self.daysBefore(yearOfEra: yearOfEra)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        self.init(
            year: era * 400 + yearOfEra + (month <= 2 ? 1 : 0),
            month: month,
            day: dayOfYear - Self.daysBefore(monthFromMarch: monthFromMarch) + 1
        )
    }

    /// Days after 1970-01-01.
    var daysSinceEpoch: Int64 {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let era = yearFromMarch.flooredQuotient(by: 400)
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        return era * Self.daysPerEra
            + Self.daysBefore(yearOfEra: yearFromMarch - era * 400)
            + Self.daysBefore(monthFromMarch: monthFromMarch)
            + day - 1
            - Self.daysFromMarchOfYearZeroToEpoch
    }

    /// How many days a month has.
    static func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: isLeapYear(year) ? 29 : 28
        default: 31
        }
    }

    private static let daysPerEra: Int64 = 146_097
    private static let daysFromMarchOfYearZeroToEpoch: Int64 = 719_468

    private static func isLeapYear(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func daysBefore(yearOfEra year: Int64) -> Int64 {
        year * 365 + year / 4 - year / 100
    }

    /// Five months from March or August on have 153 days, spread so that this rounds to the right one.
    private static func daysBefore(monthFromMarch month: Int64) -> Int64 {
        (153 * month + 2) / 5
    }
}

extension Int64 {
    /// The quotient by a positive divisor, rounded down also where this number is negative.
    func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
