import Domain
import Glibc
public import Program
import ProtocolWire
import Reactor
public import Registry
import SQLite
public import Store

/// The daemon: one reactor on the calling thread, one writer, a few readers.
///
/// Each of them is made on the thread that owns it, and what crosses between them are values in bounded mailboxes. So nothing
/// here needs a lock, and the compiler checks it.
public struct Daemon: Sendable {
    private let configuration: Configuration
    private let registry: Registry
    private let rendering: HotKeyRendering
    private let log: Log
    private let mailboxes: Mailboxes

    /// A daemon that has not started.
    ///
    /// - Parameters:
    ///   - configuration: What it runs with.
    ///   - registry: What it answers.
    ///   - rendering: What verdicts show of a key.
    ///   - log: Where it tells what happens.
    /// - Throws: ``DaemonError`` when the process has no descriptors left.
    public init(
        _ configuration: Configuration,
        _ registry: Registry,
        rendering: @escaping HotKeyRendering,
        log: Log
    ) throws(DaemonError) {
        self.rendering = rendering
        self.configuration = configuration
        self.registry = registry
        self.log = log
        do throws(SystemError) {
            mailboxes = try Mailboxes(configuration)
        } catch {
            throw DaemonError("\(error)")
        }
    }

    /// Serves until SIGTERM or SIGINT, then ends in order: what was asked is answered, what was changed is stored.
    ///
    /// - Parameters:
    ///   - ready: Called once, when both sockets answer.
    ///   - stopping: Called once, when a signal has asked for the end.
    /// - Throws: ``DaemonError`` when it cannot start.
    public func run(ready: () -> Void, stopping: @escaping () -> Void) throws(DaemonError) {
        let lock = try lockDatabase()
        try migrate()
        try warnOfSealedCopies()
        let dispatcher = Dispatcher(
            registry,
            try restoredState(),
            readJobs: mailboxes.readJobs,
            fetchJobs: mailboxes.fetchJobs,
            writeJobs: mailboxes.writeJobs,
            operatorSecret: try OperatorSecret.load(forDatabase: configuration.database.path),
            limits: configuration.dispatch,
            log: log
        )
        let reactor = try system { () throws(SystemError) in try listen(dispatcher, stopping) }
        let threads = try StorageThreads(configuration, mailboxes, log)
        let upkeep = Upkeep(dispatcher, reactor)
        upkeep.begin(renewal: configuration.recovery?.hasPrevious == true ? Renewal(log: log) : nil)
        preferShortTurns(nanoseconds: 100_000)
        ready()
        try system { () throws(SystemError) in try reactor.run() }
        if dispatcher.callsElsewhere > 0 { mailboxes.discardWork() }
        upkeep.finish()
        mailboxes.closeWork()
        threads.join()
        _ = consume lock
    }

    /// A reactor that hears signals and outcomes, and listens on both sockets.
    private func listen(
        _ dispatcher: Dispatcher,
        _ stopping: @escaping () -> Void
    ) throws(SystemError) -> Reactor<Dispatcher> {
        let reactor = try Reactor(serving: dispatcher, limits: configuration.connections)
        // Before the first thread starts, which inherits the blocked signals.
        try reactor.receiveSignals([SIGTERM, SIGINT]) { [unowned reactor] _ in
            guard !dispatcher.isDraining else { return }
            stopping()
            drain(dispatcher, reactor)
        }
        try reactor.receive(from: mailboxes.outcomes) { [unowned reactor] in dispatcher.settle($0, in: reactor) }
        try listen(reactor)
        return reactor
    }

    private func system<Result>(_ body: () throws(SystemError) -> Result) throws(DaemonError) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(error)
        }
    }

    private func lockDatabase() throws(DaemonError) -> LockFile {
        do throws(SystemError) {
            return try LockFile(forDatabase: configuration.database.path)
        } catch {
            throw .lock(error, configuration.database.path)
        }
    }

    private func migrate() throws(DaemonError) {
        do throws(MigrationError) {
            try configuration.database.migrate()
        } catch {
            throw DaemonError(error.description)
        }
    }

    /// Hot state with the windows as they were stored last.
    private func restoredState() throws(DaemonError) -> HotState {
        let now = UnixMilliseconds.read()
        let state = HotState(
            keysMax: configuration.cachedKeysMax,
            windowsMax: configuration.windowsMax,
            startedAt: now,
            rendering: rendering
        )
        do throws(SQLiteError) {
            try ReadTransaction(try configuration.database.openForReading())
                .forEachWindow(at: now) { state.windows.restore($0) }
        } catch {
            throw DaemonError(error.description)
        }
        return state
    }

    /// Tells the operator that some recoverable keys cannot be recovered with the secrets at hand.
    private func warnOfSealedCopies() throws(DaemonError) {
        let isOpenable: Bool
        do throws(SQLiteError) {
            let transaction = ReadTransaction(
                try configuration.database.openForReading(),
                recovery: configuration.recovery
            )
            // What the database cannot tell now, the next read of a key will.
            isOpenable = !((try? transaction.hasCopiesOfUnknownSecrets()) ?? false)
        } catch {
            throw DaemonError(error.description)
        }
        if isOpenable { return }
        log.write(
            .warning,
            "recovery_secret_unknown",
            [
                "advice": .string(
                    "Copies of recoverable keys are sealed under a secret that the daemon was not given. Name its file with "
                        + "--recovery-secret-file, or with --previous-recovery-secret-file to have them sealed anew."
                )
            ]
        )
    }

    private func listen(_ reactor: Reactor<Dispatcher>) throws(SystemError) {
        try reactor.listen(on: try socket("api", configuration.socket, mode: 0o660)) { _ in Session(.api) }
        let (log, owner) = (log, geteuid())
        try reactor.listen(on: try socket("operator", configuration.operatorSocket, mode: 0o600), reserve: 16) {
            descriptor in
            // The file's mode keeps others out already; the kernel's word is what counts (unix(7), SO_PEERCRED).
            let peer = PeerCredentials(of: descriptor)
            if let peer, peer.userID == owner || peer.userID == 0 { return Session(.operator) }
            log.write(.warning, "operator_refused", ["userId": .integer(Int64(peer?.userID ?? .max))])
            return nil
        }
    }

    private func socket(_ name: String, _ path: String, mode: UInt32) throws(SystemError) -> ListeningSocket {
        let address = SocketAddress.unix(path: path)
        if let inherited = configuration.inherited[name] {
            return try ListeningSocket(inherited: inherited, as: address)
        }
        return try ListeningSocket(address, mode: mode)
    }

    private func drain(_ dispatcher: Dispatcher, _ reactor: Reactor<Dispatcher>) {
        log.write(.info, "draining", ["connections": .integer(Int64(reactor.connectionCount))])
        dispatcher.drain(reactor)
        stopWhenDrained(dispatcher, reactor, by: reactor.now.adding(milliseconds: configuration.drainMilliseconds))
    }

    private func stopWhenDrained(_ dispatcher: Dispatcher, _ reactor: Reactor<Dispatcher>, by end: MonotonicTime) {
        if dispatcher.isDrained(reactor) || end < reactor.now { return reactor.stop() }
        reactor.schedule(afterMilliseconds: 5) { [unowned reactor] in stopWhenDrained(dispatcher, reactor, by: end) }
    }
}
