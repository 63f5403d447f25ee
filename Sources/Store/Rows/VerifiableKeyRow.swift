public import Domain
public import ProtocolWire
import SQLite

/// All that a verification needs to know of a key, with the API, the workspace and the identity it belongs to.
public struct VerifiableKeyRow: Sendable {
    let hash: KeyHash
    /// Its place.
    public let number: RowNumber<Key>
    /// Its public name.
    public let id: KeyID
    /// Label.
    public let name: String?
    /// The caller's own JSON object, as text.
    public let meta: String?
    /// Whether it is switched on.
    public let isEnabled: Bool
    /// When it stops.
    public let expires: UnixMilliseconds?
    let api: RowNumber<API>
    /// The API it belongs to.
    public let apiID: APIID
    /// The keyspace of its API.
    public let keyspaceID: KeyspaceID
    let allowedAddresses: [String]?
    let workspace: WorkspaceReference
    let isWorkspaceEnabled: Bool
    /// The identity it is linked to, deleted or not.
    let linkedIdentity: RowNumber<Identity>?
    /// The same where it is live.
    public let identity: IdentityRow?
    /// What it may spend; `nil` = without limit.
    public let credits: Credits?
    /// All that it may do, directly and through roles, by bytes.
    public var permissions: [String] = []
    /// Names of its roles, by bytes.
    public var roles: [String] = []
    /// Its own limits, by name.
    public var ratelimits: [RatelimitRow] = []
    /// Its identity's limits, by name, but for those that a limit of its own has the name of.
    public var identityRatelimits: [RatelimitRow] = []

    /// Whether a change may have made the row another than it was read.
    public func dependsOn(_ change: Change) -> Bool {
        switch change {
        case .key(let hash): hash == self.hash
        case .api(let number): number == api
        case .workspace(let number), .accessModel(let number): number == workspace.number
        case .identity(let number, in: _): number == linkedIdentity
        case .rootKey, .namespace, .override: false
        }
    }
}

extension VerifiableKeyRow {
    private static func decode(_ row: borrowing Columns) throws(SQLiteError) -> VerifiableKeyRow {
        VerifiableKeyRow(
            hash: row.hash(0),
            number: row.number(1),
            id: KeyID(row.text(2)),
            name: row.optionalText(3),
            meta: row.optionalText(4),
            isEnabled: row.boolean(5),
            expires: row.optionalMilliseconds(6),
            api: row.number(7),
            apiID: APIID(row.text(8)),
            keyspaceID: KeyspaceID(row.text(9)),
            allowedAddresses: row.optionalText(10).map(TextListColumn.decode),
            workspace: WorkspaceReference(number: row.number(11), id: WorkspaceID(row.text(12))),
            isWorkspaceEnabled: row.boolean(13),
            linkedIdentity: row.optionalInteger(22).map { RowNumber($0) },
            identity: row.isNull(14)
                ? nil
                : IdentityRow(
                    number: row.number(14),
                    id: IdentityID(row.text(15)),
                    externalID: row.text(16),
                    meta: row.optionalText(17)
                ),
            credits: try Credits(row, at: 18)
        )
    }

    static let byHash = Query(
        """
        SELECT k.hash, k.number, k.id, k.name, k.meta, k.is_enabled, k.expires_at_ms, k.api, k.api_id, k.keyspace_id,
            k.ip_allow_list, w.number, w.id, w.is_enabled, k.identity, k.identity_id, k.external_id, k.identity_meta, k.remaining,
            k.refill_interval, k.refill_day, k.refill_amount, k.linked_identity
        FROM live_keys AS k JOIN workspaces AS w ON w.number = k.workspace
        WHERE k.hash = ?1 AND k.migration IS NULL AND w.deleted_at_ms IS NULL
        """,
        decode: decode
    )
    static let pending = Query(
        """
        SELECT k.hash, k.number, k.id, k.name, k.meta, k.is_enabled, k.expires_at_ms, k.api, k.api_id, k.keyspace_id,
            k.ip_allow_list, w.number, w.id, w.is_enabled, k.identity, k.identity_id, k.external_id, k.identity_meta, k.remaining,
            k.refill_interval, k.refill_day, k.refill_amount, k.linked_identity
        FROM live_keys AS k JOIN workspaces AS w ON w.number = k.workspace JOIN key_migrations AS m ON m.number = k.migration
        WHERE k.hash = ?1 AND m.id = ?2 AND m.workspace = ?3 AND m.deleted_at_ms IS NULL AND k.workspace = ?3
        """,
        decode: decode
    )
    static let convert = Command(
        "UPDATE keys SET hash = ?2, start = ?3, migration = NULL, updated_at_ms = ?4 WHERE number = ?1"
    )
}

