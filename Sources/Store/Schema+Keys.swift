import SQLite

extension Schema {
    /// Keys by their numbers.
    ///
    /// A key's identifier follows from its number (`KeyNumbering`), so it needs no index of its own; AUTOINCREMENT sees to it that no
    /// number, and so no identifier, is ever used again (https://www.sqlite.org/autoinc.html). `key_names` has the keys that got
    /// their identifiers in another way. A key with a `migration` waits for its first verification: its `hash` is of the last part
    /// of its secret, not of the whole.
    static let keysByNumber = Migration(
        version: 3,
        "keys by their numbers, lists of keys, what is due for credits",
        """
        CREATE TABLE settings (
            name TEXT PRIMARY KEY,
            value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO settings (name, value) VALUES ('secret', randomblob(32));

        CREATE TABLE key_names (
            id TEXT PRIMARY KEY,
            key INTEGER NOT NULL REFERENCES keys (number) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX key_names_by_key ON key_names (key);
        INSERT INTO key_names (id, key) SELECT id, number FROM keys;

        CREATE TABLE renewed_keys (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL,
            api INTEGER NOT NULL REFERENCES apis (number),
            hash BLOB NOT NULL UNIQUE,
            start TEXT NOT NULL,
            name TEXT,
            meta TEXT,
            is_enabled INTEGER NOT NULL DEFAULT 1,
            identity INTEGER REFERENCES identities (number),
            migration INTEGER REFERENCES key_migrations (number),
            expires_at_ms INTEGER,
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER,
            last_used_at_ms INTEGER,
            deleted_at_ms INTEGER
        ) STRICT;
        INSERT INTO renewed_keys
        SELECT number, id, api, hash, start, name, meta, is_enabled, identity, migration, expires_at_ms, created_at_ms,
            updated_at_ms, last_used_at_ms, deleted_at_ms
        FROM keys;
        DROP TABLE keys;
        ALTER TABLE renewed_keys RENAME TO keys;
        CREATE INDEX keys_by_api ON keys (api, id) WHERE deleted_at_ms IS NULL;
        CREATE INDEX keys_by_identity ON keys (identity, api, id) WHERE identity IS NOT NULL;
        CREATE INDEX keys_by_migration ON keys (migration) WHERE migration IS NOT NULL;
        CREATE INDEX keys_deleted ON keys (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;

        CREATE VIEW live_keys AS
        SELECT k.number, k.id, k.api, a.id AS api_id, a.keyspace_id, a.allows_recovery, a.workspace, k.hash, k.start, k.name,
            k.meta, k.is_enabled, k.expires_at_ms, k.created_at_ms, k.updated_at_ms, k.last_used_at_ms, k.migration,
            k.identity AS linked_identity, i.number AS identity, i.id AS identity_id, i.external_id, i.meta AS identity_meta,
            c.remaining, c.refill_interval, c.refill_day, c.refill_amount
        FROM keys AS k
            JOIN apis AS a ON a.number = k.api
            LEFT JOIN identities AS i ON i.number = k.identity AND i.deleted_at_ms IS NULL
            LEFT JOIN credits AS c ON c.key = k.number
        WHERE k.deleted_at_ms IS NULL AND a.deleted_at_ms IS NULL;

        CREATE INDEX sealed_secrets_by_secret ON sealed_secrets (secret_id);
        """
    )
}
