public import Domain
public import ProtocolWire
import SQLite

/// A root key as the database has it.
public struct RootKeyRow: Sendable {
    /// Its place.
    public let number: RowNumber<RootKey>
    /// Its public name.
    public let id: RootKeyID
    /// What its secret is looked up by.
    public let hash: KeyHash
    /// Label.
    public var name: String?
    /// What is shown of the secret's beginning.
    public let start: String
    /// What is shown of the secret's end.
    public let end: String
    /// Whether it is accepted.
    public var isEnabled: Bool
    /// What it may do, sorted by bytes, each once.
    public var permissions: [String]
    /// When it stops.
    public let expires: UnixMilliseconds?
    /// When it was made.
    public let createdAt: UnixMilliseconds
    /// When a request was last authenticated with it; 0 = never.
    public let lastUsedAt: UnixMilliseconds

    /// Whether storing one over the other changes anything that ``WriteTransaction/updateRootKey(_:in:)`` stores.
    ///
    /// Texts are compared byte by byte: Swift takes an accent of its own and one that is part of a letter for the same.
    public func hasSameSettings(as other: RootKeyRow) -> Bool {
        name.isSameBytes(as: other.name) && isEnabled == other.isEnabled
            && permissions.elementsEqual(other.permissions) { $0.utf8.elementsEqual($1.utf8) }
    }
}

/// What is stored of a new root key.
public struct NewRootKey: Sendable {
    /// What its secret is looked up by.
    public let hash: KeyHash
    /// What is shown of the secret's beginning.
    public let start: String
    /// What is shown of the secret's end.
    public let end: String
    /// Label.
    public let name: String?
    /// Whether it is accepted.
    public let isEnabled: Bool
    /// What it may do, sorted by bytes, each once.
    public let permissions: [String]
    /// When it stops.
    public let expires: UnixMilliseconds?

    /// A root key that is about to be stored.
    public init(
        hash: KeyHash,
        start: String,
        end: String,
        name: String?,
        isEnabled: Bool,
        permissions: [String],
        expires: UnixMilliseconds?
    ) {
        self.hash = hash
        self.start = start
        self.end = end
        self.name = name
        self.isEnabled = isEnabled
        self.permissions = permissions
        self.expires = expires
    }
}

/// A root key and its workspace, for authenticating a request.
public struct CredentialRow: Sendable {
    let hash: KeyHash
    let principal: Principal
    let isWorkspaceEnabled: Bool
    let isWorkspaceDeleted: Bool
    let requestsPerMinute: Int64?

    /// Whether a change may have made the row another than it was read.
    public func dependsOn(_ change: Change) -> Bool {
        switch change {
        case .rootKey(let hash): hash == self.hash
        case .workspace(let number): number == principal.workspace.number
        case .api, .key, .identity, .accessModel, .namespace, .override: false
        }
    }
}

extension RootKeyRow {
    private static func decode(_ row: borrowing Columns) -> RootKeyRow {
        RootKeyRow(
            number: row.number(0),
            id: RootKeyID(row.text(1)),
            hash: row.hash(2),
            name: row.optionalText(3),
            start: row.text(4),
            end: row.text(5),
            isEnabled: row.boolean(6),
            permissions: TextListColumn.decode(row.text(7)),
            expires: row.optionalMilliseconds(8),
            createdAt: row.milliseconds(9),
            lastUsedAt: row.milliseconds(10)
        )
    }

    static let byID = Query(
        """
        SELECT number, id, hash, name, first_characters, last_characters, is_enabled, permissions, expires_at_ms,
            created_at_ms, last_used_at_ms
        FROM root_keys WHERE id = ?1 AND workspace = ?2 AND deleted_at_ms IS NULL
        """,
        decode: decode
    )
    static let page = Query(
        """
        SELECT number, id, hash, name, first_characters, last_characters, is_enabled, permissions, expires_at_ms,
            created_at_ms, last_used_at_ms
        FROM root_keys WHERE workspace = ?1 AND id >= ?2 AND deleted_at_ms IS NULL ORDER BY id LIMIT ?3
        """,
        decode: decode
    )
    static let isTaken = Query("SELECT 1 FROM root_keys WHERE id = ?1") { row in row.boolean(0) }
    static let insert = Command(
        """
        INSERT INTO root_keys (id, workspace, hash, name, first_characters, last_characters, is_enabled, permissions,
            expires_at_ms, created_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        """
    )
    static let update = Command(
        "UPDATE root_keys SET name = ?2, is_enabled = ?3, permissions = ?4 WHERE number = ?1"
    )
    static let expire = Command("UPDATE root_keys SET expires_at_ms = ?2 WHERE number = ?1")
    static let delete = Command("UPDATE root_keys SET deleted_at_ms = ?2 WHERE number = ?1")
    static let use = Command("UPDATE root_keys SET last_used_at_ms = max(last_used_at_ms, ?2) WHERE number = ?1")
}

