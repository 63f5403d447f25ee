import ProtocolWire
import Reactor
import Registry
import SQLite
import Store

/// Says where the outcome of a call belongs, while another thread works on it.
struct Ticket: Sendable {
    /// Where the request came in; it may be gone by then.
    let connection: ConnectionID
    /// The server's name of the request.
    let requestID: RequestID
    /// The caller's own name of it, as JSON.
    ///
    /// Without one the connection is held until the reply.
    let correlation: [UInt8]?
    /// What was asked for, for the log.
    let procedure: Procedure
    /// What the call gives back of ``WaitingBytes`` at its end.
    let frameBytes: Int
    /// Work that has not begun by then is refused instead.
    let deadline: MonotonicTime
    /// Where the caller's workspace stands, if it has a quota.
    var quota: Quota?
}

/// Work for a reader.
enum ReadJob: Sendable {
    /// The rest of a call.
    case call(Ticket, ReadWork)
    /// Something that hot state lacks.
    case fetch(Miss)
}

/// Work for the writer: the rest of a call, or the daemon's own bookkeeping, which has no ticket.
struct WriteJob: Sendable {
    let ticket: Ticket?
    /// Of a call with an idempotency key.
    var claim: IdempotencyClaim?
    /// Who waits for the end of the work besides its ticket, if anybody does.
    var purpose: Purpose?
    let work: WriteWork

    /// What work is for besides a reply.
    enum Purpose: Sendable {
        /// Suspended calls go on when it is done.
        case prerequisite(Prerequisite.Subject)
        /// The next batch of windows goes when this one is stored.
        case windows
        /// More windows that have ended are deleted, if there are any.
        case endedWindows
        /// A call that memory has decided is told when what it has spent is stored; if the balance was another one, it is made
        /// again.
        case spend(SuspendedCall, PendingSpend)
        /// A call that memory decides is made if nothing is stored for its idempotency key.
        case recall(SuspendedCall)
        /// The next copies are sealed anew when these are stored.
        case renewal(Renewal)
    }
}

/// What comes back to the reactor's thread.
enum Outcome: Sendable {
    /// A call has been carried out, or refused; of a change this is told after its commit.
    case settled(Settlement)
    /// The database has answered about something that hot state lacked.
    case fetched(Fetched)
    /// Whether the writer could store its last batch.
    case storing(Bool)
}

/// The end of a call.
struct Settlement: Sendable {
    let ticket: Ticket?
    /// What it was for besides a reply.
    var purpose: WriteJob.Purpose?
    /// The idempotency key that is free for the next request.
    var claim: IdempotencyClaim.Name?
    /// Whether the reply is that of an earlier request.
    var isReplayed = false
    /// Whether the call is still to be made; nothing is stored then.
    ///
    /// Its spend met another balance than it was decided on, or there was no reply for its idempotency key.
    var isUndecided = false
    /// The reply's members, or the refusal.
    let result: Result<[UInt8], Problem>
    /// What hot state has to learn before the reply goes out.
    let changes: [Change]
}

/// What the database says about a hash or a name.
enum Fetched: Sendable {
    case rootKey(KeyHash, CredentialRow?)
    case key(KeyHash, VerifiableKeyRow?)
    case namespaces([(name: NamespaceName, contents: NamespaceContents?)])
    case pendingKey(PendingKeyName, PendingKeyAnswer)
    case failed(Miss)

    /// Whether a change may have made the answer another.
    ///
    /// An answer that there is no such thing is only changed by the thing itself, or by its API, which may have been restored:
    /// whose key it would be is not known.
    func dependsOn(_ change: Change) -> Bool {
        switch (self, change) {
        case (.key(_, let row?), _): row.dependsOn(change)
        case (.rootKey(_, let row?), _): row.dependsOn(change)
        case (.key(let hash, nil), .key(hash: let changed)): hash == changed
        case (.key(_, nil), .api): true
        case (.rootKey(let hash, nil), .rootKey(hash: let changed)): hash == changed
        case (.namespaces(let answers), _):
            answers.contains { answer in
                if let contents = answer.contents { return contents.dependsOn(change) }
                if case .namespace(_, in: let workspace) = change { return answer.name.workspace == workspace }
                return false
            }
        case (.pendingKey(_, .known(let row)), _): row.dependsOn(change)
        // The writer looks again before it gives the key another hash.
        case (.pendingKey(let name, _), .key(hash: let changed)): name.whole == changed || name.hash == changed
        case (.pendingKey(_, .noSuchKey), .api): true
        default: false
        }
    }

    var miss: Miss {
        switch self {
        case .rootKey(let hash, _): .rootKey(hash)
        case .key(let hash, _): .key(hash)
        case .namespaces(let answers): .namespaces(answers.map(\.name))
        case .pendingKey(let name, _): .pendingKey(name)
        case .failed(let miss): miss
        }
    }
}

extension Problem {
    /// 408: the request waited longer than requests may.
    static let timedOut = Problem(
        .requestTimeout,
        "The server could not begin the request within the time that requests have. Nothing was done; send it again later."
    )
}
