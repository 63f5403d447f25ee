import SQLite

extension Schema {
    /// Keys by their numbers, and what lists, restores and purges tombstones.
    ///
    /// A key's identifier follows from its number (`KeyNumbering`), so it needs no index of its own; `key_names` has the keys that
    /// got their identifiers in another way. A key with a `migration` waits for its first verification: its `hash` is of the last
    /// part of its secret, not of the whole.
    ///
    /// Each table has an index by owner over all its rows, with the tombstones behind the live ones in the order of their
    /// deletion: a page of either is one range of it. It is not partial, so that the check of a foreign key can use it, too,
    /// when the owner is purged. The index of tombstones alone finds those that are old enough. A key does not say in which
    /// workspace it is, its API does: the trigger writes that down for a key that is deleted, by whatever statement.
    ///
    /// When a key was last used stands in a table of its own: narrow and by number, so that many uses are few pages.
    ///
    /// Some numbers outlive their row: a key's is its identifier, audit rows have the workspace's, counts of rate limits may have a
    /// key's or an identity's. AUTOINCREMENT, for which tables are made anew, never gives out a number twice
    /// (https://www.sqlite.org/autoinc.html).
    static let keysByNumber = Migration(
        version: 3,
        "keys by their numbers, tombstones by their owners",
        """
        CREATE TABLE settings (
            name TEXT PRIMARY KEY,
            value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO settings (name, value) VALUES ('secret', randomblob(32));

        CREATE TABLE numbered_workspaces (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
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
        INSERT INTO numbered_workspaces SELECT number, id, name, is_enabled, operations_max_per_month,
            requests_max_per_minute, logs_retention_days, audit_retention_days, logdrains_max, created_at_ms, deleted_at_ms
        FROM workspaces;
        DROP TABLE workspaces;
        ALTER TABLE numbered_workspaces RENAME TO workspaces;
        CREATE INDEX workspaces_deleted ON workspaces (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;

        CREATE TABLE numbered_identities (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            workspace INTEGER NOT NULL REFERENCES workspaces (number),
            external_id TEXT NOT NULL,
            meta TEXT,
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER,
            deleted_at_ms INTEGER
        ) STRICT;
        INSERT INTO numbered_identities SELECT number, id, workspace, external_id, meta, created_at_ms, updated_at_ms,
            deleted_at_ms
        FROM identities;
        DROP TABLE identities;
        ALTER TABLE numbered_identities RENAME TO identities;
        CREATE UNIQUE INDEX identities_by_external_id ON identities (workspace, external_id) WHERE deleted_at_ms IS NULL;
        CREATE INDEX identities_by_workspace ON identities (workspace, deleted_at_ms, id);
        CREATE INDEX identities_deleted ON identities (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;

        CREATE TABLE key_names (
            id TEXT PRIMARY KEY,
            key INTEGER NOT NULL UNIQUE REFERENCES keys (number) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        INSERT INTO key_names (id, key) SELECT id, number FROM keys;

        CREATE TABLE numbered_keys (
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
            deleted_at_ms INTEGER,
            deleted_in INTEGER
        ) STRICT;
        INSERT INTO numbered_keys
        SELECT k.number, k.id, k.api, k.hash, k.start, k.name, k.meta, k.is_enabled, k.identity, k.migration, k.expires_at_ms,
            k.created_at_ms, k.updated_at_ms, k.deleted_at_ms,
            CASE WHEN k.deleted_at_ms IS NOT NULL THEN a.workspace END
        FROM keys AS k JOIN apis AS a ON a.number = k.api;
        DROP TABLE keys;
        ALTER TABLE numbered_keys RENAME TO keys;
        CREATE INDEX keys_by_api ON keys (api, deleted_at_ms, id);
        CREATE INDEX keys_by_identity ON keys (identity, api, deleted_at_ms, id) WHERE identity IS NOT NULL;
        CREATE INDEX keys_by_migration ON keys (migration) WHERE migration IS NOT NULL;
        CREATE INDEX keys_deleted ON keys (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;
        CREATE INDEX keys_in_trash ON keys (deleted_in, deleted_at_ms, id) WHERE deleted_in IS NOT NULL;
        CREATE TRIGGER keys_deleted_in AFTER UPDATE OF deleted_at_ms ON keys WHEN NEW.deleted_at_ms IS NOT NULL BEGIN
            UPDATE keys SET deleted_in = (SELECT workspace FROM apis WHERE number = NEW.api) WHERE number = NEW.number;
        END;

        CREATE TABLE key_uses (
            key INTEGER PRIMARY KEY REFERENCES keys (number) ON DELETE CASCADE,
            at_ms INTEGER NOT NULL
        ) STRICT;
        ALTER TABLE credits ADD COLUMN refill_due_at_ms INTEGER;
        CREATE INDEX credits_due ON credits (refill_due_at_ms) WHERE refill_due_at_ms IS NOT NULL;

        DROP INDEX root_keys_by_workspace;
        CREATE INDEX root_keys_by_workspace ON root_keys (workspace, deleted_at_ms, id);
        CREATE INDEX root_keys_deleted ON root_keys (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;
        CREATE INDEX apis_by_workspace ON apis (workspace, deleted_at_ms, id);
        DROP INDEX permissions_by_workspace;
        CREATE INDEX permissions_by_workspace ON permissions (workspace, deleted_at_ms, id);
        DROP INDEX roles_by_workspace;
        CREATE INDEX roles_by_workspace ON roles (workspace, deleted_at_ms, id);
        DROP INDEX key_migrations_by_workspace;
        CREATE INDEX key_migrations_by_workspace ON key_migrations (workspace, deleted_at_ms, id);
        CREATE INDEX key_migrations_deleted ON key_migrations (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;
        CREATE INDEX sealed_secrets_by_secret ON sealed_secrets (secret_id);

        CREATE VIEW live_keys AS
        SELECT k.number, k.id, k.api, a.id AS api_id, a.keyspace_id, a.allows_recovery, a.ip_allow_list, a.workspace, k.hash, k.start, k.name,
            k.meta, k.is_enabled, k.expires_at_ms, k.created_at_ms, k.updated_at_ms, u.at_ms AS last_used_at_ms, k.migration,
            k.identity AS linked_identity, i.number AS identity, i.id AS identity_id, i.external_id, i.meta AS identity_meta,
            c.remaining, c.refill_interval, c.refill_day, c.refill_amount
        FROM keys AS k
            JOIN apis AS a ON a.number = k.api
            LEFT JOIN identities AS i ON i.number = k.identity AND i.deleted_at_ms IS NULL
            LEFT JOIN credits AS c ON c.key = k.number
            LEFT JOIN key_uses AS u ON u.key = k.number
        WHERE k.deleted_at_ms IS NULL AND a.deleted_at_ms IS NULL;
        """
    )
}
