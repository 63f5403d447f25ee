import CLinux
import Glibc
import Reactor

/// Where the servers run, and where this process.
struct Cores: Sendable, Equatable {
    let server: Int
    let client: Int
}

/// Keeps this process, and the children it starts from now on, on one core.
func pin(toCore core: Int) throws(BenchFailure) {
    var set = [UInt64](repeating: 0, count: 16)
    set[core / 64] |= 1 << UInt64(core % 64)
    let bytes = UInt(set.count * MemoryLayout<UInt64>.size)
    guard latchkey_set_affinity(0, bytes, set) == 0 else {
        throw BenchFailure(
            "Core \(core) cannot be used: \(SystemError.current("sched_setaffinity")). Name another core."
        )
    }
}

/// Turns SIGINT and SIGTERM into a readable descriptor, so that a run that is broken off ends its servers and its folder.
func interruptDescriptor() throws(BenchFailure) -> Int32 {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    sigprocmask(SIG_BLOCK, &signals, nil)
    return try during("Catching signals") { () throws(SystemError) in
        try system("signalfd") { signalfd(-1, &signals, Int32(SFD_CLOEXEC | SFD_NONBLOCK)) }
    }
}

/// The present in nanoseconds.
@inline(__always)
func nanosecondsNow() -> UInt64 { MonotonicTime.read().nanoseconds }
