extension DaemonProcess {
    /// A digest of everything in the database but the stored replies, and what is stored a moment after it happened: uses and
    /// windows.
    func state() throws -> String {
        let script = """
            import hashlib, sqlite3, sys
            database = sqlite3.connect(sys.argv[1])
            digest = hashlib.sha256()
            for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall():
                if table in ("idempotency_keys", "key_uses", "ratelimit_windows"): continue
                columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1] != "last_used_at_ms"]
                digest.update(table.encode())
                for row in database.execute(f"SELECT {', '.join(columns)} FROM {table}"): digest.update(repr(row).encode())
            print(digest.hexdigest())
            """
        let ending = try Program.run("/usr/bin/python3", ["-c", script, database])
        guard ending.status == 0 else { throw Failure(ending.complaint) }
        return ending.output
    }
}
