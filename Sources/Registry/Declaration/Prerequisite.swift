public import Domain
public import ProtocolWire
public import Store

/// A change that has to be committed before a call on the reactor's thread can go on.
///
/// The writer makes it under the call's own request identifier and caller; then the call is made again and finds it made. Calls
/// that need the same change at the same time wait for one of them, so the work looks for itself whether it is still to be done.
public struct Prerequisite: Sendable {
    /// What is changed: calls with equal ones wait for each other.
    public enum Subject: Hashable, Sendable {
        /// Namespaces of a workspace come into being.
        case namespaces([ByteText], in: RowNumber<Workspace>)
        /// A key gets the hash of its whole secret.
        case migratedKey(PendingKeyName)
    }

    /// What is changed.
    public let subject: Subject
    /// The change.
    public let work: WriteWork

    /// A change on behalf of a call.
    public init(
        _ subject: Subject,
        of call: Call,
        _ work: @escaping @Sendable (WriteTransaction) throws(Problem) -> Void
    ) {
        self.subject = subject
        let stamp = Stamp(time: call.time, actor: call.caller.actor, requestID: call.requestID)
        self.work = { transaction throws(Problem) in
            transaction.begin(stamp)
            try work(transaction)
            return []
        }
    }
}
