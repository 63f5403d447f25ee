/// Counts durations in buckets whose width grows with the value, so that any quantile is told within 0.4 %.
///
/// Below 256 ns each value has its bucket; above, each power of two is cut into 128. Recording costs a shift and an addition.
struct Histogram: ~Copyable {
    /// 2 to this power buckets share one power of two.
    private static let precisionBits = 7
    /// Longer durations, over 18 minutes, count as this one.
    static let nanosecondsMax: UInt64 = 1 << 40 - 1
    private static let bucketCount = index(of: nanosecondsMax) + 1

    private let buckets: UnsafeMutablePointer<UInt64>
    /// How many durations were recorded.
    private(set) var count: UInt64 = 0
    /// The longest of them in nanoseconds, exact.
    private(set) var maximum: UInt64 = 0

    init() {
        buckets = .allocate(capacity: Self.bucketCount)
        buckets.initialize(repeating: 0, count: Self.bucketCount)
    }

    deinit {
        buckets.deallocate()
    }

    @inline(__always)
    mutating func record(nanoseconds: UInt64) {
        buckets[Self.index(of: min(nanoseconds, Self.nanosecondsMax))] += 1
        count += 1
        maximum = max(maximum, nanoseconds)
    }

    /// The duration that a share of the recorded ones does not exceed, in nanoseconds; 0 when there are none.
    ///
    /// - Parameter share: Over 0, at most 1: 0.99 for the 99th percentile.
    /// - Returns: The middle of the bucket that it lies in.
    func quantile(_ share: Double) -> Double {
        precondition(share > 0 && share <= 1, "a quantile is a share of what was recorded")
        let rank = max(1, UInt64((share * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for index in 0..<Self.bucketCount {
            seen += buckets[index]
            if seen >= rank { return Self.middle(of: index) }
        }
        return 0
    }

    @inline(__always)
    private static func index(of value: UInt64) -> Int {
        let significantBits = UInt64.bitWidth - value.leadingZeroBitCount
        let shift = max(0, significantBits - precisionBits - 1)
        return shift << precisionBits + Int(value >> UInt64(shift))
    }

    private static func middle(of index: Int) -> Double {
        let shift = max(0, index >> precisionBits - 1)
        let lowest = UInt64(index - shift << precisionBits) << UInt64(shift)
        return Double(lowest) + Double((1 as UInt64) << UInt64(shift) - 1) / 2
    }
}
