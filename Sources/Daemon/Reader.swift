import ProtocolWire
import Program
import Reactor
import Registry
import SQLite
import Store

/// One of the threads that only read: each has a read-only connection of its own, and one consistent view for each job.
final class Reader {
    private let jobs: Mailbox<ReadJob>
    private let outcomes: Mailbox<Outcome>
    private let connection: SQLite.Connection
    private let transaction: ReadTransaction
    private let log: Log
    private var deadline: MonotonicTime?

    /// A reader of a database; to be made on the thread that runs it.
    init(
        _ database: Database,
        jobs: Mailbox<ReadJob>,
        outcomes: Mailbox<Outcome>,
        recovery: RecoverySecrets?,
        log: Log
    ) throws(SQLiteError) {
        self.jobs = jobs
        self.outcomes = outcomes
        self.log = log
        connection = try database.openForReading()
        transaction = ReadTransaction(connection, recovery: recovery)
        connection.setProgressHandler(everyInstructions: 100_000) { [unowned self] in
            // A mailbox that is closed while something is read: the daemon has to end, and the caller has been given up.
            jobs.isClosed || deadline.map { $0 < MonotonicTime.read() } ?? false
        }
    }

    /// Works until the mailbox is closed and empty.
    func run() {
        while let job = jobs.waitForOne() {
            switch job {
            case .call(let ticket, let work): post(.settled(carryOut(ticket, work)))
            case .fetch(let miss): post(.fetched(fetch(miss)))
            }
        }
    }

    private func carryOut(_ ticket: Ticket, _ work: ReadWork) -> Settlement {
        guard MonotonicTime.read() < ticket.deadline else {
            return Settlement(ticket: ticket, result: .failure(.timedOut), changes: [])
        }
        deadline = ticket.deadline
        let result = Result { () throws(Problem) in try inOneView(work) }
        deadline = nil
        return Settlement(ticket: ticket, result: explained(result, ticket), changes: [])
    }

    private func inOneView<Result>(_ work: (ReadTransaction) throws(Problem) -> Result) throws(Problem) -> Result {
        transaction.clearFailure()
        try transaction.beginView()
        defer { transaction.endView() }
        return try work(transaction)
    }

    /// Logs what SQLite said where it failed, and tells a call that took too long from one that failed.
    private func explained(_ result: Result<[UInt8], Problem>, _ ticket: Ticket) -> Result<[UInt8], Problem> {
        guard case .failure = result, let failure = transaction.failure else { return result }
        if case .interrupt = failure { return .failure(.timedOut) }
        log.write(
            .error,
            "read_failed",
            [
                "requestId": .string(ticket.requestID.description), "method": .string(ticket.procedure.method),
                "cause": .string(failure.description),
            ]
        )
        return result
    }

    private func fetch(_ miss: Miss) -> Fetched {
        do throws(Problem) {
            return try inOneView { transaction throws(Problem) in try Self.answer(miss, transaction) }
        } catch {
            log.write(.error, "fetch_failed", ["cause": .string(transaction.failure?.description ?? error.detail)])
            return .failed(miss)
        }
    }

    /// Of one moment: what belongs to a key or a namespace is read one part after the other, and a change may be committed between
    /// them whose word comes later than the answer.
    private static func answer(_ miss: Miss, _ transaction: ReadTransaction) throws(Problem) -> Fetched {
        switch miss {
        case .rootKey(let hash): return .rootKey(hash, try transaction.credential(hash))
        case .key(let hash): return .key(hash, try transaction.verifiableKey(hash))
        case .pendingKey(let name): return .pendingKey(name, try transaction.pendingKey(name))
        case .namespaces(let names):
            var answers: [(name: NamespaceName, contents: NamespaceContents?)] = []
            for name in names { answers.append((name, try transaction.namespaceContents(name))) }
            return .namespaces(answers)
        }
    }

    /// There is always room: the mailbox takes as many outcomes as there can be calls on their way.
    private func post(_ outcome: Outcome) {
        _ = outcomes.post(outcome)
    }
}
