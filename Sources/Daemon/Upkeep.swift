import CLinux
import ProtocolWire
import Reactor
import Registry
import Store

/// What the daemon does besides answering, again and again and a little at a time, so that no call waits long behind it.
///
/// Work that a full mailbox refuses comes again with the next turn.
struct Upkeep {
    private let dispatcher: Dispatcher
    private unowned let reactor: Reactor<Dispatcher>
    private let writeJobs: Mailbox<WriteJob>

    init(_ dispatcher: Dispatcher, _ reactor: Reactor<Dispatcher>) {
        self.dispatcher = dispatcher
        self.reactor = reactor
        writeJobs = dispatcher.writeJobs
    }

    /// Starts all of it; nothing happens before the reactor runs.
    ///
    /// - Parameter renewal: What is to be sealed anew, if anything is.
    func begin(renewal: Renewal?) {
        every(Self.useMilliseconds) { storeUses() }
        every(Self.purgeMilliseconds) { purge() }
        every(Self.snapshotMilliseconds) { dispatcher.storeWindows() }
        every(Self.keyUsesMilliseconds) { storeKeyUses(most: Self.keyUsesMax) }
        // Those too that came due while nobody served.
        refillCredits()
        every(Self.refillMilliseconds) { refillCredits() }
        sweepWindows()
        if let renewal { renewCopies(renewal) }
    }

    /// Hands the writer what is only in memory yet, when no more calls come.
    func finish() {
        storeUses()
        storeKeyUses(most: .max)
        dispatcher.storeAllWindows()
    }

    /// Does something whenever so much time has passed.
    private func every(_ milliseconds: Int, _ action: @escaping () -> Void) {
        reactor.schedule(afterMilliseconds: milliseconds) {
            action()
            every(milliseconds, action)
        }
    }

    /// Hands the writer work that nobody waits for.
    private func write(_ work: @escaping @Sendable (WriteTransaction) throws(Problem) -> Void) {
        _ = writeJobs.post(
            WriteJob(ticket: nil) { transaction throws(Problem) in
                try work(transaction)
                return []
            }
        )
    }

    private static let useMilliseconds = 30_000

    /// Stores when root keys were last used; what is refused is lost, and comes again with the next use.
    private func storeUses() {
        let uses = dispatcher.state.takeUses()
        guard !uses.isEmpty else { return }
        write { transaction throws(Problem) in try transaction.recordUse(of: uses) }
    }

    private static let keyUsesMilliseconds = 1_000
    private static let keyUsesMax = 5_000

    /// Stores when keys were last verified; what is refused is lost, and comes again with the next use.
    private func storeKeyUses(most: Int) {
        let uses = dispatcher.state.takeKeyUses(most: most)
        guard !uses.isEmpty else { return }
        write { transaction throws(Problem) in try transaction.recordUse(ofKeys: uses) }
    }

    /// So that with the commit no more than a second of counting is lost in a crash.
    private static let snapshotMilliseconds = 800

    /// Often and little, so that a backlog, such as the million keys of a deleted API, takes some milliseconds of the writer's
    /// time at once and no more.
    private static let purgeMilliseconds = 250
    private static let purgedRowsMax = 250

    /// Forgets what has been kept long enough.
    private func purge() {
        write { transaction throws(Problem) in try transaction.purge(at: .read(), most: Self.purgedRowsMax) }
        dispatcher.deleteEndedWindows()
    }

    /// Often and little: at midnight all keys with a refill are due at once, and a million of them are filled up in four minutes.
    private static let refillMilliseconds = 100
    private static let refilledRowsMax = 400

    /// Fills balances up whose time has come.
    private func refillCredits() {
        let stamp = Stamp(time: .read(), actor: "daemon", requestID: dispatcher.newRequestID())
        write { transaction throws(Problem) in try transaction.refillCredits(stamp, most: Self.refilledRowsMax) }
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
    private func sweepWindows(peak: Int = 0) {
        let windows = dispatcher.state.windows
        let isEmpty = windows.count == 0
        let pause = isEmpty ? Self.sweepMillisecondsWhenEmpty : Self.sweepMilliseconds
        reactor.schedule(afterMilliseconds: pause) {
            windows.sweep(segmentsMax: Self.sweptSegments, at: .read())
            var peak = max(peak, windows.count)
            if peak >= Self.trimmedWindows, windows.count <= peak / 4 {
                malloc_trim(0)
                peak = windows.count
            }
            sweepWindows(peak: peak)
        }
    }

    private static let renewalMilliseconds = 50
    private static let renewedCopiesMax = 100

    /// Seals anew what only the recovery secret before the present one opens, until nothing is left.
    private func renewCopies(_ renewal: Renewal) {
        reactor.schedule(afterMilliseconds: Self.renewalMilliseconds) {
            if renewal.isComplete { return }
            if let step = renewal.nextStep(copiesMax: Self.renewedCopiesMax), !writeJobs.post(step) {
                renewal.endStep(isStored: false)
            }
            renewCopies(renewal)
        }
    }
}
