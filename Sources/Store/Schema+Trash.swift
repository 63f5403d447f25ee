extension Schema {
    /// The part of the second step that lists, restores and purges tombstones.
    ///
    /// Each table has an index by owner over all its rows, with the tombstones behind the live ones in the order of their
    /// deletion: a page of either is one range of it. It is not partial, so that the check of a foreign key can use it, too,
    /// when the owner is purged. The index of tombstones alone finds those that are old enough.
    ///
    /// A key does not say in which workspace it is, its API does. The trigger writes that down for a key that is deleted, by
    /// whatever statement, so that only those have it.
    ///
    /// Some numbers outlive their row: audit rows have the workspace's, counts of rate limits may have a key's or an
    /// identity's. AUTOINCREMENT, for which tables are made anew, never gives out a number twice
    /// (https://www.sqlite.org/autoinc.html).
    static let trash = """

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

        DROP INDEX root_keys_by_workspace;
        CREATE INDEX root_keys_by_workspace ON root_keys (workspace, deleted_at_ms, id);
        CREATE INDEX root_keys_deleted ON root_keys (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;

        CREATE INDEX apis_by_workspace ON apis (workspace, deleted_at_ms, id);
        CREATE INDEX apis_deleted ON apis (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;

        CREATE TABLE numbered_keys (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
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
            deleted_at_ms INTEGER,
            deleted_in INTEGER,
            identity INTEGER REFERENCES identities (number),
            last_used_at_ms INTEGER,
            migration INTEGER REFERENCES key_migrations (number)
        ) STRICT;
        INSERT INTO numbered_keys (number, id, api, hash, start, name, meta, is_enabled, expires_at_ms, created_at_ms,
            updated_at_ms, deleted_at_ms)
        SELECT number, id, api, hash, start, name, meta, is_enabled, expires_at_ms, created_at_ms, updated_at_ms, deleted_at_ms
        FROM keys;
        DROP TABLE keys;
        ALTER TABLE numbered_keys RENAME TO keys;
        CREATE INDEX keys_by_identity ON keys (identity, id) WHERE identity IS NOT NULL;
        CREATE INDEX keys_by_migration ON keys (migration) WHERE migration IS NOT NULL;
        CREATE INDEX keys_by_api ON keys (api, deleted_at_ms, id);
        CREATE INDEX keys_deleted ON keys (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;
        CREATE INDEX keys_in_trash ON keys (deleted_in, deleted_at_ms, id) WHERE deleted_in IS NOT NULL;
        CREATE TRIGGER keys_deleted_in AFTER UPDATE OF deleted_at_ms ON keys WHEN NEW.deleted_at_ms IS NOT NULL BEGIN
            UPDATE keys SET deleted_in = (SELECT workspace FROM apis WHERE number = NEW.api) WHERE number = NEW.number;
        END;
        """
}
