import Glibc
import Reactor

/// What processes have used up to now, all their threads together.
struct ProcessUsage: Sendable, Equatable {
    var processorNanoseconds: UInt64 = 0
    var contextSwitches: UInt64 = 0
    /// Now, not ever.
    var residentBytes: UInt64 = 0

    /// - Parameter processIDs: Running processes.
    /// - Throws: When one of them has ended.
    init(of processIDs: [pid_t]) throws(BenchFailure) {
        for processID in processIDs {
            processorNanoseconds += try Self.processorNanoseconds(processID)
            contextSwitches += Self.contextSwitches(processID)
            residentBytes += Self.residentBytes(processID)
        }
    }

    private static func processorNanoseconds(_ processID: pid_t) throws(BenchFailure) -> UInt64 {
        var clock = clockid_t()
        var time = timespec()
        guard clock_getcpuclockid(processID, &clock) == 0, clock_gettime(clock, &time) == 0 else {
            throw BenchFailure("Process \(processID), which is measured, is gone.")
        }
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static func contextSwitches(_ processID: pid_t) -> UInt64 {
        names(in: "/proc/\(processID)/task").reduce(0) { sum, thread in
            let status = contents(of: "/proc/\(processID)/task/\(thread)/status") ?? ""
            return sum + numbers(of: "ctxt_switches:", in: status).reduce(0, +)
        }
    }

    private static func residentBytes(_ processID: pid_t) -> UInt64 {
        numbers(of: "VmRSS:", in: contents(of: "/proc/\(processID)/status") ?? "").reduce(0, +) * 1_024
    }

    /// The numbers of all lines of `/proc/…/status` whose name ends like this.
    static func numbers(of name: String, in status: String) -> [UInt64] {
        status.split(separator: "\n").compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0].hasSuffix(name) else { return nil }
            return UInt64(words[1])
        }
    }
}
