import Glibc
import Reactor

/// One turn of load on one server, from the first connection to the last reply.
enum Measurement {
    /// Time that is waited for replies after the measured time.
    private static let drainNanoseconds: UInt64 = 10_000_000_000

    static func run(
        _ wire: (some Wire).Type,
        on address: SocketAddress,
        of processIDs: [pid_t],
        _ groups: [LoadGroup],
        checksData: Bool,
        _ options: BenchOptions,
        interrupt: Int32
    ) throws(BenchFailure) -> RunResult {
        var generator = try connect(wire, address, groups, checksData, interrupt)
        try generator.warmUp(nanoseconds: options.warmUpNanoseconds)
        let before = try ProcessUsage(of: processIDs)
        let idleBefore = generator.idleNanoseconds
        let start = nanosecondsNow()
        try generator.measure(nanoseconds: options.durationNanoseconds)
        let elapsed = nanosecondsNow() - start
        let after = try ProcessUsage(of: processIDs)
        let idle = generator.idleNanoseconds - idleBefore
        let missing = try generator.drain(nanoseconds: drainNanoseconds)
        var result = RunResult()
        result.requests = Int(generator.tally.latencies.count)
        result.seconds = Double(options.durationNanoseconds) / 1_000_000_000
        result.p50Nanoseconds = generator.tally.latencies.quantile(0.5)
        result.p99Nanoseconds = generator.tally.latencies.quantile(0.99)
        result.p999Nanoseconds = generator.tally.latencies.quantile(0.999)
        result.processorNanoseconds = Double(after.processorNanoseconds - before.processorNanoseconds)
        result.contextSwitches = Double(after.contextSwitches) - Double(before.contextSwitches)
        result.residentBytes = Double(after.residentBytes)
        result.generatorShare = max(0, 1 - Double(idle) / Double(elapsed))
        result.errors = generator.tally.errors + missing
        result.firstError = generator.tally.firstError ?? (missing > 0 ? "\(missing) requests without a reply" : nil)
        result.backgroundRate = Double(generator.tally.backgroundReplies) / result.seconds
        return result
    }

    private static func connect<W: Wire>(
        _ wire: W.Type,
        _ address: SocketAddress,
        _ groups: [LoadGroup],
        _ checksData: Bool,
        _ interrupt: Int32
    ) throws(BenchFailure) -> LoadGenerator<W> {
        try LoadGenerator<W>.connect(to: address, groups: groups, checksData: checksData, interrupt: interrupt)
    }
}
