import Glibc
import Synchronization
import Testing

/// A running `latchkey-http` on a port that the system chose, in front of a daemon.
final class AdapterProcess: RunningProcess, Sendable {
    /// Where it takes connections, on 127.0.0.1.
    let port: UInt16
    private let folder: TemporaryFolder
    private let process: Mutex<pid_t>
    /// Sockets that an adapter without clients has: its listener and its connections to the daemon.
    private let restingSockets: Int

    var identifier: pid_t { process.withLock { $0 } }

    /// Starts an adapter and waits until it listens.
    init(daemon socket: String, _ options: [String] = []) throws {
        let folder = try TemporaryFolder()
        let log = folder.path("log")
        let started = try Program.start(
            [Program.path("latchkey-http"), "--listen", "127.0.0.1:0", "--socket", socket] + options,
            environment: [:],
            files: ["/dev/null", log, log]
        )
        let isThere = try eventually {
            if try Self.event("started", in: folder.text("log")) != nil { return true }
            guard let status = try Program.ending(of: started) else { return false }
            throw Failure("the adapter ended with status \(status): \(folder.text("log"))")
        }
        let address = try Self.event("started", in: folder.text("log"))?["listen"]?.text ?? ""
        guard isThere, let port = address.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            kill(started, SIGKILL)
            _ = waitpid(started, nil, 0)
            throw Failure("the adapter does not start: \(folder.text("log"))")
        }
        self.port = port
        self.folder = folder
        process = Mutex(started)
        restingSockets = Started(identifier: started).openSockets
    }

    deinit {
        guard identifier > 0 else { return }
        kill(identifier, SIGKILL)
        _ = waitpid(identifier, nil, 0)
    }

    /// What it has written to standard error.
    var log: String { folder.text("log") }

    /// Whether an event has been logged.
    func hasLogged(_ event: String) throws -> Bool { try Self.event(event, in: log) != nil }

    /// Tells it to end, without waiting for that.
    func terminate() { kill(identifier, SIGTERM) }

    /// Stops it in order: SIGTERM, status 0.
    func stop(_ location: SourceLocation = #_sourceLocation) throws {
        terminate()
        let status = try Program.wait(for: identifier, seconds: 30)
        process.withLock { $0 = 0 }
        #expect(status == 0, "SIGTERM ends the adapter with status 0: \(log)", sourceLocation: location)
    }

    /// Every connection that was made is gone from the adapter, too.
    func checkForLeaks(_ location: SourceLocation = #_sourceLocation) {
        let isClean = eventually { openSockets == restingSockets }
        #expect(isClean, "sockets are left: \(openFiles)", sourceLocation: location)
    }

    /// An HTTP client with a connection of its own.
    func connect() throws -> HTTPClient { try HTTPClient(port: port) }

    /// The reply to one request on a connection of its own.
    func reply(to request: HTTPRequest) throws -> HTTPReply { try connect().reply(to: request) }

    private struct Started: RunningProcess {
        let identifier: pid_t
    }

    /// The first whole line of a log that tells of an event.
    private static func event(_ name: String, in log: String) throws -> JSON? {
        let lines = log.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return try lines.map { try JSON(parsing: $0.utf8) }.first { $0["event"]?.text == name }
    }
}

/// A daemon with an adapter in front for the length of a test, both ending as they have to.
func withAdapter(
    _ options: [String] = [],
    daemon daemonOptions: [String] = [],
    _ location: SourceLocation = #_sourceLocation,
    _ body: (DaemonProcess, AdapterProcess) throws -> Void
) throws {
    try withDaemon(daemonOptions, location) { daemon in
        let adapter = try AdapterProcess(daemon: daemon.socket, options)
        // From here on it knows the daemon's procedures; before, it leaves unknown ones to the daemon.
        let document = try adapter.reply(to: .get("/openapi.json"))
        #expect(document.status == 200, sourceLocation: location)
        try body(daemon, adapter)
        adapter.checkForLeaks(location)
        try adapter.stop(location)
    }
}
