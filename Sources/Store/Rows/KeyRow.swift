public import Domain
public import ProtocolWire
import SQLite

/// What is stored of a new key.
public struct NewKey: Sendable {
    /// The API it belongs to.
    public let api: APIRow
    /// What the secret is looked up by.
    public let hash: KeyHash
    /// What is shown of the secret: prefix and first characters.
    public let start: String
    /// Label.
    public let name: String?
    /// The caller's own JSON object, without white space; `nil` when there is none.
    public let meta: String?
    /// Whether it verifies.
    public let isEnabled: Bool
    /// When it stops.
    public let expires: UnixMilliseconds?

    /// A key that is about to be stored.
    public init(
        api: APIRow,
        hash: KeyHash,
        start: String,
        name: String?,
        meta: String?,
        isEnabled: Bool,
        expires: UnixMilliseconds?
    ) {
        self.api = api
        self.hash = hash
        self.start = start
        self.name = name
        self.meta = meta
        self.isEnabled = isEnabled
        self.expires = expires
    }
}

/// All that a verification needs to know of a key, with the API and the workspace it belongs to.
public struct VerifiableKeyRow: Sendable {
    let hash: KeyHash
    let id: KeyID
    let name: String?
    let meta: String?
    let isEnabled: Bool
    let expires: UnixMilliseconds?
    let api: RowNumber<API>
    let apiID: APIID
    let keyspaceID: KeyspaceID
    let workspace: WorkspaceReference
    let isWorkspaceEnabled: Bool

    /// Whether a change may have made the row another than it was read.
    public func dependsOn(_ change: Change) -> Bool {
        switch change {
        case .key(let hash): hash == self.hash
        case .api(let number): number == api
        case .workspace(let number), .accessModel(let number), .identity(_, in: let number): number == workspace.number
        case .rootKey, .namespace, .override: false
        }
    }
}

extension VerifiableKeyRow {
    static let byHash = Query(
        """
        SELECT k.hash, k.id, k.name, k.meta, k.is_enabled, k.expires_at_ms, a.number, a.id, a.keyspace_id, w.number, w.id,
            w.is_enabled
        FROM keys AS k JOIN apis AS a ON a.number = k.api JOIN workspaces AS w ON w.number = a.workspace
        WHERE k.hash = ?1 AND k.deleted_at_ms IS NULL AND a.deleted_at_ms IS NULL AND w.deleted_at_ms IS NULL
        """
    ) { row in
        VerifiableKeyRow(
            hash: row.hash(0),
            id: KeyID(row.text(1)),
            name: row.optionalText(2),
            meta: row.optionalText(3),
            isEnabled: row.boolean(4),
            expires: row.optionalMilliseconds(5),
            api: row.number(6),
            apiID: APIID(row.text(7)),
            keyspaceID: KeyspaceID(row.text(8)),
            workspace: WorkspaceReference(number: row.number(9), id: WorkspaceID(row.text(10))),
            isWorkspaceEnabled: row.boolean(11)
        )
    }
}

enum KeyRow {
    static let isTaken = Query("SELECT 1 FROM keys WHERE id = ?1") { row in row.boolean(0) }
    static let insert = Command(
        """
        INSERT INTO keys (id, api, hash, start, name, meta, is_enabled, expires_at_ms, created_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        """
    )
}

extension ReadTransaction {
    /// The live key with that hash, of a live API in a live workspace.
    public func verifiableKey(_ hash: KeyHash) throws(Problem) -> VerifiableKeyRow? {
        try first(VerifiableKeyRow.byHash, hash)
    }
}

extension WriteTransaction {
    /// Stores a new key.
    public func insertKey(_ key: NewKey, in workspace: WorkspaceReference) throws(Problem) -> KeyID {
        let id: KeyID = try unusedIdentifier(KeyRow.isTaken)
        try run(
            KeyRow.insert,
            id.text,
            key.api.number.value,
            key.hash,
            key.start,
            key.name,
            key.meta,
            key.isEnabled,
            key.expires?.value,
            stamp.time.value
        )
        try audit("key.create", id.text, in: workspace)
        note(.key(hash: key.hash))
        return id
    }
}
