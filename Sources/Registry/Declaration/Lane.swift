public import Cryptography
import Domain
public import ProtocolWire
public import Store

/// Where a procedure runs, and so what it can touch: a `list` cannot write by accident.
public enum Lane<Input: Sendable, Output>: Sendable {
    /// On the reactor's thread, from memory, at once.
    case hot(@Sendable (Call, Input, HotState) throws(Interruption) -> Output)
    /// The same, where the result may spend something that has to be stored before it is told.
    case spending(@Sendable (Call, Input, HotState) throws(Interruption) -> (Output, PendingSpend?))
    /// On a reader's thread, in one consistent view of the database.
    case read(@Sendable (Call, Input, ReadTransaction) throws(Problem) -> Output)
    /// On the writer's thread, in a savepoint of its own; the reply waits for the commit.
    case write(@Sendable (Call, Input, WriteTransaction) throws(Problem) -> Output)

    /// The effect, for the documents.
    public var effect: Effect {
        switch self {
        case .hot, .spending: .hot
        case .read: .read
        case .write: .write
        }
    }
}

/// What kind of work a procedure is.
public enum Effect: String, Sendable {
    /// From memory.
    case hot
    /// Reads the database.
    case read
    /// Changes the database.
    case write
}

/// Why a call on the reactor's thread did not end in a result.
public enum Interruption: Error, Sendable {
    /// It was refused.
    case problem(Problem)
    /// Something has to be fetched from the database first; then the call is made again.
    case miss(Miss)
    /// Something has to be committed first; then the call is made again.
    indirect case first(Prerequisite)
}

/// What hot state lacks.
public enum Miss: Hashable, Sendable {
    /// Whether there is a root key with this hash.
    case rootKey(KeyHash)
    /// Whether there is a key with this hash.
    case key(KeyHash)
    /// Whether a key waits for its migration.
    case pendingKey(PendingKeyName)
    /// Whether there are rate-limit namespaces of these names or identifiers.
    case namespaces([NamespaceName])
}
