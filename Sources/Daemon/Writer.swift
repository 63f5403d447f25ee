import Domain
import Program
import ProtocolWire
import Reactor
import Registry
import SQLite
import Store

/// The one thread that changes the database.
///
/// Each batch is what arrived while the last commit was syncing. It is one transaction, each request in a savepoint of its own;
/// one that fails takes back only itself. Outcomes leave after the commit and never before, so no reply is ahead of the disk.
final class Writer {
    private let jobs: Mailbox<WriteJob>
    private let outcomes: Mailbox<Outcome>
    let connection: SQLite.Connection
    let transaction: WriteTransaction
    private let log: Log
    private var isStoring = true

    /// The most requests of one transaction: what a crash can take is unanswered anyway, this only bounds the wait of the first.
    private static let batchMax = 512
    /// Log frames past which the log is moved into the database as soon as there is nothing else to do: 16 MiB.
    private static let framesWhenIdle = 4_000
    /// Log frames past which it is moved at once: 64 MiB.
    private static let framesMax = 16_384

    /// The writer of a database; to be made on the thread that runs it.
    init(
        _ database: Database,
        jobs: Mailbox<WriteJob>,
        outcomes: Mailbox<Outcome>,
        recovery: RecoverySecrets?,
        log: Log
    ) throws(SQLiteError) {
        self.jobs = jobs
        self.outcomes = outcomes
        self.log = log
        connection = try database.openForWriting()
        transaction = WriteTransaction(connection, recovery: recovery)
    }

    /// Works until the mailbox is closed and empty, then leaves a database without a log.
    func run() {
        while let waiting = jobs.waitForAll() {
            var rest = waiting[...]
            while !rest.isEmpty {
                post(commit(rest.prefix(Self.batchMax)))
                rest = rest.dropFirst(Self.batchMax)
            }
            checkpointIfDue()
        }
        checkpoint(.truncate)
    }

    private func commit(_ batch: ArraySlice<WriteJob>) -> [Settlement] {
        do throws(SQLiteError) {
            try connection.begin(.immediate)
            var settlements: [Settlement] = []
            settlements.reserveCapacity(batch.count)
            var spends: [WriteJob] = []
            for job in batch {
                if job.isSpend {
                    spends.append(job)
                } else {
                    settlements += try store(spends)
                    spends.removeAll(keepingCapacity: true)
                    settlements.append(try carryOut(job))
                }
            }
            settlements += try store(spends)
            try connection.commit()
            tell(isStoring: true)
            return settlements
        } catch {
            connection.rollback()
            if isNews(batch.contains { $0.ticket != nil }) {
                log.write(
                    .error,
                    "commit_failed",
                    ["requests": .integer(Int64(batch.count)), "cause": .string(error.description)]
                )
            }
            tell(isStoring: false)
            return batch.map { job in
                Settlement(
                    ticket: job.ticket,
                    purpose: job.purpose,
                    claim: job.claim?.name,
                    result: .failure(.notStored),
                    changes: []
                )
            }
        }
    }

    private func carryOut(_ job: WriteJob) throws(SQLiteError) -> Settlement {
        if let ticket = job.ticket, ticket.deadline < MonotonicTime.read() {
            return Settlement(
                ticket: ticket,
                purpose: job.purpose,
                claim: job.claim?.name,
                result: .failure(.timedOut),
                changes: []
            )
        }
        let result = try connection.savepoint { () throws(Problem) in try answer(job) }
        let changes = transaction.takeChanges()
        switch result {
        case .success(let answer):
            return Settlement(
                ticket: job.ticket,
                purpose: job.purpose,
                claim: job.claim?.name,
                isReplayed: answer.isReplayed,
                isUndecided: answer.isUndecided,
                result: .success(answer.members),
                changes: changes
            )
        case .failure(let problem):
            logFailure(of: job.ticket)
            return Settlement(
                ticket: job.ticket,
                purpose: job.purpose,
                claim: job.claim?.name,
                result: .failure(problem),
                changes: []
            )
        }
    }

    /// The work, unless an earlier request with the same idempotency key has done it; then its reply is the answer.
    private func answer(_ job: WriteJob) throws(Problem) -> Answer {
        guard let claim = job.claim else { return Answer(members: try job.work(transaction)) }
        let time = UnixMilliseconds.read()
        if let stored = try transaction.storedReply(claim, at: time) {
            return Answer(members: stored, isReplayed: true)
        }
        if case .recall = job.purpose { return .undecided }
        if let spend = job.spend, try !transaction.spend(spend.key, from: spend.before, to: spend.after) {
            return .undecided
        }
        let members = try job.work(transaction)
        try transaction.storeReply(members, claim, at: time)
        return Answer(members: members)
    }

    func logFailure(of ticket: Ticket?) {
        guard let failure = transaction.failure else { return }
        transaction.clearFailure()
        guard isNews(ticket != nil) else { return }
        log.write(
            .error,
            "write_failed",
            [
                "requestId": .string(ticket?.requestID.description ?? ""),
                "method": .string(ticket?.procedure.method ?? ""), "cause": .string(failure.description),
            ]
        )
    }

    /// Whether a failure is to be logged: that of a caller's request always, and of the daemon's own work, which is tried again
    /// several times a second, the first one since something could be stored.
    private func isNews(_ hasCaller: Bool) -> Bool { hasCaller || isStoring }

    private func tell(isStoring: Bool) {
        guard isStoring != self.isStoring else { return }
        self.isStoring = isStoring
        _ = outcomes.post(.storing(isStoring))
    }

    /// There is always room: the mailbox takes as many outcomes as there can be calls on their way.
    private func post(_ settlements: [Settlement]) {
        _ = outcomes.post(contentsOf: settlements.map(Outcome.settled))
    }
}

// The write-ahead log: who commits also bounds it. A checkpoint copies pages in bursts, so it waits for a quiet moment
// (https://www.sqlite.org/wal.html#ckpt).
extension Writer {
    private func checkpointIfDue() {
        let isDue = connection.walFrames >= (jobs.isEmpty ? Self.framesWhenIdle : Self.framesMax)
        guard isDue else { return }
        checkpoint(.passive)
        // Readers whose views overlap keep the log from ever starting anew; then they are waited for.
        if connection.walFrames >= 4 * Self.framesMax { checkpoint(.restart) }
    }

    private func checkpoint(_ mode: CheckpointMode) {
        do throws(SQLiteError) {
            try connection.checkpoint(mode)
        } catch {
            // The log only grows meanwhile; the next commit tries again.
            log.write(.warning, "checkpoint_failed", ["cause": .string(error.description)])
        }
    }
}

/// What the writer found as the answer to a call.
private struct Answer {
    let members: [UInt8]
    var isReplayed = false
    /// Whether the call has to be made by memory, now or again.
    var isUndecided = false

    static let undecided = Answer(members: [], isUndecided: true)
}

extension Problem {
    /// 500: the transaction was rolled back, with all requests in it.
    static let notStored = Problem(
        .unexpected,
        "The change could not be stored, and nothing of it was kept. The server's log has the cause."
    )
}
