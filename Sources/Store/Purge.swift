public import Domain
public import ProtocolWire
import SQLite

/// How the rows of one table go when their time is over.
struct PurgedTable: Sendable {
    /// Tombstones, the oldest first: ?1 the last deletion that cannot be taken back, ?2 rows; `nil` where they stay.
    var expired: Query<Int64>?
    /// Rows of one owner, whether they have a tombstone or not: ?1 the owner's number, ?2 rows.
    var owned: Query<Int64>?
    /// The tables whose rows belong to a row of this one, in the order of their going.
    var contents: [PurgedTable] = []
    /// What points to a row from elsewhere or from it, and can be many rows: ?1 its number, ?2 rows.
    var links: [Command] = []
    /// The row, and at most two that go with it by themselves: ?1 its number.
    let row: Command
    /// What hot state learns of it, where it knows of rows with a tombstone.
    var change: (@Sendable (Int64) -> Change)?
}

extension PurgedTable {
    private static func numbers(_ sql: StaticString) -> Query<Int64> { Query(sql) { row in row.integer(0) } }

    /// Credits and the sealed secret go with a key.
    static let keys = PurgedTable(
        expired: numbers("SELECT number FROM keys WHERE deleted_at_ms <= ?1 ORDER BY deleted_at_ms LIMIT ?2"),
        owned: numbers("SELECT number FROM keys WHERE api = ?1 LIMIT ?2"),
        links: [
            Command(
                """
                DELETE FROM key_permissions
                WHERE key = ?1 AND permission IN (SELECT permission FROM key_permissions WHERE key = ?1 LIMIT ?2)
                """
            ),
            Command(
                "DELETE FROM key_roles WHERE key = ?1 AND role IN (SELECT role FROM key_roles WHERE key = ?1 LIMIT ?2)"
            ),
            Command(
                "DELETE FROM ratelimits WHERE number IN (SELECT number FROM ratelimits WHERE key = ?1 LIMIT ?2)"
            ),
        ],
        row: Command("DELETE FROM keys WHERE number = ?1")
    )

    static let apis = PurgedTable(
        expired: numbers("SELECT number FROM apis WHERE deleted_at_ms <= ?1 ORDER BY deleted_at_ms LIMIT ?2"),
        owned: numbers("SELECT number FROM apis WHERE workspace = ?1 LIMIT ?2"),
        contents: [keys],
        row: Command("DELETE FROM apis WHERE number = ?1")
    )

    /// Its keys stay, and have no identity any more.
    static let identities = PurgedTable(
        expired: numbers("SELECT number FROM identities WHERE deleted_at_ms <= ?1 ORDER BY deleted_at_ms LIMIT ?2"),
        owned: numbers("SELECT number FROM identities WHERE workspace = ?1 LIMIT ?2"),
        links: [
            Command(
                "UPDATE keys SET identity = NULL WHERE number IN (SELECT number FROM keys WHERE identity = ?1 LIMIT ?2)"
            ),
            Command(
                "DELETE FROM ratelimits WHERE number IN (SELECT number FROM ratelimits WHERE identity = ?1 LIMIT ?2)"
            ),
        ],
        row: Command("DELETE FROM identities WHERE number = ?1")
    )

    static let roles = PurgedTable(
        expired: numbers("SELECT number FROM roles WHERE deleted_at_ms <= ?1 ORDER BY deleted_at_ms LIMIT ?2"),
        owned: numbers("SELECT number FROM roles WHERE workspace = ?1 LIMIT ?2"),
        links: [
            Command(
                "DELETE FROM key_roles WHERE role = ?1 AND key IN (SELECT key FROM key_roles WHERE role = ?1 LIMIT ?2)"
            ),
            Command(
                """
                DELETE FROM role_permissions
                WHERE role = ?1 AND permission IN (SELECT permission FROM role_permissions WHERE role = ?1 LIMIT ?2)
                """
            ),
        ],
        row: Command("DELETE FROM roles WHERE number = ?1")
    )

    static let permissions = PurgedTable(
        expired: numbers("SELECT number FROM permissions WHERE deleted_at_ms <= ?1 ORDER BY deleted_at_ms LIMIT ?2"),
        owned: numbers("SELECT number FROM permissions WHERE workspace = ?1 LIMIT ?2"),
        links: [
            Command(
                """
                DELETE FROM key_permissions
                WHERE permission = ?1 AND key IN (SELECT key FROM key_permissions WHERE permission = ?1 LIMIT ?2)
                """
            ),
            Command(
                """
                DELETE FROM role_permissions
                WHERE permission = ?1 AND role IN (SELECT role FROM role_permissions WHERE permission = ?1 LIMIT ?2)
                """
            ),
        ],
        row: Command("DELETE FROM permissions WHERE number = ?1")
    )

