import SQLite

extension Schema {
    /// What keys are about: identities, permissions, roles, limits, credits, recovery, key migrations, idempotency keys.
    ///
    /// Slugs and role names are unique without regard to ASCII case, which is what NOCASE folds
    /// (https://www.sqlite.org/datatype3.html#collating_sequences). A role's name may have any character, and NOCASE compares
    /// nothing behind a NUL: `folded_name` is the name's UTF-8 with its ASCII letters made small. Links of a thing with a tombstone stay until it is purged, so
    /// that it can be restored whole; every query through a link looks at the tombstone.
    static let accessModel = Migration(
        version: 2,
        "identities, permissions, roles, limits, credits, recovery, key migrations, idempotency keys",
        """
        CREATE TABLE identities (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            workspace INTEGER NOT NULL REFERENCES workspaces (number),
            external_id TEXT NOT NULL,
            meta TEXT,
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER,
            deleted_at_ms INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX identities_by_external_id ON identities (workspace, external_id) WHERE deleted_at_ms IS NULL;
        CREATE INDEX identities_by_workspace ON identities (workspace, id) WHERE deleted_at_ms IS NULL;
        CREATE INDEX identities_deleted ON identities (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;

        CREATE TABLE permissions (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            workspace INTEGER NOT NULL REFERENCES workspaces (number),
            slug TEXT NOT NULL COLLATE NOCASE,
            name TEXT NOT NULL,
            description TEXT,
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER,
            deleted_at_ms INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX permissions_by_slug ON permissions (workspace, slug) WHERE deleted_at_ms IS NULL;
        CREATE INDEX permissions_by_workspace ON permissions (workspace, id) WHERE deleted_at_ms IS NULL;
        CREATE INDEX permissions_deleted ON permissions (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;

        CREATE TABLE roles (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            workspace INTEGER NOT NULL REFERENCES workspaces (number),
            name TEXT NOT NULL,
            folded_name BLOB NOT NULL,
            description TEXT,
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER,
            deleted_at_ms INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX roles_by_name ON roles (workspace, folded_name) WHERE deleted_at_ms IS NULL;
        CREATE INDEX roles_by_workspace ON roles (workspace, id) WHERE deleted_at_ms IS NULL;
        CREATE INDEX roles_deleted ON roles (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;

        CREATE TABLE role_permissions (
            role INTEGER NOT NULL REFERENCES roles (number) ON DELETE CASCADE,
            permission INTEGER NOT NULL REFERENCES permissions (number) ON DELETE CASCADE,
            PRIMARY KEY (role, permission)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX role_permissions_by_permission ON role_permissions (permission);

        CREATE TABLE key_migrations (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            workspace INTEGER NOT NULL REFERENCES workspaces (number),
            name TEXT NOT NULL,
            algorithm TEXT NOT NULL,
            created_at_ms INTEGER NOT NULL,
            deleted_at_ms INTEGER
        ) STRICT;
        CREATE INDEX key_migrations_by_workspace ON key_migrations (workspace, id) WHERE deleted_at_ms IS NULL;

        ALTER TABLE keys ADD COLUMN identity INTEGER REFERENCES identities (number);
        ALTER TABLE keys ADD COLUMN last_used_at_ms INTEGER;
        ALTER TABLE keys ADD COLUMN migration INTEGER REFERENCES key_migrations (number);
        CREATE INDEX keys_by_identity ON keys (identity, id) WHERE identity IS NOT NULL;
        CREATE INDEX keys_deleted ON keys (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;
        CREATE INDEX keys_by_migration ON keys (migration) WHERE migration IS NOT NULL;
        CREATE INDEX apis_deleted ON apis (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;

        CREATE TABLE key_permissions (
            key INTEGER NOT NULL REFERENCES keys (number) ON DELETE CASCADE,
            permission INTEGER NOT NULL REFERENCES permissions (number) ON DELETE CASCADE,
            PRIMARY KEY (key, permission)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX key_permissions_by_permission ON key_permissions (permission);

        CREATE TABLE key_roles (
            key INTEGER NOT NULL REFERENCES keys (number) ON DELETE CASCADE,
            role INTEGER NOT NULL REFERENCES roles (number) ON DELETE CASCADE,
            PRIMARY KEY (key, role)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX key_roles_by_role ON key_roles (role);

        CREATE TABLE ratelimits (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            key INTEGER REFERENCES keys (number) ON DELETE CASCADE,
            identity INTEGER REFERENCES identities (number) ON DELETE CASCADE,
            name TEXT NOT NULL,
            limit_max INTEGER NOT NULL,
            duration_ms INTEGER NOT NULL,
            is_automatic INTEGER NOT NULL,
            CHECK ((key IS NULL) <> (identity IS NULL))
        ) STRICT;
        CREATE UNIQUE INDEX ratelimits_by_key ON ratelimits (key, name) WHERE key IS NOT NULL;
        CREATE UNIQUE INDEX ratelimits_by_identity ON ratelimits (identity, name) WHERE identity IS NOT NULL;

        CREATE TABLE credits (
            key INTEGER PRIMARY KEY REFERENCES keys (number) ON DELETE CASCADE,
            remaining INTEGER NOT NULL CHECK (remaining >= 0),
            refill_interval TEXT,
            refill_amount INTEGER,
            refill_day INTEGER,
            refilled_at_ms INTEGER
        ) STRICT;

        CREATE TABLE sealed_secrets (
            key INTEGER PRIMARY KEY REFERENCES keys (number) ON DELETE CASCADE,
            secret_id BLOB NOT NULL,
            nonce BLOB NOT NULL,
            sealed BLOB NOT NULL
        ) STRICT;

        CREATE TABLE idempotency_keys (
            number INTEGER PRIMARY KEY,
            owner INTEGER NOT NULL,
            key_hash BLOB NOT NULL,
            request_hash BLOB NOT NULL,
            nonce BLOB,
            reply BLOB NOT NULL,
            stored_at_ms INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX idempotency_keys_by_owner ON idempotency_keys (owner, key_hash);
        """
    )
}
