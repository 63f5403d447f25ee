import CLinux
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
    private let readJobs: Mailbox<ReadJob>
    private let fetchJobs: Mailbox<ReadJob>
    private let writeJobs: Mailbox<WriteJob>
    private let outcomes: Mailbox<Outcome>

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
            readJobs = try Mailbox(capacity: configuration.waitingCallsMax, isPolled: false)
            fetchJobs = try Mailbox(capacity: configuration.dispatch.suspendedCallsMax, isPolled: false)
            writeJobs = try Mailbox(capacity: configuration.waitingCallsMax, isPolled: false)
            // Never full: an outcome stands for a call, and how many of those are on their way the other two bound.
            outcomes = try Mailbox(capacity: .max, isPolled: true)
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
            readJobs: readJobs,
            fetchJobs: fetchJobs,
            writeJobs: writeJobs,
            operatorSecret: try OperatorSecret.load(forDatabase: configuration.database.path),
            limits: configuration.dispatch,
            log: log
        )
        let reactor = try system { () throws(SystemError) in try listen(dispatcher, stopping) }
        let threads = try startThreads()
        storeUses(dispatcher, reactor)
        purge(dispatcher, reactor)
        storeWindows(dispatcher, reactor)
        sweepWindows(dispatcher, reactor)
        refillCredits(dispatcher, reactor)
        storeKeyUses(dispatcher, reactor)
        if configuration.recovery?.hasPrevious == true { renewCopies(Renewal(log: log), reactor) }
        preferShortTurns(nanoseconds: 100_000)
        ready()
        try system { () throws(SystemError) in try reactor.run() }
        if dispatcher.callsElsewhere > 0 { discardWork() }
        dispatcher.storeUses()
        dispatcher.storeKeyUses(most: .max)
        dispatcher.storeAllWindows()
        end(threads)
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
        try reactor.receive(from: outcomes) { [unowned reactor] in dispatcher.settle($0, in: reactor) }
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

    /// Starts the writer and the readers, and waits until each has its connection.
    private func startThreads() throws(DaemonError) -> [WorkerThread] {
        let (database, recovery, log) = (configuration.database, configuration.recovery, log)
        let (writeJobs, outcomes) = (writeJobs, outcomes)
        let opened = try system { () throws(SystemError) in
            try Mailbox<SQLiteError?>(capacity: configuration.readers + 2, isPolled: false)
        }
        let threads = try system { () throws(SystemError) in
            var threads = [
                // The reactor answers verifications, which a commit must not make wait where there is one core for both.
                try WorkerThread(name: "writer", niceness: Self.writerNiceness) {
                    Self.run(opened) { () throws(SQLiteError) in
                        try Writer(database, jobs: writeJobs, outcomes: outcomes, recovery: recovery, log: log)
                    }
                }
            ]
            for jobs in [fetchJobs] + Array(repeating: readJobs, count: configuration.readers) {
                let reader = try WorkerThread(name: "reader") {
                    Self.run(opened) { () throws(SQLiteError) in
                        try Reader(database, jobs: jobs, outcomes: outcomes, recovery: recovery, log: log)
                    }
                }
                threads.append(reader)
            }
            return threads
        }
        for _ in threads {
            if case .some(.some(let failure)) = opened.waitForOne() { throw DaemonError(failure.description) }
        }
        return threads
    }

    private static let writerNiceness: Int32 = 15

    /// Makes a worker on its own thread, says whether that went well, and has it work.
    private static func run<W: Worker>(_ opened: Mailbox<SQLiteError?>, _ make: () throws(SQLiteError) -> W) {
        do throws(SQLiteError) {
            let worker = try make()
            _ = opened.post(nil)
            worker.run()
        } catch {
            _ = opened.post(error)
        }
    }

    /// Drops what the threads have not begun, where the time for a graceful end has run out: its callers have been given up, and
    /// a change whose reply nobody gets had better not be made.
    private func discardWork() {
        readJobs.discardAll()
        fetchJobs.discardAll()
        writeJobs.discardAll()
    }

    /// Ends the threads, when they have done what they have.
    private func end(_ threads: [WorkerThread]) {
        readJobs.close()
        fetchJobs.close()
        writeJobs.close()
        // The writer last: it leaves no log behind, for which nobody may be reading.
        for thread in threads.reversed() { thread.join() }
    }
}

/// What runs on a thread of its own until its mailbox is closed and empty.
protocol Worker {
    func run()
}

extension Writer: Worker {}
extension Reader: Worker {}

// What happens besides requests.
extension Daemon {
    private static let useMilliseconds = 30_000

    /// Stores now and then when root keys were last used.
    private func storeUses(_ dispatcher: Dispatcher, _ reactor: Reactor<Dispatcher>) {
        reactor.schedule(afterMilliseconds: Self.useMilliseconds) { [unowned reactor] in
            dispatcher.storeUses()
            storeUses(dispatcher, reactor)
        }
    }

    /// So that with the commit no more than a second of counting is lost in a crash.
    private static let snapshotMilliseconds = 800

    /// Stores the windows of limits again and again.
    private func storeWindows(_ dispatcher: Dispatcher, _ reactor: Reactor<Dispatcher>) {
        reactor.schedule(afterMilliseconds: Self.snapshotMilliseconds) { [unowned reactor] in
            dispatcher.storeWindows()
            storeWindows(dispatcher, reactor)
        }
    }

