import Glibc

/// A point on the clock that never goes back: nanoseconds since an arbitrary start, `CLOCK_MONOTONIC` of clock_gettime(2).
public struct MonotonicTime: Comparable, Hashable, Sendable {
    /// Nanoseconds since the clock's start.
    public let nanoseconds: UInt64

    /// The time that is so many nanoseconds after the clock's start.
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The present, read from the system.
    public static func read() -> MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    /// The time this many milliseconds later.
    public func adding(milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds + UInt64(max(0, milliseconds)) * 1_000_000)
    }

    /// Whole milliseconds from this time until a later one, rounded up; 0 when it is not later.
    public func milliseconds(until later: MonotonicTime) -> Int {
        guard later > self else { return 0 }
        return Int((later.nanoseconds - nanoseconds + 999_999) / 1_000_000)
    }

    /// The earlier of two times is the smaller one.
    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
