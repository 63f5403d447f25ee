import SQLite

extension Schema {
    /// What limits are counted by: namespaces, their overrides, and the counts of sliding windows.
    ///
    /// The name of a deleted namespace stays taken. A window is what memory had about a second ago: no key refers to its
    /// subject, because a window outlives it at most until it ends; no subject's number is ever given to another.
    static let hotPath = Migration(
        version: 4,
        "rate-limit namespaces, overrides, windows",
        """
        CREATE TABLE ratelimit_namespaces (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            workspace INTEGER NOT NULL REFERENCES workspaces (number),
            name TEXT NOT NULL,
            created_at_ms INTEGER NOT NULL,
            deleted_at_ms INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX ratelimit_namespaces_by_name ON ratelimit_namespaces (workspace, name);

        CREATE TABLE ratelimit_overrides (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            namespace INTEGER NOT NULL REFERENCES ratelimit_namespaces (number),
            identifier TEXT NOT NULL,
            limit_max INTEGER NOT NULL,
            duration_ms INTEGER NOT NULL,
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER,
            deleted_at_ms INTEGER
        ) STRICT;
        CREATE UNIQUE INDEX ratelimit_overrides_by_identifier ON ratelimit_overrides (namespace, identifier)
            WHERE deleted_at_ms IS NULL;
        CREATE INDEX ratelimit_overrides_by_namespace ON ratelimit_overrides (namespace, deleted_at_ms, id);
        CREATE INDEX ratelimit_overrides_deleted ON ratelimit_overrides (deleted_at_ms) WHERE deleted_at_ms IS NOT NULL;

        CREATE TABLE ratelimit_windows (
            number INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,
            subject INTEGER NOT NULL,
            text BLOB NOT NULL,
            duration_ms INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            current_count INTEGER NOT NULL,
            previous_count INTEGER NOT NULL,
            ends_at_ms INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX ratelimit_windows_by_key ON ratelimit_windows (kind, subject, text, duration_ms);
        CREATE INDEX ratelimit_windows_by_end ON ratelimit_windows (ends_at_ms);
        """
    )
}
