import Glibc
import Program
import Reactor

/// The subcommands: `run` measures, `seed` fills a database, `echo` is the server that everything is measured against.
enum BenchCommand {
    private static let echoSocket = Setting<String>.text("socket", "PATH", "Where the echo server listens.")

    /// - Returns: The status to exit with: 0, 1 when something failed, 2 for a command line that cannot be carried out.
    static func run(_ options: inout CommandLineOptions) -> Int32 {
        do {
            switch options.takeWord() ?? "run" {
            case "run": return try measure(&options)
            case "seed": return try seed(&options)
            case "echo": return try echo(&options)
            case let word: throw UsageError("There is no subcommand '\(word.prefix(64))'. --help lists what there is.")
            }
        } catch {
            complain("\(error)")
            return error is UsageError ? 2 : 1
        }
    }

    private static func measure(_ options: inout CommandLineOptions) throws -> Int32 {
        let wantsHelp = options.takeFlag("help", "Print this and exit.")
        let settings = try BenchOptions(&options, seed: .random(in: 0...UInt64(UInt32.max)))
        try options.finish()
        if wantsHelp {
            print(help(options.helpLines))
            return 0
        }
        var benchmark = try Benchmark(settings)
        return try benchmark.run()
    }

    private static func seed(_ options: inout CommandLineOptions) throws -> Int32 {
        let wantsHelp = options.takeFlag("help", "Print this and exit.")
        guard !wantsHelp else {
            // Settings describe themselves as they are taken; a missing database is no fault of who asks for help.
            _ = try? SeedOptions(&options)
            print(seedHelp(options.helpLines))
            return 0
        }
        let settings = try SeedOptions(&options)
        try options.finish()
        return try Seeding(settings).run()
    }

    private static func echo(_ options: inout CommandLineOptions) throws -> Int32 {
        let path = try options.take(echoSocket)
        try options.finish()
        var server = try EchoServer(path: path)
        try server.run()
    }

    private static func help(_ lines: [String]) -> String {
        let workloads = Workload.all.map { workload in
            "  \(workload.name)\(String(repeating: " ", count: 33 - workload.name.count))\(workload.meaning)"
        }
        return """
            Usage: bench [run] [OPTION…]
                   bench seed --database PATH [OPTION…]
                   bench echo --socket PATH

            Measures latchkeyd (with --http through latchkey-http) under load, and a bare echo server with the same framing in
            turn with it, and prints each figure and its ratio to the echo server's. Unless --socket names a running daemon,
            it starts those of its own build in a temporary folder, servers on one core and load on another. With --database
            and --against, two daemons take turns, and the ratio tells what the size of a database costs. Exit status: 0, 1
            when a request failed, 2 for a command line that cannot be carried out.

            Options:
            \(lines.joined(separator: "\n"))

            Workloads:
            \(workloads.joined(separator: "\n"))

            Before durable workloads the disk is measured, from the servers' core: how often one page can be written over and
            synced. A change on one connection cannot be faster than that.

            Columns: median of the rounds; ratios are medians of the ratios within a round. CPU, switches and MiB are those of
            the server's processes. 'gen. busy' is the share of time in which the generator had replies to take: near 1, with
            the server's CPU per request below 1/throughput, the generator is the limit. It never sleeps.
            """
    }

    private static func seedHelp(_ lines: [String]) -> String {
        """
        Usage: bench seed --database PATH [OPTION…]

        Fills a new database with keys of one API, each made by keys.createKey through a daemon of this build, and prints how
        many it made a second. PATH.population beside it says what is in it, for the workloads that read. Exit status: 0, 1
        when a request failed, 2 for a command line that cannot be carried out.

        Options:
        \(lines.joined(separator: "\n"))
        """
    }
}
