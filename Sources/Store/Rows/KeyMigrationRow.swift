public import Domain
public import ProtocolWire
import SQLite

/// A source that keys are taken over from, as the database has it (`keys.md` §12).
public struct KeyMigrationRow: Sendable {
    /// Its place.
    public let number: RowNumber<KeyMigration>
    /// Its public name.
    public let id: KeyMigrationID
    /// The operator's label.
    public let name: String
    /// How the hashes that it brings were made.
    public let algorithm: KeyMigrationAlgorithm
    /// When it was made.
    public let createdAt: UnixMilliseconds
}

/// How the hashes of keys that are taken over were made from their secrets.
public enum KeyMigrationAlgorithm: String, Sendable {
    /// SHA-256 of the whole secret, as Latchkey's own.
    case sha256
    /// SHA-256 of the last of a secret's three parts, prefix, short and long token.
    case prefixedAPIKey = "github.com/seamapi/prefixed-api-key"
}

extension KeyMigrationRow {
    private static func decode(_ row: borrowing Columns) throws(SQLiteError) -> KeyMigrationRow {
        guard let algorithm = KeyMigrationAlgorithm(rawValue: row.text(3)) else {
            throw row.invalid(3, "the name of an algorithm")
        }
        return KeyMigrationRow(
            number: row.number(0),
            id: KeyMigrationID(row.text(1)),
            name: row.text(2),
            algorithm: algorithm,
            createdAt: row.milliseconds(4)
        )
    }

    static let byID = Query(
        """
        SELECT number, id, name, algorithm, created_at_ms FROM key_migrations
        WHERE id = ?1 AND workspace = ?2 AND deleted_at_ms IS NULL
        """,
        decode: decode
    )
    static let page = Query(
        """
        SELECT number, id, name, algorithm, created_at_ms FROM key_migrations
        WHERE workspace = ?1 AND id >= ?2 AND deleted_at_ms IS NULL ORDER BY id LIMIT ?3
        """,
        decode: decode
    )
    static let isTaken = Query("SELECT 1 FROM key_migrations WHERE id = ?1") { row in row.boolean(0) }
    static let insert = Command(
        "INSERT INTO key_migrations (id, workspace, name, algorithm, created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)"
    )
    static let delete = Command("UPDATE key_migrations SET deleted_at_ms = ?2 WHERE number = ?1")
}

extension ReadTransaction {
    /// The live key migration of that name in a workspace.
    public func keyMigration(
        _ id: KeyMigrationID,
        in workspace: WorkspaceReference
    ) throws(Problem) -> KeyMigrationRow? {
        try first(KeyMigrationRow.byID, id.text, workspace.number.value)
    }

    /// Live key migrations of a workspace by id, from `cursor` on.
    public func keyMigrations(
        in workspace: WorkspaceReference,
        from cursor: String,
        limit: Int
    ) throws(Problem) -> [KeyMigrationRow] {
        try all(KeyMigrationRow.page, workspace.number.value, cursor, limit)
    }
}

extension WriteTransaction {
    /// Makes a key migration.
    public func insertKeyMigration(
        named name: String,
        _ algorithm: KeyMigrationAlgorithm,
        in workspace: WorkspaceReference
    ) throws(Problem) -> KeyMigrationID {
        let id: KeyMigrationID = try unusedIdentifier(KeyMigrationRow.isTaken)
        try run(
            KeyMigrationRow.insert,
            id.text,
            workspace.number.value,
            name,
            algorithm.rawValue,
            stamp.time.value
        )
        try audit("migration.create", id.text, in: workspace)
        return id
    }

    /// Puts a tombstone on a key migration; the keys that it has brought stay.
    public func deleteKeyMigration(
        _ row: KeyMigrationRow,
        in workspace: WorkspaceReference
    ) throws(Problem) {
        try run(KeyMigrationRow.delete, row.number.value, stamp.time.value)
        try audit("migration.delete", row.id.text, in: workspace)
    }
}
