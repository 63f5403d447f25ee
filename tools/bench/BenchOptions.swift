import Program

/// What to measure, and how.
struct BenchOptions: Sendable {
    let mixes: [WorkloadMix]
    let points: [LoadPoint]
    let background: Background?
    let rate: Int?
    let rounds: Int
    let durationNanoseconds: UInt64
    let warmUpNanoseconds: UInt64
    let keyCount: Int
    let seed: UInt64
    let isHTTP: Bool
    let attachment: (socket: String, rootKey: String)?
    /// A database that `bench seed` made.
    let database: String?
    /// Another one, which takes the echo server's place.
    let otherDatabase: String?
    let cores: Cores
    let folder: String
    let isJSON: Bool

    /// Takes everything from a command line.
    ///
    /// - Throws: ``UsageError``, also for options that contradict each other.
    init(_ options: inout CommandLineOptions, seed chosenSeed: UInt64) throws(UsageError) {
        let listed = try options.takeOptional(Self.workloads)
        let mix = try options.takeOptional(Self.mix)
        mixes = (listed ?? []) + (mix.map { [$0] } ?? [])
        let connections = try options.takeOptional(Self.connections)
        let pipeline = try options.takeOptional(Self.pipeline)
        let points = try options.take(Self.points)
        if connections != nil || pipeline != nil {
            self.points = [LoadPoint(connections: connections ?? 1, pipeline: pipeline ?? 1)]
        } else {
            self.points = points
        }
        rate = try options.takeOptional(Self.rate)
        background = try options.takeOptional(Self.background)
        rounds = try options.take(Self.rounds)
        durationNanoseconds = try options.take(Self.duration)
        warmUpNanoseconds = try options.take(Self.warmUp)
        keyCount = try options.take(Self.keys)
        seed = try options.takeOptional(Self.seed) ?? chosenSeed
        isHTTP = options.takeFlag("http", "Measure through latchkey-http; ratios stay those to the frame echo.")
        let socket = try options.takeOptional(Self.socket)
        let rootKey = try options.takeOptional(Self.rootKey)
        database = try options.takeOptional(Self.database)
        otherDatabase = try options.takeOptional(Self.against)
        cores = try Self.cores(&options)
        folder = try options.take(Self.folder)
        isJSON = options.takeFlag("json", "Print one JSON document in place of the tables.")
        switch (socket, rootKey) {
        case (let socket?, let rootKey?): attachment = (socket, rootKey)
        case (nil, nil): attachment = nil
        case (_?, nil): throw UsageError("--socket names a running daemon; give --root-key for it as well.")
        case (nil, _?): throw UsageError("--root-key is for a running daemon; name its --socket as well.")
        }
        if isHTTP, attachment != nil {
            throw UsageError("--http starts its own daemon and adapter. Leave out --socket and --root-key.")
        }
        if database != nil, attachment != nil {
            throw UsageError("--database is opened by a daemon of its own. Leave out --socket and --root-key.")
        }
        if otherDatabase != nil, database == nil {
            throw UsageError("--against names what --database is compared with. Give --database as well.")
        }
    }

    /// Takes the two cores.
    static func cores(_ options: inout CommandLineOptions) throws(UsageError) -> Cores {
        Cores(server: try options.take(serverCore), client: try options.take(clientCore))
    }

    /// The mixes to measure: verify and health unless others are named.
    var measuredMixes: [WorkloadMix] {
        mixes.isEmpty ? ["health", "verify"].compactMap { WorkloadMix($0) } : mixes
    }
}

extension BenchOptions {
    private static var names: String { Workload.all.map(\.name).joined(separator: ", ") }

