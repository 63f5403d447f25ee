public import Domain
public import ProtocolWire
import SQLite

/// A workspace as the database has it.
public struct WorkspaceRow: Sendable {
    /// Its place.
    public let number: RowNumber<Workspace>
    /// Its public name.
    public let id: WorkspaceID
    /// The operator's label.
    public var name: String
    /// Whether its root keys are accepted.
    public var isEnabled: Bool
    /// What it may use.
    public var limits: WorkspaceLimits
    /// When it was made.
    public let createdAt: UnixMilliseconds

    /// Whether storing one over the other changes anything that ``WriteTransaction/updateWorkspace(_:)`` stores; names are
    /// compared byte by byte.
    public func hasSameSettings(as other: WorkspaceRow) -> Bool {
        name.utf8.elementsEqual(other.name.utf8) && isEnabled == other.isEnabled && limits == other.limits
    }

    /// The workspace of a call.
    public var reference: WorkspaceReference { WorkspaceReference(number: number, id: id) }
}

/// What a workspace may use; `nil` is no limit (`workspace.md` §2).
public struct WorkspaceLimits: Sendable, Equatable {
    /// Billable operations a month; a number to show, not enforced.
    public var operationsPerMonth: Int?
    /// Calls of the API a minute.
    public var requestsPerMinute: Int?
    /// Days that analytics may look back.
    public var logsRetentionDays: Int?
    /// Days that audit rows are kept.
    public var auditRetentionDays: Int?
    /// Log drains.
    public var logdrains: Int?

    /// What a workspace has that nobody configured.
    public init() {
        operationsPerMonth = nil
        requestsPerMinute = nil
        logsRetentionDays = 365
        auditRetentionDays = 90
        logdrains = 0
    }
}

extension WorkspaceRow {
    private static func decode(_ row: borrowing Columns) -> WorkspaceRow {
        var limits = WorkspaceLimits()
        limits.operationsPerMonth = row.optionalInt(4)
        limits.requestsPerMinute = row.optionalInt(5)
        limits.logsRetentionDays = row.optionalInt(6)
        limits.auditRetentionDays = row.optionalInt(7)
        limits.logdrains = row.optionalInt(8)
        return WorkspaceRow(
            number: row.number(0),
            id: WorkspaceID(row.text(1)),
            name: row.text(2),
            isEnabled: row.boolean(3),
            limits: limits,
            createdAt: row.milliseconds(9)
        )
    }

    static let byID = Query(
        """
        SELECT number, id, name, is_enabled, operations_max_per_month, requests_max_per_minute, logs_retention_days,
            audit_retention_days, logdrains_max, created_at_ms
        FROM workspaces WHERE id = ?1 AND deleted_at_ms IS NULL
        """,
        decode: decode
    )
    static let page = Query(
        """
        SELECT number, id, name, is_enabled, operations_max_per_month, requests_max_per_minute, logs_retention_days,
            audit_retention_days, logdrains_max, created_at_ms
        FROM workspaces WHERE id >= ?1 AND deleted_at_ms IS NULL ORDER BY id LIMIT ?2
        """,
        decode: decode
    )
    static let isTaken = Query("SELECT 1 FROM workspaces WHERE id = ?1") { row in row.boolean(0) }
    static let insert = Command("INSERT INTO workspaces (id, name, created_at_ms) VALUES (?1, ?2, ?3)")
    static let update = Command(
        """
        UPDATE workspaces SET name = ?2, is_enabled = ?3, operations_max_per_month = ?4, requests_max_per_minute = ?5,
            logs_retention_days = ?6, audit_retention_days = ?7, logdrains_max = ?8
        WHERE number = ?1
        """
    )
    static let delete = Command("UPDATE workspaces SET deleted_at_ms = ?2 WHERE number = ?1")
}

extension ReadTransaction {
    /// The live workspace of that name.
    public func workspace(_ id: WorkspaceID) throws(Problem) -> WorkspaceRow? {
        try first(WorkspaceRow.byID, id.text)
    }

    /// Live workspaces by id, from `cursor` on.
    public func workspaces(from cursor: String, limit: Int) throws(Problem) -> [WorkspaceRow] {
        try all(WorkspaceRow.page, cursor, limit)
    }
}

extension WriteTransaction {
    /// Makes a workspace with the default limits.
    public func insertWorkspace(named name: String) throws(Problem) -> WorkspaceReference {
        let id: WorkspaceID = try unusedIdentifier(WorkspaceRow.isTaken)
        let number: RowNumber<Workspace> = try insert(WorkspaceRow.insert, id.text, name, stamp.time.value)
        let workspace = WorkspaceReference(number: number, id: id)
        try audit("workspace.create", id.text, in: workspace)
        return workspace
    }

    /// Stores name, switch and limits of a workspace.
    public func updateWorkspace(_ row: WorkspaceRow) throws(Problem) {
        let limits = row.limits
        try run(
            WorkspaceRow.update,
            row.number.value,
            row.name,
            row.isEnabled,
            limits.operationsPerMonth,
            limits.requestsPerMinute,
            limits.logsRetentionDays,
            limits.auditRetentionDays,
            limits.logdrains
        )
        try audit("workspace.update", row.id.text, in: row.reference)
        note(.workspace(row.number))
    }

    /// Puts a tombstone on a workspace; nothing in it can be reached any more.
    public func deleteWorkspace(_ workspace: WorkspaceReference) throws(Problem) {
        try run(WorkspaceRow.delete, workspace.number.value, stamp.time.value)
        try audit("workspace.delete", workspace.id.text, in: workspace)
        note(.workspace(workspace.number))
    }
}
