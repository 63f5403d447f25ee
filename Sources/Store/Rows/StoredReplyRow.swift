import Cryptography
public import Domain
public import ProtocolWire
import SQLite

/// The reply to a change, kept so that the same request gets it again.
struct StoredReplyRow: Sendable {
    let number: Int64
    let request: KeyHash
    let nonce: [UInt8]
    let sealed: [UInt8]
    let storedAt: UnixMilliseconds
}

extension StoredReplyRow {
    /// How long a reply is kept.
    static let lifetimeMilliseconds: Int64 = 24 * 60 * 60 * 1_000

    static let byName = Query(
        """
        SELECT number, request_hash, nonce, reply, stored_at_ms FROM idempotency_keys WHERE owner = ?1 AND key_hash = ?2
        """
    ) { row in
        StoredReplyRow(
            number: row.integer(0),
            request: row.hash(1),
            nonce: row.blob(2),
            sealed: row.blob(3),
            storedAt: row.milliseconds(4)
        )
    }
    static let insert = Command(
        """
        INSERT INTO idempotency_keys (owner, key_hash, request_hash, nonce, reply, stored_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        """
    )
    static let delete = Command("DELETE FROM idempotency_keys WHERE number = ?1")
    static let oldest = Query("SELECT stored_at_ms FROM idempotency_keys ORDER BY number LIMIT 1") { row in
        row.milliseconds(0)
    }
    /// Rows are numbered as they come, so the oldest are the first; a batch is small, so that nobody waits for it.
    static let purge = Command(
        """
        DELETE FROM idempotency_keys WHERE stored_at_ms <= ?1
            AND number IN (SELECT number FROM idempotency_keys ORDER BY number LIMIT ?2)
        """
    )
}

extension WriteTransaction {
    /// The reply that an earlier request of the same claim got.
    ///
    /// - Returns: `nil` for the first one, and after 24 hours.
    /// - Throws: 422 when the key was used for another request.
    public func storedReply(_ claim: IdempotencyClaim, at time: UnixMilliseconds) throws(Problem) -> [UInt8]? {
        guard let row = try first(StoredReplyRow.byName, claim.name.owner, claim.name.key) else { return nil }
        guard time < row.storedAt.adding(milliseconds: StoredReplyRow.lifetimeMilliseconds) else {
            try run(StoredReplyRow.delete, row.number)
            return nil
        }
        guard row.request == claim.request else {
            throw Problem(
                .idempotencyMismatch,
                "The idempotency key was used for another procedure or other parameters. Use a new key for a new request."
            )
        }
        guard let reply = claim.open(row.sealed, nonce: row.nonce) else {
            throw Problem(
                .idempotencyMismatch,
                "The reply to the first request cannot be opened any more. Look what it changed, and use a new key."
            )
        }
        return reply
    }

    /// Keeps the reply to a change, in the transaction of the change.
    ///
    /// Takes away more old ones than it adds, so that the table does not grow faster than it is purged.
    public func storeReply(
        _ reply: [UInt8],
        _ claim: IdempotencyClaim,
        at time: UnixMilliseconds
    ) throws(Problem) {
        try purgeReplies(at: time, most: 2)
        let nonce = random.bytes(ChaCha20Poly1305.nonceBytes)
        try run(
            StoredReplyRow.insert,
            claim.name.owner,
            claim.name.key,
            claim.request,
            nonce,
            claim.seal(reply, nonce: nonce),
            time.value
        )
    }

    /// Forgets some replies that are older than 24 hours.
    ///
    /// - Parameters:
    ///   - time: The present.
    ///   - most: Rows at a time.
    /// - Throws: 500, when SQLite fails.
    public func purgeReplies(at time: UnixMilliseconds, most: Int) throws(Problem) {
        let end = time.adding(milliseconds: -StoredReplyRow.lifetimeMilliseconds)
        guard let oldest = try first(StoredReplyRow.oldest), oldest <= end else { return }
        try run(StoredReplyRow.purge, end.value, most)
    }
}
