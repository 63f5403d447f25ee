public import SQLite

/// The database's schema, as the list of steps that made it.
///
/// Append only: a step that has shipped is never edited.
public enum Schema {
    /// Marks the file as Latchkey's (`PRAGMA application_id`): "ltch".
    public static let applicationID: Int32 = 0x6C74_6368

    /// The steps, in order.
    public static let migrations: [Migration] = [foundation, accessModel, keysByNumber, hotPath]

    /// Tables are STRICT.
    ///
    /// `number` is SQLite's rowid, what other tables refer to; `id` is the public name. Times end in `_ms`. A row with
    /// `deleted_at_ms` is a tombstone.
    private static let foundation = Migration(
        version: 1,
        "workspaces, root keys, APIs, keys, audit",
        """
        CREATE TABLE workspaces (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            is_enabled INTEGER NOT NULL DEFAULT 1,
            operations_max_per_month INTEGER,
            requests_max_per_minute INTEGER,
            logs_retention_days INTEGER DEFAULT 365,
            audit_retention_days INTEGER DEFAULT 90,
            logdrains_max INTEGER DEFAULT 0,
            created_at_ms INTEGER NOT NULL,
            deleted_at_ms INTEGER
        ) STRICT;

        CREATE TABLE root_keys (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            workspace INTEGER NOT NULL REFERENCES workspaces (number),
            hash BLOB NOT NULL UNIQUE,
            name TEXT,
            first_characters TEXT NOT NULL,
            last_characters TEXT NOT NULL,
            is_enabled INTEGER NOT NULL DEFAULT 1,
            permissions TEXT NOT NULL,
            expires_at_ms INTEGER,
            created_at_ms INTEGER NOT NULL,
            last_used_at_ms INTEGER NOT NULL DEFAULT 0,
            deleted_at_ms INTEGER
        ) STRICT;
        CREATE INDEX root_keys_by_workspace ON root_keys (workspace, id) WHERE deleted_at_ms IS NULL;

        CREATE TABLE apis (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            workspace INTEGER NOT NULL REFERENCES workspaces (number),
            name TEXT NOT NULL,
            keyspace_id TEXT NOT NULL UNIQUE,
            is_protected INTEGER NOT NULL DEFAULT 0,
            ip_allow_list TEXT,
            default_prefix TEXT,
            default_byte_length INTEGER,
            allows_recovery INTEGER NOT NULL DEFAULT 0,
            created_at_ms INTEGER NOT NULL,
            deleted_at_ms INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX apis_by_name ON apis (workspace, name) WHERE deleted_at_ms IS NULL;

        CREATE TABLE keys (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            api INTEGER NOT NULL REFERENCES apis (number),
            hash BLOB NOT NULL UNIQUE,
            start TEXT NOT NULL,
            name TEXT,
            meta TEXT,
            is_enabled INTEGER NOT NULL DEFAULT 1,
            expires_at_ms INTEGER,
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER,
            deleted_at_ms INTEGER
        ) STRICT;

        CREATE TABLE audit_log (
            number INTEGER PRIMARY KEY,
            workspace INTEGER NOT NULL,
            at_ms INTEGER NOT NULL,
            event TEXT NOT NULL,
            actor TEXT NOT NULL,
            subject TEXT NOT NULL,
            request_id TEXT NOT NULL
        ) STRICT;
        """
    )
}
