import Daemon
import Glibc
import Program
import ProtocolWire
import Reactor
import Services

/// `latchkeyd`: the daemon itself.
enum Serve {
    private static let database = Setting.text("database", "PATH", "Database file; made if there is none.")
    private static let socket = Setting.socketPath("socket", "API socket, for root keys.")
    private static let operatorSocket = Setting.socketPath("operator-socket", "Operator socket, for the daemon's user.")
    private static let cache = Setting.integer(
        "cache-size",
        "COUNT",
        "Keys in memory, each started 512 bytes of one counting as a key; those not asked for lately give way.",
        1...100_000_000,
        standard: 1_000_000
    )
    private static let windows = Setting.integer(
        "windows-max",
        "COUNT",
        "Windows of limits in memory; in a full table those that end first give way.",
        1...100_000_000,
        standard: 2_000_000
    )
    private static let readers = Setting.integer("readers", "COUNT", "Threads that read.", 1...64, standard: 2)
    private static let connections = Setting.integer(
        "connections-max",
        "COUNT",
        "Connections at a time.",
        1...1_000_000,
        standard: 10_000
    )
    private static let frame = Setting.integer(
        "frame-bytes-max",
        "BYTES",
        "Longest frame.",
        1_024...1_000_000_000,
        standard: Frame.bytesMaxDefault
    )
    private static let waiting = Setting.integer(
        "waiting-calls-max",
        "COUNT",
        "Calls that wait for the writer, or for a reader.",
        1...1_000_000,
        standard: 8_192
    )
    private static let waitingBytes = Setting.integer(
        "waiting-bytes-max",
        "BYTES",
        "Memory of all calls that wait, by their frames; --frame-bytes-max at least.",
        1_024...1_000_000_000_000,
        standard: DispatchLimits().waitingBytesMax
    )
    private static let rest = Setting.integer(
        "frame-milliseconds",
        "MS",
        "Time for the rest of a frame that has begun.",
        1...600_000,
        standard: DispatchLimits().frameMilliseconds
    )
    private static let stall = Setting.integer(
        "stall-milliseconds",
        "MS",
        "Time that a peer may leave its replies untouched.",
        1...600_000,
        standard: ConnectionLimits().stallMilliseconds
    )
    private static let drain = Setting.integer(
        "drain-milliseconds",
        "MS",
        "Time for open calls after SIGTERM.",
        0...600_000,
        standard: 10_000
    )

    private static let recoveryFile = Setting.text(
        "recovery-secret-file",
        "PATH",
        "Secret under which copies of recoverable keys are sealed; without it no key is recoverable."
    )
    private static let previousRecoveryFile = Setting.text(
        "previous-recovery-secret-file",
        "PATH",
        "The secret before it, until all copies are sealed under the present one."
    )

    static func run(_ options: inout CommandLineOptions, environment: [String: String]) throws {
        let (configuration, level) = try read(&options, environment)
        umask(0o077)
        DescriptorLimit.raise()
        let log = Log(program: "latchkeyd", level: level)
        let daemon = try Daemon(
            configuration,
            Catalogue.registry,
            rendering: Catalogue.keyRendering,
            log: log
        )
        try daemon.run(
            ready: {
                log.write(
                    .info,
                    "started",
                    [
                        "version": .string(Version.text), "processId": .integer(Int64(getpid())),
                        "database": .string(configuration.database.path), "socket": .string(configuration.socket),
                        "operatorSocket": .string(configuration.operatorSocket),
                    ]
                )
                ServiceManager.notify("READY=1", environment: environment)
            },
            stopping: { ServiceManager.notify("STOPPING=1", environment: environment) }
        )
        log.write(.info, "stopped")
    }

    /// One line for each option.
    static func helpLines() throws -> [String] {
        let paths = [database, socket, operatorSocket].map { ($0.variable, $0.name) }
        var options = CommandLineOptions([], environment: Dictionary(uniqueKeysWithValues: paths))
        _ = try read(&options, [:])
        return options.helpLines
    }

    private static func read(
        _ options: inout CommandLineOptions,
        _ environment: [String: String]
    ) throws -> (Configuration, Log.Level) {
        let path = try options.takeOptional(database)
        let (api, desk) = (try options.takeOptional(socket), try options.takeOptional(operatorSocket))
        // What is missing is told in the end, so that an option that is misspelt is not taken for one that is missing.
        var configuration = Configuration(
            database: Database(path: path ?? ""),
            socket: api ?? "",
            operatorSocket: desk ?? ""
        )
        let level = try options.take(.logLevel)
        configuration.cachedKeysMax = try options.take(cache)
        configuration.windowsMax = try options.take(windows)
        configuration.readers = try options.take(readers)
        configuration.connections.connectionsMax = try options.take(connections)
        configuration.dispatch.frameBytesMax = try options.take(frame)
        configuration.waitingCallsMax = try options.take(waiting)
        configuration.dispatch.waitingBytesMax = try options.take(waitingBytes)
        configuration.dispatch.frameMilliseconds = try options.take(rest)
        configuration.connections.stallMilliseconds = try options.take(stall)
        configuration.drainMilliseconds = try options.take(drain)
        configuration.recovery = try RecoveryFiles.read(
            current: try options.takeOptional(recoveryFile),
            previous: try options.takeOptional(previousRecoveryFile)
        )
        configuration.inherited = try inheritedSockets(environment)
        for (value, setting) in [(path, database), (api, socket), (desk, operatorSocket)] {
            _ = try options.require(value, setting)
        }
        guard api != desk else {
            throw UsageError("--socket and --operator-socket name one path. Give each its own.")
        }
        try checkWaitingBytes(configuration.dispatch)
        return (configuration, level)
    }

    /// A frame that is longer than all that may wait would be let in only while nothing else waits: on a busy daemon never.
    private static func checkWaitingBytes(_ limits: DispatchLimits) throws(UsageError) {
        guard limits.waitingBytesMax < limits.frameBytesMax else { return }
        throw UsageError(
            "--waiting-bytes-max (\(limits.waitingBytesMax)) has no room for the longest frame (--frame-bytes-max, "
                + "\(limits.frameBytesMax)). Raise --waiting-bytes-max to \(limits.frameBytesMax), or lower --frame-bytes-max."
        )
    }

    /// The sockets that the service manager passes, by the name that says which of the two each is.
    private static func inheritedSockets(_ environment: [String: String]) throws(UsageError) -> [String: Int32] {
        var sockets: [String: Int32] = [:]
        for socket in ServiceManager.inheritedSockets(environment: environment) {
            // Passed over, it would take connections that nobody answers, and another would be opened beside it.
            guard ["api", "operator"].contains(socket.name) else {
                throw UsageError(
                    "The service manager passes a socket named '\(socket.name.prefix(64))'. Name it api or operator in its "
                        + "unit, with FileDescriptorName=."
                )
            }
            guard sockets.updateValue(socket.descriptor, forKey: socket.name) == nil else {
                throw UsageError(
                    "The service manager passes two sockets named '\(socket.name)'. Leave one ListenStream= in its unit."
                )
            }
        }
        return sockets
    }
}