extension CredentialRow {
    static let byHash = Query(
        """
        SELECT r.hash, r.number, r.id, r.permissions, r.expires_at_ms, r.is_enabled, w.number, w.id, w.is_enabled,
            w.deleted_at_ms IS NOT NULL, w.requests_max_per_minute
        FROM root_keys AS r JOIN workspaces AS w ON w.number = r.workspace
        WHERE r.hash = ?1 AND r.deleted_at_ms IS NULL
        """
    ) { row in
        let workspace = WorkspaceReference(number: row.number(6), id: WorkspaceID(row.text(7)))
        return CredentialRow(
            hash: row.hash(0),
            principal: Principal(
                number: row.number(1),
                id: RootKeyID(row.text(2)),
                workspace: workspace,
                permissions: PermissionSet(TextListColumn.decode(row.text(3)), in: workspace.id),
                expires: row.optionalMilliseconds(4),
                isEnabled: row.boolean(5)
            ),
            isWorkspaceEnabled: row.boolean(8),
            isWorkspaceDeleted: row.boolean(9),
            requestsPerMinute: row.optionalInteger(10)
        )
    }
}

extension ReadTransaction {
    /// The live root key of that name in a workspace.
    public func rootKey(_ id: RootKeyID, in workspace: WorkspaceReference) throws(Problem) -> RootKeyRow? {
        try first(RootKeyRow.byID, id.text, workspace.number.value)
    }

    /// Live root keys of a workspace by id, from `cursor` on.
    public func rootKeys(
        in workspace: WorkspaceReference,
        from cursor: String,
        limit: Int
    ) throws(Problem) -> [RootKeyRow] {
        try all(RootKeyRow.page, workspace.number.value, cursor, limit)
    }

    /// The live root key with that hash, and how its workspace is.
    public func credential(_ hash: KeyHash) throws(Problem) -> CredentialRow? {
        try first(CredentialRow.byHash, hash)
    }
}

extension WriteTransaction {
    /// Stores a new root key.
    public func insertRootKey(
        _ key: NewRootKey,
        in workspace: WorkspaceReference,
        event: StaticString
    ) throws(Problem) -> RootKeyID {
        let id: RootKeyID = try unusedIdentifier(RootKeyRow.isTaken)
        try run(
            RootKeyRow.insert,
            id.text,
            workspace.number.value,
            key.hash,
            key.name,
            key.start,
            key.end,
            key.isEnabled,
            TextListColumn.encode(key.permissions),
            key.expires?.value,
            stamp.time.value
        )
        try audit(event, id.text, in: workspace)
        note(.rootKey(hash: key.hash))
        return id
    }

    /// Stores name, switch and permissions of a root key.
    public func updateRootKey(_ row: RootKeyRow, in workspace: WorkspaceReference) throws(Problem) {
        try run(
            RootKeyRow.update,
            row.number.value,
            row.name,
            row.isEnabled,
            TextListColumn.encode(row.permissions)
        )
        try audit("rootKey.update", row.id.text, in: workspace)
        note(.rootKey(hash: row.hash))
    }

    /// Ends a root key at a time.
    public func expireRootKey(_ row: RootKeyRow, at time: UnixMilliseconds) throws(Problem) {
        try run(RootKeyRow.expire, row.number.value, time.value)
        note(.rootKey(hash: row.hash))
    }

    /// Puts a tombstone on a root key.
    public func deleteRootKey(_ row: RootKeyRow, in workspace: WorkspaceReference) throws(Problem) {
        try run(RootKeyRow.delete, row.number.value, stamp.time.value)
        try audit("rootKey.delete", row.id.text, in: workspace)
        note(.rootKey(hash: row.hash))
    }

    /// Stores when root keys were last used; the reactor knows it first and hands it over now and then.
    public func recordUse(of rootKeys: [(RowNumber<RootKey>, UnixMilliseconds)]) throws(Problem) {
        for (number, time) in rootKeys { try run(RootKeyRow.use, number.value, time.value) }
    }
}
