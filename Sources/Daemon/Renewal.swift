import Program
import ProtocolWire
import Store
import Synchronization

/// The sealing anew, a few at a time, of the copies that were sealed under the recovery secret before the present one.
///
/// One step follows the other: the writer takes it, and its end comes back once it is on the disk. Only then is it told that
/// nothing is left, because on that word the operator does away with the old secret.
final class Renewal: Sendable {
    private enum Progress {
        case waiting
        case underWay
        /// The step that is under way has found nothing left.
        case exhausted
        case complete
    }

    private let progress = Mutex(Progress.waiting)
    private let log: Log

    /// A renewal that has not begun.
    init(log: Log) {
        self.log = log
    }

    /// Whether no copy needs the old secret any more.
    var isComplete: Bool { progress.withLock { $0 == .complete } }

    /// The next step, for the writer.
    ///
    /// - Parameter copiesMax: Copies of a step.
    /// - Returns: `nil` while the last one has not ended.
    func nextStep(copiesMax: Int) -> WriteJob? {
        let isDue = progress.withLock { progress in
            guard progress == .waiting else { return false }
            progress = .underWay
            return true
        }
        guard isDue else { return nil }
        return WriteJob(ticket: nil, purpose: .renewal(self)) { [self] transaction throws(Problem) in
            let count = try transaction.renewSealedSecrets(most: copiesMax)
            if count == 0 { progress.withLock { $0 = .exhausted } }
            return []
        }
    }

    /// Takes in the end of a step.
    ///
    /// - Parameter isStored: Whether it is on the disk; else it is made again.
    func endStep(isStored: Bool) {
        let isNews = progress.withLock { progress in
            let isNews = progress == .exhausted && isStored
            progress = isNews ? .complete : .waiting
            return isNews
        }
        if isNews { log.write(.info, "recovery_secrets_renewed") }
    }
}