    private static let workloads = Setting<[WorkloadMix]>(
        "workloads",
        "NAME,…",
        "Workloads, measured one after the other; health,verify where neither these nor a mix is named.",
        wanted: "a list of \(names)",
        read: WorkloadMix.list
    )
    private static let mix = Setting<WorkloadMix>(
        "mix",
        "NAME=WEIGHT,…",
        "Workloads measured together, such as verify=9,create-key=1.",
        wanted:
            "a list of \(names) with weights that add up to at most \(RequestMix.weightMax), and echo only by itself"
    ) { WorkloadMix($0) }
    private static let points = Setting<[LoadPoint]>(
        "points",
        "CxP,…",
        "Connections, and requests under way on each.",
        standard: "1x1,16x1,64x1,64x16",
        wanted: "a list such as 1x1,64x16 with numbers from 1 to \(LoadPoint.range.upperBound)",
        read: LoadPoint.list
    )
    private static let connections = Setting<Int>(
        "connections",
        "N",
        "Connections of a single point, in place of --points.",
        wanted: wanted(LoadPoint.range)
    ) { integer($0, LoadPoint.range) }
    private static let pipeline = Setting<Int>(
        "pipeline",
        "N",
        "Requests under way on each connection of a single point.",
        wanted: wanted(LoadPoint.range)
    ) { integer($0, LoadPoint.range) }
    private static let rate = Setting<Int>(
        "rate",
        "N",
        "Requests a second, sent when they are due; latency counts from then. Else as fast as replies come.",
        wanted: wanted(1...100_000_000)
    ) { integer($0, 1...100_000_000) }
    private static let background = Setting<Background>(
        "background",
        "NAME@CxP",
        "Load on the product besides the measured one, such as create-key@64; the echo server has none.",
        wanted: "a workload or mix, @ and a point, such as create-key@64"
    ) { Background($0) }
    private static let rounds = Setting<Int>.integer(
        "rounds",
        "N",
        "How often echo and product take turns at each point; medians are told.",
        1...1_000,
        standard: 3
    )
    private static let duration = seconds("duration", "Measured time of each turn.", 0.01...3_600, standard: "2")
    private static let warmUp = seconds("warm-up", "Time before it that is not measured.", 0...600, standard: "0.5")
    private static let keys = Setting<Int>.integer(
        "keys",
        "N",
        "Keys that verify draws from.",
        1...10_000_000,
        standard: 10_000
    )
    private static let seed = Setting<UInt64>(
        "seed",
        "N",
        "Decides the order of keys and of a mix; else drawn, and printed.",
        wanted: "an integer from 0 to 2^64-1"
    ) { UInt64($0) }
    private static let socket = Setting<String>.text(
        "socket",
        "PATH",
        "API socket of a running daemon, which is then measured as it is."
    )
    private static let rootKey = Setting<String>.text(
        "root-key",
        "KEY",
        "A root key of that daemon; APIs and keys are made with it, and stay."
    )
    private static let database = Setting<String>.text(
        "database",
        "PATH",
        "A database of bench seed for the daemon; what workloads make in it stays."
    )
    private static let against = Setting<String>.text(
        "against",
        "PATH",
        "Another such database: a second daemon on it takes the echo server's place, and ratios are those to it."
    )
    private static let serverCore = Setting<Int>.integer(
        "server-core",
        "N",
        "Core of the servers.",
        0...1_023,
        standard: 0
    )
    private static let clientCore = Setting<Int>.integer(
        "client-core",
        "N",
        "Core of the load.",
        0...1_023,
        standard: 1
    )
    static let folder = Setting<String>.text(
        "folder",
        "PATH",
        "Where a folder for sockets, and for a database where none is named, is made, and removed.",
        standard: "/tmp"
    )

    static func wanted(_ range: ClosedRange<Int>) -> String {
        "an integer from \(range.lowerBound) to \(range.upperBound)"
    }

    static func integer(_ text: String, _ range: ClosedRange<Int>) -> Int? {
        Int(text).flatMap { range.contains($0) ? $0 : nil }
    }

    private static func seconds(
        _ name: String,
        _ meaning: String,
        _ range: ClosedRange<Double>,
        standard: String
    ) -> Setting<UInt64> {
        let wanted = "seconds from \(range.lowerBound) to \(range.upperBound)"
        return Setting(name, "SECONDS", meaning, standard: standard, wanted: wanted) { text in
            Double(text).flatMap { range.contains($0) ? UInt64($0 * 1_000_000_000) : nil }
        }
    }
}
