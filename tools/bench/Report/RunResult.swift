/// What one turn of load on one server showed.
struct RunResult: Sendable {
    var requests = 0
    var seconds = 0.0
    var p50Nanoseconds = 0.0
    var p99Nanoseconds = 0.0
    var p999Nanoseconds = 0.0
    /// Of the server's processes, in the measured time.
    var processorNanoseconds = 0.0
    var contextSwitches = 0.0
    var residentBytes = 0.0
    /// The share of the measured time in which the generator had replies to take: near 1, it may be what is measured.
    var generatorShare = 0.0
    /// Replies that were not the success expected, and requests without a reply.
    var errors = 0
    var firstError: String?
    /// Replies a second to the load besides.
    var backgroundRate = 0.0
}

/// One figure that is told of each turn, and how.
struct Figure: Sendable {
    /// Column of the table.
    let title: String
    /// Member of the JSON document, unit last.
    let member: String
    let value: @Sendable (RunResult) -> Double
    /// Digits after the point.
    let digits: Int
    /// Whether a ratio of it says something.
    var hasRatio = true

    /// Every figure, in the order of the columns.
    static let all = [
        Figure(
            title: "requests/s",
            member: "requestsPerSecond",
            value: { Double($0.requests) / $0.seconds },
            digits: 0
        ),
        Figure(title: "p50 us", member: "p50Microseconds", value: { $0.p50Nanoseconds / 1_000 }, digits: 1),
        Figure(title: "p99 us", member: "p99Microseconds", value: { $0.p99Nanoseconds / 1_000 }, digits: 1),
        Figure(title: "p99.9 us", member: "p999Microseconds", value: { $0.p999Nanoseconds / 1_000 }, digits: 1),
        Figure(
            title: "CPU ns/req",
            member: "processorNanosecondsPerRequest",
            value: { $0.processorNanoseconds / Double(max(1, $0.requests)) },
            digits: 0
        ),
        Figure(
            title: "switches/req",
            member: "contextSwitchesPerRequest",
            value: { $0.contextSwitches / Double(max(1, $0.requests)) },
            digits: 3,
            hasRatio: false
        ),
        Figure(title: "MiB", member: "residentMebibytes", value: { $0.residentBytes / 1_048_576 }, digits: 1),
        Figure(title: "gen. busy", member: "generatorShare", value: { $0.generatorShare }, digits: 2, hasRatio: false),
        Figure(
            title: "errors",
            member: "errors",
            value: { Double($0.errors) },
            digits: 0,
            hasRatio: false
        ),
    ]

    /// The median of the turns; `errors`, too, so look at the totals as well.
    func median(_ runs: [RunResult]) -> Double {
        Self.median(runs.map(value))
    }

    /// The median of the ratios of turns that followed each other, so that a machine that changes its speed falls out.
    func ratio(_ product: [RunResult], to yardstick: [RunResult]) -> Double {
        Self.median(zip(product, yardstick).map { value($0) / value($1) })
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

/// Everything measured at one point with one mix.
struct PointResult: Sendable {
    let workload: String
    let point: LoadPoint
    let yardstickName: String
    let productName: String
    /// Turns of the echo server, or of what else the product is set against.
    var yardstick: [RunResult] = []
    /// Empty when the echo server alone is measured.
    var product: [RunResult] = []

    var errors: Int { (yardstick + product).map(\.errors).reduce(0, +) }
    var firstError: String? { (product + yardstick).lazy.compactMap(\.firstError).first }
}
