import Glibc
import Reactor

/// What the disk allows a durable change at best: one thread that writes a page over and syncs it, again and again.
///
/// A commit is no faster than that, whoever makes it; several share one.
struct DiskFloor {
    /// Pages a second.
    let rate: Double
    let p50Nanoseconds: Double
    let p99Nanoseconds: Double

    private static let pageBytes = 4_096
    /// Written over in turn, as a write-ahead log is: syncing a file that grows takes longer.
    private static let pages = 1_024
    private static let measuredNanoseconds: UInt64 = 1_000_000_000

    /// Measures it.
    ///
    /// - Parameters:
    ///   - folder: Where the databases are.
    ///   - cores: It runs where the servers do.
    /// - Throws: When the disk fails.
    init(in folder: String, _ cores: Cores) throws(BenchFailure) {
        try pin(toCore: cores.server)
        let latencies = try during("Measuring the disk") { () throws(SystemError) in
            try Self.latencies(of: "\(folder)/disk-floor")
        }
        try pin(toCore: cores.client)
        rate = Double(latencies.count) * 1_000_000_000 / Double(Self.measuredNanoseconds)
        p50Nanoseconds = latencies.quantile(0.5)
        p99Nanoseconds = latencies.quantile(0.99)
    }

    private static func latencies(of path: String) throws(SystemError) -> Histogram {
        let descriptor = try system("open", on: path) { open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0o600) }
        defer {
            close(descriptor)
            unlink(path)
        }
        for page in 0..<pages { try write(page, to: descriptor, path) }
        _ = try system("fsync", on: path) { fsync(descriptor) }
        var latencies = Histogram()
        let end = nanosecondsNow() + measuredNanoseconds
        var start = nanosecondsNow()
        var page = 0
        while start < end {
            try write(page, to: descriptor, path)
            _ = try system("fdatasync", on: path) { fdatasync(descriptor) }
            let now = nanosecondsNow()
            latencies.record(nanoseconds: now - start)
            start = now
            page = (page + 1) % pages
        }
        return latencies
    }

    private static func write(_ page: Int, to descriptor: Int32, _ path: String) throws(SystemError) {
        let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: page), count: pageBytes)
        _ = try system("pwrite", on: path) { Int32(pwrite(descriptor, bytes, bytes.count, off_t(page * pageBytes))) }
    }
}
