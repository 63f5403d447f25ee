/// What a sliding window has let through, as one request finds it (`ratelimit.md` §2).
///
/// A sliding window is made of two fixed ones, aligned to the epoch: all of the current one counts, and of the previous one the
/// share that has not slid out yet. To look at it counts nothing; ``WindowTable/spend(_:in:of:)`` does.
public struct Window: Sendable, Equatable {
    /// Number of the current fixed window since the epoch.
    public let sequence: Int64
    /// What the current fixed window has let through.
    public let current: Int64
    /// What still counts of the previous one.
    public let carried: Int64
    /// When the current fixed window ends, Unix milliseconds.
    public let reset: Int64
    /// Of the key, so that it is hashed once a request.
    let hash: UInt64

    /// Whether a request may pass.
    ///
    /// Sums that do not fit 64 bits are over every limit. A limit of 0 lets nothing pass, a cost of 0 neither.
    ///
    /// - Parameters:
    ///   - limit: The most that the window lets through, 0 or more.
    ///   - cost: What the request spends, 0 or more.
    /// - Returns: Whether it may, and what is left then.
    public func decide(limit: Int64, cost: Int64) -> WindowDecision {
        let (used, isFull) = current.addingReportingOverflow(carried)
        let (effective, isOver) = used.addingReportingOverflow(cost)
        guard limit > 0, !isFull, !isOver, effective <= limit else {
            return WindowDecision(passes: false, remaining: 0, unspent: 0)
        }
        return WindowDecision(passes: true, remaining: limit - effective, unspent: limit - used)
    }
}

/// Whether a request may pass a window.
public struct WindowDecision: Sendable, Equatable {
    /// Whether it fits.
    public let passes: Bool
    /// What is left once it is counted; 0 where it does not fit.
    public let remaining: Int64
    /// What is left where it fits and is not counted after all, because another limit refuses the request.
    public let unspent: Int64
}

/// What a window keeps: the counts of two fixed windows.
struct WindowCounts: Sendable, Equatable {
    /// Number of the current fixed window since the epoch.
    var sequence: Int64
    /// What the current one has let through.
    var current: Int64
    /// What the one before it has let through.
    var previous: Int64

    static func none(in sequence: Int64) -> WindowCounts {
        WindowCounts(sequence: sequence, current: 0, previous: 0)
    }

    /// The counts as a later fixed window finds them; an earlier one is never opened again.
    func rolled(to later: Int64) -> WindowCounts {
        guard later > sequence else { return self }
        return WindowCounts(sequence: later, current: 0, previous: later - sequence == 1 ? current : 0)
    }

    /// Whether nothing of them counts any more at a time.
    func hasEnded(at time: Int64, durationMilliseconds: Int64) -> Bool {
        let rolled = rolled(to: time / durationMilliseconds)
        return rolled.current == 0 && rolled.previous == 0
    }

    /// When nothing of them counts any more, Unix milliseconds; at most the last time there is.
    func end(durationMilliseconds: Int64) -> Int64 {
        Self.start(of: sequence, 2, durationMilliseconds)
    }

    /// The counts as a request at a time finds them.
    ///
    /// - Parameters:
    ///   - time: Unix milliseconds, 0 or more. Before the window began it counts as its beginning.
    ///   - durationMilliseconds: Length of a fixed window, 1 or more.
    ///   - hash: Of the key.
    /// - Returns: The window.
    func window(at time: Int64, durationMilliseconds: Int64, hash: UInt64) -> Window {
        let counts = rolled(to: time / durationMilliseconds)
        let milliseconds = max(0, time - Self.start(of: counts.sequence, 0, durationMilliseconds))
        let elapsed = Double(milliseconds) / Double(durationMilliseconds)
        return Window(
            sequence: counts.sequence,
            current: counts.current,
            carried: Self.truncated(Double(counts.previous) * (1 - elapsed)),
            reset: Self.start(of: counts.sequence, 1, durationMilliseconds),
            hash: hash
        )
    }

    /// A count near 2^63 becomes 2^63 itself as a double, which no 64-bit integer is.
    private static func truncated(_ share: Double) -> Int64 {
        share >= 0x1p63 ? .max : Int64(share)
    }

    /// The beginning of the fixed window that is so many behind another.
    private static func start(of sequence: Int64, _ later: Int64, _ durationMilliseconds: Int64) -> Int64 {
        let (number, isPast) = sequence.addingReportingOverflow(later)
        let (start, isTooLate) = number.multipliedReportingOverflow(by: durationMilliseconds)
        return isPast || isTooLate ? .max : start
    }
}
