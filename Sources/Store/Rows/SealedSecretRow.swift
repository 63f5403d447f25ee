public import Domain
public import ProtocolWire
import SQLite

extension SealedSecret {
    static let ofKey = Query("SELECT secret_id, nonce, sealed FROM sealed_secrets WHERE key = ?1") { row in
        SealedSecret(secretName: row.blob(0), nonce: row.blob(1), sealed: row.blob(2))
    }
    static let exists = Query("SELECT 1 FROM sealed_secrets WHERE key = ?1") { row in row.boolean(0) }
    static let under = Query(
        """
        SELECT s.key, k.id, s.secret_id, s.nonce, s.sealed
        FROM sealed_secrets AS s JOIN keys AS k ON k.number = s.key WHERE s.secret_id = ?1 LIMIT ?2
        """
    ) { row in
        (
            key: row.number(0) as RowNumber<Key>, id: KeyID(row.text(1)),
            copy: SealedSecret(secretName: row.blob(2), nonce: row.blob(3), sealed: row.blob(4))
        )
    }
    /// The name of a secret that copies are sealed under, next behind another; the least text is before all.
    static let nextName = Query(
        "SELECT secret_id FROM sealed_secrets WHERE secret_id > ?1 ORDER BY secret_id LIMIT 1"
    ) { row in row.blob(0) }
    static let store = Command(
        "INSERT OR REPLACE INTO sealed_secrets (key, secret_id, nonce, sealed) VALUES (?1, ?2, ?3, ?4)"
    )
    static let delete = Command("DELETE FROM sealed_secrets WHERE key = ?1")
}

extension ReadTransaction {
    /// Whether there are copies that none of the secrets at hand opens.
    ///
    /// One look-up for each secret that copies are sealed under, of which there are few.
    public func hasCopiesOfUnknownSecrets() throws(Problem) -> Bool {
        var last: [UInt8] = []
        while let name = try first(SealedSecret.nextName, last) {
            guard let recovery, recovery.knows(name) else { return true }
            last = name
        }
        return false
    }

    /// Whether there is a sealed copy of a key's secret.
    public func isRecoverable(_ key: RowNumber<Key>) throws(Problem) -> Bool {
        try first(SealedSecret.exists, key.value) != nil
    }

    /// The secret of a recoverable key.
    ///
    /// - Returns: `nil` where there is no copy, or none that opens.
    /// - Throws: 500, when SQLite fails.
    public func recoveredSecret(of key: KeyReference) throws(Problem) -> String? {
        guard let recovery, let copy = try first(SealedSecret.ofKey, key.number.value) else { return nil }
        return recovery.open(copy, of: key.id)
    }
}

extension WriteTransaction {
    /// Keeps a sealed copy of a key's secret.
    ///
    /// - Throws: 500, when there is no recovery secret: whoever calls has looked.
    public func storeSealed(_ text: String, of key: KeyReference) throws(Problem) {
        guard let recovery else { throw .internalFailure }
        try store(recovery.seal(text, of: key.id, using: &random), of: key.number)
    }

    /// Seals some copies anew that were sealed under the secret before the present one.
    ///
    /// - Parameter most: Copies at a time.
    /// - Returns: How many there were; 0 when all is done.
    /// - Throws: 500, when SQLite fails.
    public func renewSealedSecrets(most: Int) throws(Problem) -> Int {
        guard let recovery, let name = recovery.previousName else { return 0 }
        let rows = try all(SealedSecret.under, name, most)
        for row in rows {
            if let text = recovery.open(row.copy, of: row.id) {
                try store(recovery.seal(text, of: row.id, using: &random), of: row.key)
            } else {
                // Damaged: no secret will ever open it, and it would be met again and again.
                try run(SealedSecret.delete, row.key.value)
            }
        }
        return rows.count
    }

    private func store(_ copy: SealedSecret, of key: RowNumber<Key>) throws(Problem) {
        try run(SealedSecret.store, key.value, copy.secretName, copy.nonce, copy.sealed)
    }
}