    /// The row stays as long as a key waits for its migration.
    ///
    /// Such a key must not lose it: its hash, which may be of a part of the secret only, would then be taken for one of the
    /// whole.
    static let keyMigrations = PurgedTable(
        expired: numbers("SELECT number FROM key_migrations WHERE deleted_at_ms <= ?1 ORDER BY deleted_at_ms LIMIT ?2"),
        owned: numbers("SELECT number FROM key_migrations WHERE workspace = ?1 LIMIT ?2"),
        row: Command(
            "DELETE FROM key_migrations WHERE number = ?1 AND NOT EXISTS (SELECT 1 FROM keys WHERE migration = ?1)"
        )
    )

    static let rootKeys = PurgedTable(
        expired: numbers("SELECT number FROM root_keys WHERE deleted_at_ms <= ?1 ORDER BY deleted_at_ms LIMIT ?2"),
        owned: numbers("SELECT number FROM root_keys WHERE workspace = ?1 LIMIT ?2"),
        row: Command("DELETE FROM root_keys WHERE number = ?1")
    )

    static let overrides = PurgedTable(
        expired: numbers(
            "SELECT number FROM ratelimit_overrides WHERE deleted_at_ms <= ?1 ORDER BY deleted_at_ms LIMIT ?2"
        ),
        owned: numbers("SELECT number FROM ratelimit_overrides WHERE namespace = ?1 LIMIT ?2"),
        row: Command("DELETE FROM ratelimit_overrides WHERE number = ?1")
    )

    /// Its tombstone stays, and with it its name taken, as long as the workspace.
    static let namespaces = PurgedTable(
        owned: numbers("SELECT number FROM ratelimit_namespaces WHERE workspace = ?1 LIMIT ?2"),
        contents: [overrides],
        row: Command("DELETE FROM ratelimit_namespaces WHERE number = ?1")
    )

    /// What was in it has no tombstone of its own, and goes first; audit rows stay.
    ///
    /// Hot state knows it as deleted, and its root keys as a deleted workspace's.
    static let workspaces = PurgedTable(
        expired: numbers("SELECT number FROM workspaces WHERE deleted_at_ms <= ?1 ORDER BY deleted_at_ms LIMIT ?2"),
        contents: [apis, identities, roles, permissions, keyMigrations, namespaces, rootKeys],
        row: Command("DELETE FROM workspaces WHERE number = ?1"),
        change: { .workspace(RowNumber($0)) }
    )

    /// Tables with tombstones, what refers to others before what it refers to.
    static let all = [keys, apis, identities, roles, permissions, keyMigrations, overrides, rootKeys, workspaces]
}

extension WriteTransaction {
    /// Forgets some of what has been kept long enough: replies after 24 hours, deleted things after 48, audit rows after the days
    /// of their workspace.
    ///
    /// - Parameters:
    ///   - time: The present.
    ///   - most: Rows at a time, of replies and of tombstones, and eight times as many of the audit log; so that nobody waits for it.
    /// - Throws: 500, when SQLite fails.
    public func purge(at time: UnixMilliseconds, most: Int) throws(Problem) {
        try purgeReplies(at: time, most: most)
        try purgeTombstones(at: time, most: most)
        // To look at a row costs little next to deleting what hangs on a tombstone, and the log is the longest table.
        try purgeAuditRows(at: time, most: 8 * most)
    }

    /// Erases some of what was deleted 48 hours ago or earlier, with all that belongs to it.
    ///
    /// What is left over goes the next time. A thing that is done with in part cannot be restored any more than a whole one.
    func purgeTombstones(at time: UnixMilliseconds, most: Int) throws(Problem) {
        var left = most
        for table in PurgedTable.all {
            guard let expired = table.expired else { continue }
            for number in try all(expired, Tombstone.end(at: time).value, left) {
                guard try purge(number, of: table, &left) else { return }
                if let change = table.change { note(change(number)) }
            }
        }
    }

    /// Erases a row after all that belongs to it.
    ///
    /// - Parameters:
    ///   - number: The row.
    ///   - table: Its table.
    ///   - left: Rows that may still go this time.
    /// - Returns: Whether it is done; else no more may go this time.
    /// - Throws: 500, when SQLite fails.
    private func purge(_ number: Int64, of table: PurgedTable, _ left: inout Int) throws(Problem) -> Bool {
        for content in table.contents {
            guard let owned = content.owned else { continue }
            for row in try all(owned, number, left) {
                guard try purge(row, of: content, &left) else { return false }
            }
        }
        for command in table.links {
            guard left > 0 else { return false }
            try run(command, number, left)
            left -= connection.changes
        }
        guard left > 0 else { return false }
        try run(table.row, number)
        left -= connection.changes
        return true
    }
}
