import Program

/// What to fill a database with, and how.
struct SeedOptions: Sendable {
    let database: String
    let keyCount: Int
    let cores: Cores
    let folder: String

    /// Takes everything from a command line.
    init(_ options: inout CommandLineOptions) throws(UsageError) {
        keyCount = try options.take(Self.keys)
        cores = try BenchOptions.cores(&options)
        folder = try options.take(BenchOptions.folder)
        // Last, because it may be missing: help wants the others described.
        database = try options.take(Self.database)
    }

    private static let database = Setting<String>.text(
        "database",
        "PATH",
        "The database to make; must not be there yet."
    )
    private static let keys = Setting<Int>.integer("keys", "N", "How many keys.", 1...100_000_000, standard: 1_000_000)
}
