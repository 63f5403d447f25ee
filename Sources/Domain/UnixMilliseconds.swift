import Glibc

/// A point in time on the wire and in the database: milliseconds since 1970-01-01 00:00 UTC, leap seconds not counted.
public struct UnixMilliseconds: Hashable, Comparable, Sendable {
    /// The number of milliseconds.
    public let value: Int64

    /// The time that is so many milliseconds after the epoch.
    public init(_ value: Int64) {
        self.value = value
    }

    /// The present by the system's clock (`CLOCK_REALTIME`, clock_gettime(2)), which may be set back.
    public static func read() -> UnixMilliseconds {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UnixMilliseconds(Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// The earlier of two times is the smaller one.
    public static func < (left: UnixMilliseconds, right: UnixMilliseconds) -> Bool {
        left.value < right.value
    }

    /// The time so many milliseconds later, at most the last one there is.
    public func adding(milliseconds: Int64) -> UnixMilliseconds {
        let (sum, overflow) = value.addingReportingOverflow(milliseconds)
        return UnixMilliseconds(overflow ? (milliseconds > 0 ? .max : .min) : sum)
    }
}
