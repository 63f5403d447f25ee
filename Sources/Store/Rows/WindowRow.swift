public import Domain
public import ProtocolWire
public import SQLite

extension WindowRow {
    static let unended = Query(
        """
        SELECT kind, subject, text, duration_ms, sequence, current_count, previous_count
        FROM ratelimit_windows WHERE ends_at_ms > ?1
        """
    ) { row in
        WindowRow(
            kind: UInt8(clamping: row.integer(0)),
            subject: row.integer(1),
            text: row.blob(2),
            durationMilliseconds: max(1, row.integer(3)),
            counts: WindowCounts(sequence: row.integer(4), current: row.integer(5), previous: row.integer(6))
        )
    }
    static let store = Command(
        """
        INSERT INTO ratelimit_windows (kind, subject, text, duration_ms, sequence, current_count, previous_count, ends_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (kind, subject, text, duration_ms) DO UPDATE SET
            sequence = excluded.sequence, current_count = excluded.current_count,
            previous_count = excluded.previous_count, ends_at_ms = excluded.ends_at_ms
        """
    )
    static let deleteEnded = Command(
        """
        DELETE FROM ratelimit_windows WHERE number IN (
            SELECT number FROM ratelimit_windows WHERE ends_at_ms <= ?1 ORDER BY ends_at_ms LIMIT ?2
        )
        """
    )
}

extension ReadTransaction {
    /// Passes the stored windows that have not ended at a time to `body`.
    public func forEachWindow(at time: UnixMilliseconds, _ body: (WindowRow) -> Void) throws(SQLiteError) {
        try connection.forEach(WindowRow.unended, time.value) { row in body(row) }
    }
}

extension WriteTransaction {
    /// Stores windows as memory has them.
    public func storeWindows(_ rows: [WindowRow]) throws(Problem) {
        for row in rows {
            try run(
                WindowRow.store,
                Int64(row.kind),
                row.subject,
                row.text,
                row.durationMilliseconds,
                row.counts.sequence,
                row.counts.current,
                row.counts.previous,
                row.counts.end(durationMilliseconds: row.durationMilliseconds)
            )
        }
    }

    /// Forgets stored windows that have ended, the first to end first.
    ///
    /// - Parameters:
    ///   - time: The present.
    ///   - count: At most that many.
    /// - Returns: Whether there may be more.
    /// - Throws: What SQLite refuses.
    @discardableResult
    public func deleteEndedWindows(at time: UnixMilliseconds, most count: Int) throws(Problem) -> Bool {
        try run(WindowRow.deleteEnded, time.value, count)
        return connection.changes == count
    }
}