    private static let sweepMilliseconds = 25
    private static let sweepMillisecondsWhenEmpty = 1_000
    /// Of 4,096: a round takes about three seconds.
    private static let sweptSegments = 32

    /// Windows worth the time that giving their memory back takes.
    private static let trimmedWindows = 100_000

    /// Lets go of windows that have ended, a part of the table at a time.
    ///
    /// What they took lies between what is still there, so the allocator has to be asked to give it back (malloc_trim(3)). That
    /// takes milliseconds and is done once after a flood, when three in four of its windows are gone.
    private func sweepWindows(_ dispatcher: Dispatcher, _ reactor: Reactor<Dispatcher>, peak: Int = 0) {
        let windows = dispatcher.state.windows
        let isEmpty = windows.count == 0
        let pause = isEmpty ? Self.sweepMillisecondsWhenEmpty : Self.sweepMilliseconds
        reactor.schedule(afterMilliseconds: pause) { [unowned reactor] in
            windows.sweep(segmentsMax: Self.sweptSegments, at: .read())
            var peak = max(peak, windows.count)
            if peak >= Self.trimmedWindows, windows.count <= peak / 4 {
                malloc_trim(0)
                peak = windows.count
            }
            sweepWindows(dispatcher, reactor, peak: peak)
        }
    }

    /// Often and little, so that a backlog, such as the million keys of a deleted API, takes some milliseconds of the writer's
    /// time at once and no more.
    private static let purgeMilliseconds = 250
    private static let purgedRowsMax = 250

    /// Forgets now and then what has been kept long enough, a little at a time.
    private func purge(_ dispatcher: Dispatcher, _ reactor: Reactor<Dispatcher>) {
        reactor.schedule(afterMilliseconds: Self.purgeMilliseconds) { [unowned reactor] in
            // Refused by a full mailbox, it waits for the next time.
            _ = writeJobs.post(
                WriteJob(ticket: nil) { transaction throws(Problem) in
                    try transaction.purge(at: .read(), most: Self.purgedRowsMax)
                    return []
                }
            )
            dispatcher.deleteEndedWindows()
            purge(dispatcher, reactor)
        }
    }

    /// Often and little: at midnight all keys with a refill are due at once, and a million of them are filled up in four minutes.
    private static let refillMilliseconds = 100
    private static let refilledRowsMax = 400

    /// Fills balances up whose time has come, those too that came due while nobody served.
    private func refillCredits(_ dispatcher: Dispatcher, _ reactor: Reactor<Dispatcher>) {
        // Refused by a full mailbox, it waits for the next time.
        _ = writeJobs.post(dispatcher.refill(most: Self.refilledRowsMax))
        reactor.schedule(afterMilliseconds: Self.refillMilliseconds) { [unowned reactor] in
            refillCredits(dispatcher, reactor)
        }
    }

    private static let keyUsesMilliseconds = 1_000
    private static let keyUsesMax = 5_000

    /// Stores when keys were last verified, some at a time.
    private func storeKeyUses(_ dispatcher: Dispatcher, _ reactor: Reactor<Dispatcher>) {
        reactor.schedule(afterMilliseconds: Self.keyUsesMilliseconds) { [unowned reactor] in
            dispatcher.storeKeyUses(most: Self.keyUsesMax)
            storeKeyUses(dispatcher, reactor)
        }
    }

    private static let renewalMilliseconds = 50
    private static let renewedCopiesMax = 100

    /// Seals anew, a little at a time, what only the recovery secret before the present one opens, until nothing is left.
    private func renewCopies(_ renewal: Renewal, _ reactor: Reactor<Dispatcher>) {
        reactor.schedule(afterMilliseconds: Self.renewalMilliseconds) { [unowned reactor] in
            if renewal.isComplete { return }
            if let step = renewal.nextStep(copiesMax: Self.renewedCopiesMax), !writeJobs.post(step) {
                // Refused by a full mailbox, it waits for the next time.
                renewal.endStep(isStored: false)
            }
            renewCopies(renewal, reactor)
        }
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

extension Dispatcher {
    /// What fills balances up.
    fileprivate func refill(most: Int) -> WriteJob {
        let stamp = Stamp(time: .read(), actor: "daemon", requestID: newRequestID())
        return WriteJob(ticket: nil) { transaction throws(Problem) in
            try transaction.refillCredits(stamp, most: most)
            return []
        }
    }

    /// Hands the writer what it has to store about the use of keys.
    fileprivate func storeKeyUses(most: Int) {
        let uses = state.takeKeyUses(most: most)
        guard !uses.isEmpty else { return }
        // Refused by a full mailbox they are lost, and come again with the next use.
        _ = writeJobs.post(
            WriteJob(ticket: nil) { transaction throws(Problem) in
                try transaction.recordUse(ofKeys: uses)
                return []
            }
        )
    }

    /// Hands the writer what it has to store about the use of root keys.
    fileprivate func storeUses() {
        let uses = state.takeUses()
        guard !uses.isEmpty else { return }
        // Refused by a full mailbox they are lost, and come again with the next use.
        _ = writeJobs.post(
            WriteJob(ticket: nil) { transaction throws(Problem) in
                try transaction.recordUse(of: uses)
                return []
            }
        )
    }
}
