public import Cryptography
public import Domain
public import ProtocolWire
import SQLite

/// Who changes something, when, and on which request: what every audit row says.
public struct Stamp: Sendable {
    /// One time for the whole request.
    public let time: UnixMilliseconds
    /// The root key's identifier, or `operator`.
    public let actor: String
    /// The server's name of the request.
    public let requestID: RequestID

    /// The circumstances of one request.
    public init(time: UnixMilliseconds, actor: String, requestID: RequestID) {
        self.time = time
        self.actor = actor
        self.requestID = requestID
    }
}

/// The changes of one request, inside the savepoint that the writer opened for it.
///
/// Everything a procedure changes goes through here, with its audit row. What hot state must learn once the change is
/// committed is noted as ``Change``s; the reactor applies them before the reply goes out.
public final class WriteTransaction: ReadTransaction {
    private var current: Stamp?
    /// Where identifiers and secrets come from.
    public var random = RandomPool()
    private var changes: [Change] = []
    private var lastKeyNumber: Int64?
    var auditWalk = AuditWalk()

    /// The circumstances of the request that is being carried out.
    var stamp: Stamp {
        guard let current else { preconditionFailure("a request begins before it changes anything") }
        return current
    }

    /// Gets ready for the next request.
    public func begin(_ stamp: Stamp) {
        current = stamp
        changes.removeAll()
        clearFailure()
    }

    /// What the request has changed.
    public func takeChanges() -> [Change] {
        defer { changes.removeAll() }
        return changes
    }

    /// Remembers what hot state must learn of when this is committed.
    func note(_ change: Change) {
        changes.append(change)
    }

    /// Runs a statement that gives no rows.
    func run<each Value: Bindable>(_ command: Command, _ value: repeat each Value) throws(Problem) {
        do throws(SQLiteError) {
            try connection.run(command, repeat each value)
        } catch {
            throw failed(error)
        }
    }

    /// Inserts a row.
    ///
    /// - Returns: Its number.
    func insert<Kind, each Value: Bindable>(
        _ command: Command,
        _ value: repeat each Value
    ) throws(Problem) -> RowNumber<Kind> {
        try run(command, repeat each value)
        return RowNumber(connection.lastInsertRowID)
    }

    /// Draws an identifier that is free; a collision never surfaces.
    ///
    /// - Parameter isTaken: Finds a row, deleted or not, by its identifier.
    /// - Returns: The identifier.
    /// - Throws: When the database cannot be asked.
    func unusedIdentifier<Kind>(_ isTaken: Query<Bool>) throws(Problem) -> Identifier<Kind> {
        while true {
            let identifier = Identifier<Kind>.make(using: &random)
            if try first(isTaken, identifier.text) == nil { return identifier }
        }
    }

    /// The number of the next key.
    ///
    /// Nobody else makes keys, so they are counted here; one that a request has taken and not used is left out.
    func nextKeyNumber() throws(Problem) -> RowNumber<Key> {
        let last: Int64 = if let lastKeyNumber { lastKeyNumber } else { try first(KeyRow.lastNumber) ?? 0 }
        lastKeyNumber = last + 1
        return RowNumber(last + 1)
    }

    /// Writes an audit row for a link, which has two subjects, in the order of the event's words.
    func audit(
        _ event: StaticString,
        _ first: String,
        _ second: String,
        in workspace: WorkspaceReference
    ) throws(Problem) {
        try audit(event, "\(first) \(second)", in: workspace)
    }

    /// Writes an audit row.
    func audit(_ event: StaticString, _ subject: String, in workspace: WorkspaceReference) throws(Problem) {
        try run(
            Self.insertAudit,
            workspace.number.value,
            stamp.time.value,
            event,
            stamp.actor,
            subject,
            stamp.requestID.description
        )
    }

    private static let insertAudit = Command(
        """
        INSERT INTO audit_log (workspace, at_ms, event, actor, subject, request_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        """
    )
}

/// What hot state has to learn of a committed transaction.
public enum Change: Sendable, Hashable {
    /// A root key was made, changed, deleted, or given a new expiry.
    case rootKey(hash: KeyHash)
    /// A workspace was changed or deleted, and with it all that it holds.
    case workspace(RowNumber<Workspace>)
    /// An API was changed or deleted, and with it its keys.
    case api(RowNumber<API>)
    /// A key was made, changed or deleted.
    case key(hash: KeyHash)
    /// An identity was changed or deleted, and with it what its keys show and share.
    case identity(RowNumber<Identity>, in: RowNumber<Workspace>)
    /// A permission or a role of a workspace was changed or deleted, or a role's permissions were: any of its keys may have it.
    case accessModel(RowNumber<Workspace>)
    /// A rate-limit namespace was made or deleted.
    case namespace(RowNumber<RatelimitNamespace>, in: RowNumber<Workspace>)
    /// An override of a namespace was made, changed or deleted.
    case override(in: RowNumber<RatelimitNamespace>, OverrideChange)
}
