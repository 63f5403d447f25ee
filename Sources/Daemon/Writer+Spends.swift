import Domain
import ProtocolWire
import Reactor
import SQLite
import Store

// What verifications spend: no savepoint each, and several of one key are one change.
extension Writer {
    /// Stores spends that came one behind the other.
    ///
    /// A spend is stored if the balance is what it was decided on. Memory decides in the order in which they come, so of one key
    /// each begins where the one before has ended, and the last one's end is what is stored for all.
    ///
    /// - Parameter jobs: Spends only.
    /// - Returns: Their ends; outdated are those that met another balance.
    /// - Throws: When the whole batch is lost.
    func store(_ jobs: [WriteJob]) throws(SQLiteError) -> [Settlement] {
        if jobs.isEmpty { return [] }
        var runs: [RowNumber<Key>: (from: Int, to: Int)] = [:]
        let verdicts = jobs.map { verdict(on: $0, &runs) }
        let stored = try connection.savepoint { () throws(Problem) in
            var other: Set<RowNumber<Key>> = []
            for (key, run) in runs where try !transaction.spend(key, from: run.from, to: run.to) { other.insert(key) }
            return other
        }
        switch stored {
        case .success(let other):
            return zip(jobs, verdicts).map { job, verdict in
                let isOther = job.spend.map { other.contains($0.key) } ?? false
                return settlement(of: job, isOther && verdict == .next ? .outdated : verdict)
            }
        case .failure(let problem):
            logFailure(of: nil)
            return jobs.map {
                Settlement(ticket: $0.ticket, purpose: $0.purpose, result: .failure(problem), changes: [])
            }
        }
    }

    private enum Verdict {
        /// It goes on where the one before has ended.
        case next
        case outdated
        case late
    }

    private func verdict(on job: WriteJob, _ runs: inout [RowNumber<Key>: (from: Int, to: Int)]) -> Verdict {
        if let ticket = job.ticket, ticket.deadline < MonotonicTime.read() { return .late }
        guard let spend = job.spend else { return .outdated }
        guard let run = runs[spend.key] else {
            runs[spend.key] = (spend.before, spend.after)
            return .next
        }
        guard run.to == spend.before else { return .outdated }
        runs[spend.key] = (run.from, spend.after)
        return .next
    }

    private func settlement(of job: WriteJob, _ verdict: Verdict) -> Settlement {
        var settlement = Settlement(
            ticket: job.ticket,
            purpose: job.purpose,
            result: result(of: job, verdict),
            changes: []
        )
        settlement.isUndecided = verdict == .outdated
        return settlement
    }

    private func result(of job: WriteJob, _ verdict: Verdict) -> Result<[UInt8], Problem> {
        switch verdict {
        case .next: Result { () throws(Problem) in try job.work(transaction) }
        case .outdated: .failure(.internalFailure)
        case .late: .failure(.timedOut)
        }
    }
}

extension WriteJob {
    /// What a verification has taken of a balance.
    var spend: CreditSpend? {
        if case .spend(_, let spend) = purpose { spend.credits } else { nil }
    }

    /// Whether that is all there is to store; a reply that is kept besides is work like any other.
    var isSpend: Bool { claim == nil && spend != nil }
}
