import Foundation
import Glibc
import Synchronization
import Testing

/// A running `latchkeyd` on sockets and a database in a folder of its own.
final class DaemonProcess: RunningProcess, Sendable {
    let folder: TemporaryFolder
    private let options: [String]
    private let environment: [String: String]
    private let process: Mutex<pid_t>
    /// Sockets that a daemon without callers has: its listeners, and what the test's own process handed down to it.
    private let restingSockets = Mutex(0)

    var database: String { folder.path("db/latchkey.db") }
    var socket: String { folder.path("api") }
    var operatorSocket: String { folder.path("op") }
    var identifier: pid_t { process.withLock { $0 } }

    /// Starts a daemon and waits until it answers; its files may grow to `fileBlocksMax` units of the shell's `ulimit -f`.
    init(
        _ options: [String] = [],
        environment: [String: String] = [:],
        folder: TemporaryFolder? = nil,
        fileBlocksMax: Int? = nil
    ) throws {
        self.folder = try folder ?? TemporaryFolder()
        self.options = options
        self.environment = environment
        process = Mutex(0)
        try FileManager.default.createDirectory(atPath: self.folder.path("db"), withIntermediateDirectories: true)
        try start(fileBlocksMax: fileBlocksMax)
    }

    deinit { if identifier > 0 { killNow() } }

    func start(fileBlocksMax: Int? = nil) throws {
        let past = log.utf8.count
        var words = [Program.path("latchkeyd")] + arguments
        if let fileBlocksMax { words = ["/bin/sh", "-c", "ulimit -f \(fileBlocksMax); exec \"$0\" \"$@\""] + words }
        let log = folder.path("log")
        let started = try Program.start(words, environment: environment, files: ["/dev/null", log, log])
        process.withLock { $0 = started }
        let answers = try eventually {
            if String(self.log.utf8.dropFirst(past))?.contains(#""event":"started""#) == true { return true }
            guard let status = try Program.ending(of: started) else { return false }
            process.withLock { $0 = 0 }
            throw Failure("the daemon ended with status \(status): \(self.log)")
        }
        guard answers else { throw Failure("the daemon does not start: \(self.log)") }
        // After a restart callers may be back before this looks.
        restingSockets.withLock { $0 = $0 == 0 ? openSockets : min($0, openSockets) }
        try Contract.learn(from: self)
    }

    var arguments: [String] {
        ["--database", database, "--socket", socket, "--operator-socket", operatorSocket] + options
    }

    /// What it has written to standard error.
    var log: String { folder.text("log") }

    /// Stops it in order: SIGTERM, status 0, a sound database.
    func stop(_ location: SourceLocation = #_sourceLocation) throws {
        kill(identifier, SIGTERM)
        let status = try Program.wait(for: identifier, seconds: 30)
        process.withLock { $0 = 0 }
        #expect(status == 0, "SIGTERM ends the daemon with status 0: \(log)", sourceLocation: location)
        try checkSoundness(location)
    }

    /// Ends it without warning.
    func killNow() {
        kill(identifier, SIGKILL)
        _ = waitpid(identifier, nil, 0)
        process.withLock { $0 = 0 }
    }

    func restart() throws {
        try stop()
        try start()
    }

    func checkSoundness(_ location: SourceLocation = #_sourceLocation) throws {
        let check = try Program.run("latchkeyd", ["check", "--database", database])
        #expect(check.status == 0, "\(check.output)\(check.complaint)", sourceLocation: location)
        #expect(check.output.contains("is sound"), "\(check.output)", sourceLocation: location)
    }

    /// A caller on the API socket.
    func connect(_ auth: String? = nil) throws -> Client { try Client(socket, auth: auth) }

    /// The operator.
    func operate() throws -> Client { try Client(operatorSocket) }

    /// A new workspace and a root key in it.
    func tenant(_ permissions: JSON = ["*"]) throws -> Tenant {
        let desk = try operate()
        let data = try desk.data("workspaces.createWorkspace", ["name": "acme"])
        let workspace = try #require(data["workspaceId"]?.text)
        let rootKey = try desk.data(
            "rootKeys.createKey",
            ["workspaceId": .text(workspace), "permissions": permissions]
        )
        return Tenant(
            workspace: workspace,
            rootKeyID: try #require(rootKey["keyId"]?.text),
            rootKey: try #require(rootKey["key"]?.text)
        )
    }
}

/// A workspace with a root key.
struct Tenant: Sendable {
    let workspace: String
    let rootKeyID: String
    let rootKey: String
}

// What may not leak.
extension DaemonProcess {
    /// Every connection that was made is gone from the daemon, too, and no file is opened again and again.
    func checkForLeaks(_ location: SourceLocation = #_sourceLocation) {
        let resting = restingSockets.withLock { $0 }
        let isClean = eventually { openSockets == resting }
        #expect(isClean, "sockets are left: \(openFiles)", sourceLocation: location)
        // Writer and readers open database and log each; the shared memory is open once.
        let ofDatabase = openFiles.count { $0.hasPrefix(folder.path("db/latchkey.db")) }
        #expect(ofDatabase <= 4 * 2 + 2, "files are left: \(openFiles)", sourceLocation: location)
    }
}

/// A daemon for the length of a test, which ends as every test has to: nothing leaked, status 0, a sound database.
func withDaemon(
    _ options: [String] = [],
    _ location: SourceLocation = #_sourceLocation,
    _ body: (DaemonProcess) throws -> Void
) throws {
    let daemon = try DaemonProcess(options)
    try body(daemon)
    daemon.checkForLeaks(location)
    try daemon.stop(location)
}
