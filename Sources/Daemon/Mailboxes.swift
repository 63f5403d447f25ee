import Reactor
import Registry

/// What crosses between the daemon's threads, and how much of it may wait.
struct Mailboxes: Sendable {
    /// For the readers.
    let readJobs: Mailbox<ReadJob>
    /// For the reader that fetches what hot state lacks: no list, however long, stands before a verification.
    let fetchJobs: Mailbox<ReadJob>
    /// For the writer.
    let writeJobs: Mailbox<WriteJob>
    /// For the reactor.
    let outcomes: Mailbox<Outcome>

    /// Empty ones.
    init(_ configuration: Configuration) throws(SystemError) {
        readJobs = try Mailbox(capacity: configuration.waitingCallsMax, isPolled: false)
        fetchJobs = try Mailbox(capacity: configuration.dispatch.suspendedCallsMax, isPolled: false)
        writeJobs = try Mailbox(capacity: configuration.waitingCallsMax, isPolled: false)
        // Never full: an outcome stands for a call, and how many of those are on their way the others bound.
        outcomes = try Mailbox(capacity: .max, isPolled: true)
    }

    /// Drops what no thread has begun, where the time for a graceful end has run out: its callers have been given up, and a change
    /// whose reply nobody gets had better not be made.
    func discardWork() {
        readJobs.discardAll()
        fetchJobs.discardAll()
        writeJobs.discardAll()
    }

    /// Takes no more work; who receives it ends when there is none left.
    func closeWork() {
        readJobs.close()
        fetchJobs.close()
        writeJobs.close()
    }
}
