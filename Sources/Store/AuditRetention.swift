import Domain
import ProtocolWire
import SQLite

/// Where the walk through the audit log stands that finds the rows whose days are over.
///
/// Each workspace has its own days, so the oldest row says nothing of the next. The log is walked from end to end, some rows at a
/// time, and then left alone for an hour; an index over the times would have to be paid for by every change.
struct AuditWalk {
    static let pauseMilliseconds: Int64 = 3_600_000

    /// The last row that was looked at.
    var position: Int64 = 0
    /// Before this time nothing is looked at; `nil` in the middle of a walk.
    var resumption: UnixMilliseconds?
}

/// A row of the audit log, and whether its workspace keeps it no longer.
private struct AuditPosition: Sendable {
    let number: Int64
    let isExpired: Bool

    /// The next rows: ?1 the row before them, ?2 how many, ?3 the present.
    ///
    /// One whose workspace is purged has no days of its own, and stays.
    static let page = Query(
        """
        SELECT a.number, coalesce(a.at_ms <= ?3 - w.audit_retention_days * 86400000, 0)
        FROM audit_log AS a LEFT JOIN workspaces AS w ON w.number = a.workspace
        WHERE a.number > ?1 ORDER BY a.number LIMIT ?2
        """
    ) { row in
        AuditPosition(number: row.integer(0), isExpired: row.boolean(1))
    }
    static let delete = Command("DELETE FROM audit_log WHERE number = ?1")
}

extension WriteTransaction {
    /// Forgets some audit rows that are older than the days their workspace keeps them; `null` keeps them for ever.
    ///
    /// - Parameters:
    ///   - time: The present.
    ///   - most: Rows to look at.
    /// - Throws: 500, when SQLite fails.
    func purgeAuditRows(at time: UnixMilliseconds, most: Int) throws(Problem) {
        if let resumption = auditWalk.resumption, time < resumption { return }
        let rows = try all(AuditPosition.page, auditWalk.position, most, time.value)
        for row in rows where row.isExpired { try run(AuditPosition.delete, row.number) }
        auditWalk =
            if let last = rows.last, rows.count == most {
                AuditWalk(position: last.number)
            } else {
                AuditWalk(resumption: time.adding(milliseconds: AuditWalk.pauseMilliseconds))
            }
    }
}
