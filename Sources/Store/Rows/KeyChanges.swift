public import Domain
public import ProtocolWire
import SQLite

/// What is stored of a new key.
public struct NewKey: Sendable {
    /// The API it belongs to.
    public var api: RowNumber<API>
    /// What the secret is looked up by.
    public var hash: KeyHash
    /// What is shown of the secret: prefix and first characters.
    public var start: String
    /// Label.
    public var name: String?
    /// The caller's own JSON object, without white space; `nil` when there is none.
    public var meta: String?
    /// Whether it verifies.
    public var isEnabled: Bool
    /// When it stops.
    public var expires: UnixMilliseconds?
    /// The identity it is linked to.
    public var identity: RowNumber<Identity>?
    /// The migration whose hash it has, until its first verification.
    public var migration: RowNumber<KeyMigration>?
    /// What it may spend; `nil` = without limit.
    public var credits: Credits?

    /// A key that is about to be stored.
    public init(
        api: RowNumber<API>,
        hash: KeyHash,
        start: String,
        name: String?,
        meta: String?,
        isEnabled: Bool,
        expires: UnixMilliseconds?,
        identity: RowNumber<Identity>? = nil,
        migration: RowNumber<KeyMigration>? = nil,
        credits: Credits? = nil
    ) {
        self.api = api
        self.hash = hash
        self.start = start
        self.name = name
        self.meta = meta
        self.isEnabled = isEnabled
        self.expires = expires
        self.identity = identity
        self.migration = migration
        self.credits = credits
    }
}

/// A key that changes: its place, its name, and what hot state knows it by.
public struct KeyReference: Sendable {
    /// Its place.
    public let number: RowNumber<Key>
    /// Its public name.
    public let id: KeyID
    /// What the secret is looked up by.
    public let hash: KeyHash
}

extension KeyRow {
    /// The key, for those who change it.
    public var reference: KeyReference { KeyReference(number: number, id: id, hash: hash) }

    static let insert = Command(
        """
        INSERT INTO keys (number, id, api, hash, start, name, meta, is_enabled, expires_at_ms, identity, migration, created_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        """
    )
    static let update = Command(
        """
        UPDATE keys SET name = ?2, meta = ?3, is_enabled = ?4, expires_at_ms = ?5, identity = ?6, updated_at_ms = ?7
        WHERE number = ?1
        """
    )
    static let touch = Command("UPDATE keys SET updated_at_ms = ?2 WHERE number = ?1")
    static let delete = Command("UPDATE keys SET deleted_at_ms = ?2 WHERE number = ?1")
    static let erase = Command("DELETE FROM keys WHERE number = ?1")
    /// A key that was erased meanwhile has no use any more.
    static let use = Command(
        """
        INSERT INTO key_uses (key, at_ms) SELECT number, ?2 FROM keys WHERE number = ?1
        ON CONFLICT (key) DO UPDATE SET at_ms = max(at_ms, ?2)
        """
    )
}

extension WriteTransaction {
    /// Stores a new key.
    ///
    /// - Parameters:
    ///   - key: What it is to be.
    ///   - workspace: Of its API.
    ///   - event: What the audit row says of it.
    ///   - original: The key that it replaces, for the audit row.
    /// - Returns: The key.
    /// - Throws: 500, when SQLite fails.
    public func insertKey(
        _ key: NewKey,
        in workspace: WorkspaceReference,
        event: StaticString = "key.create",
        replacing original: KeyReference? = nil
    ) throws(Problem) -> KeyReference {
        let number = try nextKeyNumber()
        let reference = KeyReference(number: number, id: try secret.keyNumbering.identifier(of: number), hash: key.hash)
        try run(
            KeyRow.insert,
            number.value,
            reference.id.text,
            key.api.value,
            key.hash,
            key.start,
            key.name,
            key.meta,
            key.isEnabled,
            key.expires?.value,
            key.identity?.value,
            key.migration?.value,
            stamp.time.value
        )
        if let credits = key.credits { try storeCredits(credits, of: number, before: nil) }
        if let original {
            try audit(event, original.id.text, reference.id.text, in: workspace)
        } else {
            try audit(event, reference.id.text, in: workspace)
        }
        note(.key(hash: key.hash))
        return reference
    }

    /// Stores name, meta, switch, expiry and identity of a key.
    public func updateKey(_ row: KeyRow) throws(Problem) {
        try run(
            KeyRow.update,
            row.number.value,
            row.name,
            row.meta,
            row.isEnabled,
            row.expires?.value,
            row.linkedIdentity?.value,
            stamp.time.value
        )
    }

    /// Notes that something of a key has changed: when, who, and for the next verification.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - workspace: Of its API.
    ///   - event: For the audit row; `nil` where the change has rows of its own.
    /// - Throws: 500, when SQLite fails.
    public func noteChange(
        of key: KeyReference,
        in workspace: WorkspaceReference,
        event: StaticString? = "key.update"
    ) throws(Problem) {
        try run(KeyRow.touch, key.number.value, stamp.time.value)
        if let event { try audit(event, key.id.text, in: workspace) }
        note(.key(hash: key.hash))
    }

    /// Makes the credits of a key what they are to be.
    ///
    /// - Returns: Whether anything has changed.
    /// - Throws: 500, when SQLite fails.
    public func updateCredits(_ credits: Credits?, of key: KeyRow) throws(Problem) -> Bool {
        guard credits != key.credits else { return false }
        try storeCredits(credits, of: key.number, before: key.credits)
        return true
    }

    /// Puts a tombstone on a key.
    ///
    /// Its hash stays taken and its links stay with it, so that it can be brought back whole.
    public func deleteKey(_ key: KeyReference, in workspace: WorkspaceReference) throws(Problem) {
        try run(KeyRow.delete, key.number.value, stamp.time.value)
        try audit("key.delete", key.id.text, in: workspace)
        note(.key(hash: key.hash))
    }

    /// Removes a key with its links, limits, credits and sealed secret; its hash is free again.
    public func eraseKey(_ key: KeyReference, in workspace: WorkspaceReference) throws(Problem) {
        try run(KeyRow.erase, key.number.value)
        try audit("key.delete", key.id.text, in: workspace)
        note(.key(hash: key.hash))
    }

    /// Stores when keys were last verified; the reactor knows it first and hands it over now and then.
    public func recordUse(ofKeys keys: [(RowNumber<Key>, UnixMilliseconds)]) throws(Problem) {
        for (number, time) in keys { try run(KeyRow.use, number.value, time.value) }
    }
}
