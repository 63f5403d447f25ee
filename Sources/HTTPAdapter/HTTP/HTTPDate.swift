import Bytes

/// A time as HTTP writes it: IMF-fixdate of RFC 9110 §5.6.7, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let days: [StaticString] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months: [StaticString] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Appends the 29 bytes.
    ///
    /// - Parameters:
    ///   - seconds: Since 1970-01-01T00:00:00Z, not negative.
    ///   - buffer: Where to.
    static func append(seconds: Int, to buffer: inout ByteBuffer) {
        let day = seconds / 86_400
        let second = seconds % 86_400
        let (year, month, dayOfMonth) = date(ofDay: day)
        buffer.append(days[(day + 4) % 7])  // 1970-01-01 was a Thursday.
        buffer.append(", ")
        appendTwoDigits(dayOfMonth, to: &buffer)
        buffer.append(UInt8(ascii: " "))
        buffer.append(months[month - 1])
        buffer.append(UInt8(ascii: " "))
        appendTwoDigits(year / 100, to: &buffer)
        appendTwoDigits(year % 100, to: &buffer)
        for (value, separator) in [(second / 3_600, " "), (second / 60 % 60, ":"), (second % 60, ":")]
            as [(Int, StaticString)]
        {
            buffer.append(separator)
            appendTwoDigits(value, to: &buffer)
        }
        buffer.append(" GMT")
    }

    /// The proleptic Gregorian date of a day counted from 1970-01-01; years counted from March, so that the leap day comes last.
    static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468  // Days from 0000-03-01 to 1970-01-01.
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func appendTwoDigits(_ value: Int, to buffer: inout ByteBuffer) {
        buffer.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10))
        buffer.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
}