extension ReadTransaction {
    /// The live key with that hash, of a live API in a live workspace.
    ///
    /// One that waits for its migration has no hash of its whole secret yet.
    public func verifiableKey(_ hash: KeyHash) throws(Problem) -> VerifiableKeyRow? {
        try complete(try first(VerifiableKeyRow.byHash, hash))
    }

    /// The key that has the whole secret, else the one that waits for its migration with the hash that it has brought.
    public func pendingKey(_ name: PendingKeyName) throws(Problem) -> PendingKeyAnswer {
        if let key = try verifiableKey(name.whole) { return .known(key) }
        let migration = try first(KeyMigrationRow.byID, name.migration.text, name.workspace.value)
        guard migration?.algorithm == .prefixedAPIKey else { return .noMigration }
        // A hash stays taken by a deleted key: nobody else may be given it, so nobody waits for it.
        guard let hash = name.hash, try !isTaken(name.whole) else { return .noSuchKey }
        let key = try first(VerifiableKeyRow.pending, hash, name.migration.text, name.workspace.value)
        return key.map(PendingKeyAnswer.waiting) ?? .noSuchKey
    }

    /// One look-up for each part: most keys have none of them, and it costs no round trip.
    private func complete(_ key: VerifiableKeyRow?) throws(Problem) -> VerifiableKeyRow? {
        guard var key else { return nil }
        key.permissions = try slugs(of: key.number)
        key.roles = try roles(of: key.number).map(\.name)
        key.ratelimits = try ratelimits(of: .key(key.number))
        if let identity = key.identity {
            let own = Set(key.ratelimits.map { ByteText($0.setting.name) })
            key.identityRatelimits = try ratelimits(of: .identity(identity.number))
                .filter { !own.contains(ByteText($0.setting.name)) }
        }
        return key
    }
}

/// A key that waits for its migration, as a verification names it.
public struct PendingKeyName: Hashable, Sendable {
    /// Of the whole secret, by which it is found once it does not wait any more.
    public let whole: KeyHash
    /// Of the last part of the secret; `nil` where it does not have as many parts as it should.
    public let hash: KeyHash?
    /// The migration that the request names.
    public let migration: KeyMigrationID
    /// The caller's workspace.
    public let workspace: RowNumber<Workspace>

    /// A key that may be waiting.
    public init(whole: KeyHash, hash: KeyHash?, migration: KeyMigrationID, workspace: RowNumber<Workspace>) {
        self.whole = whole
        self.hash = hash
        self.migration = migration
        self.workspace = workspace
    }
}

/// What the database says about a key that may wait for its migration.
public enum PendingKeyAnswer: Sendable {
    /// The whole secret is that of a key that does not wait.
    case known(VerifiableKeyRow)
    /// The migration does not exist, or keys that it has brought do not wait.
    case noMigration
    /// No key waits with that hash, or the whole secret is that of a deleted one.
    case noSuchKey
    /// It waits.
    case waiting(VerifiableKeyRow)
}

extension WriteTransaction {
    /// Gives a key that waits for its migration the hash of its whole secret; from then on it is like any other.
    ///
    /// Nothing happens where it does not wait any more.
    ///
    /// - Parameters:
    ///   - name: The key.
    ///   - start: What is shown of the secret from now on.
    ///   - workspace: Of the key.
    /// - Throws: 500, when SQLite fails.
    public func convertPendingKey(
        _ name: PendingKeyName,
        start: String,
        in workspace: WorkspaceReference
    ) throws(Problem) {
        guard case .waiting(let key) = try pendingKey(name) else { return }
        try run(VerifiableKeyRow.convert, key.number.value, name.whole, start, stamp.time.value)
        try audit("key.migrate", key.id.text, in: workspace)
        note(.key(hash: name.whole))
    }
}
