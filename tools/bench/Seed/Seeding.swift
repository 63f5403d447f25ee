import Glibc

/// Fills a new database through the real write path: a daemon of this build, and callers that create keys.
struct Seeding {
    private let options: SeedOptions
    /// How often it is told how far it is.
    private static let reportCount = 10

    init(_ options: SeedOptions) {
        self.options = options
    }

    /// Makes the keys, and tells how fast.
    ///
    /// - Returns: The status to exit with: 1 when the daemon did not end well.
    func run() throws(BenchFailure) -> Int32 {
        guard access(options.database, F_OK) != 0 else {
            throw BenchFailure("\(options.database) is there already. Name a new file, or remove it.")
        }
        let interrupt = try interruptDescriptor()
        try pin(toCore: options.cores.client)
        let folder = try TemporaryFolder(in: options.folder)
        let product = try Product(
            startedIn: folder.path,
            database: options.database,
            population: nil,
            cores: options.cores,
            isHTTP: false
        )
        let population = try fill(product, interrupt)
        try population.write(beside: options.database)
        let complaints = product.stop()
        for complaint in complaints { complain(complaint) }
        return complaints.isEmpty ? 0 : 1
    }

    private func fill(_ product: Product, _ interrupt: Int32) throws(BenchFailure) -> Population {
        let start = nanosecondsNow()
        let step = max(1, options.keyCount / Self.reportCount)
        var next = step
        let population = try Population(on: product, name: "seed", keyCount: options.keyCount) {
            count throws(BenchFailure) in
            if hasCome(interrupt) { throw BenchFailure("Interrupted.") }
            guard count >= next else { return }
            next += step
            let seconds = Double(nanosecondsNow() - start) / 1_000_000_000
            let rate = Double(count) / seconds
            tell("\(TextReport.format(Double(count), 0)) keys, \(TextReport.format(rate, 0)) keys/s")
        }
        return population
    }

    /// Whether a signal has come.
    private func hasCome(_ interrupt: Int32) -> Bool {
        var state = pollfd(fd: interrupt, events: Int16(POLLIN), revents: 0)
        return poll(&state, 1, 0) > 0
    }

    private func tell(_ line: String) {
        writeLine(line, to: 1)
    }
}
