public import Domain
public import ProtocolWire
import SQLite

/// A live key of a live API as the database has it, without its permissions, roles and limits.
public struct KeyRow: Sendable {
    /// Its place.
    public let number: RowNumber<Key>
    /// Its public name.
    public let id: KeyID
    /// The API it belongs to.
    public let api: RowNumber<API>
    /// That API's public name.
    public let apiID: APIID
    /// That API's keyspace.
    public let keyspaceID: KeyspaceID
    /// Whether that API's keys may be recovered.
    public let apiAllowsRecovery: Bool
    /// What the secret is looked up by.
    public let hash: KeyHash
    /// What is shown of the secret: prefix and first characters; empty for one that was taken over and not yet used.
    public let start: String
    /// Label.
    public var name: String?
    /// The caller's own JSON object, without white space; `nil` when there is none.
    public var meta: String?
    /// Whether it verifies.
    public var isEnabled: Bool
    /// When it stops.
    public var expires: UnixMilliseconds?
    /// When it was made.
    public let createdAt: UnixMilliseconds
    /// When its settings last changed.
    public let updatedAt: UnixMilliseconds?
    /// When it was last verified; may lag.
    public let lastUsedAt: UnixMilliseconds?
    /// The identity it is linked to, deleted or not.
    public var linkedIdentity: RowNumber<Identity>?
    /// The same where it is live.
    public let identity: IdentityRow?
    /// What it may still spend; `nil` = without limit.
    public let credits: Credits?

    /// Whether storing one over the other changes anything that ``WriteTransaction/updateKey(_:in:)`` stores; texts are compared
    /// byte by byte.
    public func hasSameSettings(as other: KeyRow) -> Bool {
        name.isSameBytes(as: other.name) && meta.isSameBytes(as: other.meta) && isEnabled == other.isEnabled
            && expires == other.expires && linkedIdentity == other.linkedIdentity
    }
}

extension KeyRow {
    private static func decode(_ row: borrowing Columns) throws(SQLiteError) -> KeyRow {
        KeyRow(
            number: row.number(0),
            id: KeyID(row.text(1)),
            api: row.number(2),
            apiID: APIID(row.text(3)),
            keyspaceID: KeyspaceID(row.text(4)),
            apiAllowsRecovery: row.boolean(5),
            hash: row.hash(6),
            start: row.text(7),
            name: row.optionalText(8),
            meta: row.optionalText(9),
            isEnabled: row.boolean(10),
            expires: row.optionalMilliseconds(11),
            createdAt: row.milliseconds(12),
            updatedAt: row.optionalMilliseconds(13),
            lastUsedAt: row.optionalMilliseconds(14),
            linkedIdentity: row.optionalInteger(15).map { RowNumber($0) },
            identity: row.isNull(16)
                ? nil
                : IdentityRow(
                    number: row.number(16),
                    id: IdentityID(row.text(17)),
                    externalID: row.text(18),
                    meta: row.optionalText(19)
                ),
            credits: try Credits(row, at: 20)
        )
    }

    static let byNumber = Query(
        """
        SELECT number, id, api, api_id, keyspace_id, allows_recovery, hash, start, name, meta, is_enabled, expires_at_ms,
            created_at_ms, updated_at_ms, last_used_at_ms, linked_identity, identity, identity_id, external_id, identity_meta,
            remaining, refill_interval, refill_day, refill_amount
        FROM live_keys WHERE number = ?1 AND workspace = ?2
        """,
        decode: decode
    )
    static let byHash = Query(
        """
        SELECT number, id, api, api_id, keyspace_id, allows_recovery, hash, start, name, meta, is_enabled, expires_at_ms,
            created_at_ms, updated_at_ms, last_used_at_ms, linked_identity, identity, identity_id, external_id, identity_meta,
            remaining, refill_interval, refill_day, refill_amount
        FROM live_keys WHERE hash = ?1 AND workspace = ?2 AND migration IS NULL
        """,
        decode: decode
    )
    static let ofAPI = Query(
        """
        SELECT number, id, api, api_id, keyspace_id, allows_recovery, hash, start, name, meta, is_enabled, expires_at_ms,
            created_at_ms, updated_at_ms, last_used_at_ms, linked_identity, identity, identity_id, external_id, identity_meta,
            remaining, refill_interval, refill_day, refill_amount
        FROM live_keys WHERE api = ?1 AND id >= ?2 ORDER BY id LIMIT ?3
        """,
        decode: decode
    )
    static let ofIdentity = Query(
        """
        SELECT number, id, api, api_id, keyspace_id, allows_recovery, hash, start, name, meta, is_enabled, expires_at_ms,
            created_at_ms, updated_at_ms, last_used_at_ms, linked_identity, identity, identity_id, external_id, identity_meta,
            remaining, refill_interval, refill_day, refill_amount
        FROM live_keys WHERE linked_identity = ?1 AND api = ?2 AND id >= ?3 ORDER BY id LIMIT ?4
        """,
        decode: decode
    )
    static let isTaken = Query(
        "SELECT 1 FROM keys WHERE hash = ?1 UNION ALL SELECT 1 FROM root_keys WHERE hash = ?1"
    ) { row in row.boolean(0) }
    /// The few keys whose identifiers do not follow from their numbers.
    static let numberByName = Query("SELECT key FROM key_names WHERE id = ?1") { row -> RowNumber<Key> in row.number(0)
    }
    static let lastNumber = Query("SELECT seq FROM sqlite_sequence WHERE name = 'keys'") { row in row.integer(0) }
}

extension ReadTransaction {
    /// The live key of that name in a workspace.
    public func key(_ id: KeyID, in workspace: WorkspaceReference) throws(Problem) -> KeyRow? {
        guard let number = try number(of: id) else { return nil }
        guard let row = try first(KeyRow.byNumber, number.value, workspace.number.value), row.id == id else {
            return nil
        }
        return row
    }

    /// The place that a key of that name has, if there is one: whether it is there, and is called so, is another matter.
    func number(of id: KeyID) throws(Problem) -> RowNumber<Key>? {
        if let number = try first(KeyRow.numberByName, id.text) { return number }
        return try secret.keyNumbering.number(of: id)
    }

    /// The live key of that hash in a workspace.
    ///
    /// One that waits for its migration is not found.
    public func key(_ hash: KeyHash, in workspace: WorkspaceReference) throws(Problem) -> KeyRow? {
        try first(KeyRow.byHash, hash, workspace.number.value)
    }

    /// Live keys of an API by id, from `cursor` on.
    ///
    /// - Parameters:
    ///   - api: The API.
    ///   - identity: Only those linked to it; `nil` for all.
    ///   - cursor: The least identifier.
    ///   - limit: The most rows.
    /// - Returns: The rows, in order.
    /// - Throws: 500, when SQLite fails.
    public func keys(
        of api: RowNumber<API>,
        linkedTo identity: RowNumber<Identity>?,
        from cursor: String,
        limit: Int
    ) throws(Problem) -> [KeyRow] {
        guard let identity else { return try all(KeyRow.ofAPI, api.value, cursor, limit) }
        return try all(KeyRow.ofIdentity, identity.value, api.value, cursor, limit)
    }

    /// Whether any key or root key, deleted ones and other workspaces' included, has a hash.
    public func isTaken(_ hash: KeyHash) throws(Problem) -> Bool {
        try first(KeyRow.isTaken, hash) != nil
    }
}
