public import Domain
public import ProtocolWire
import SQLite

/// An override of a namespace as the database has it: another limit for the identifiers that it matches.
public struct OverrideRow: Sendable, Hashable {
    /// Its place; of two, the older one's is smaller.
    public let number: RowNumber<RatelimitOverride>
    /// Its public name.
    public let id: OverrideID
    /// The identifier that it is for, or a pattern with `*`.
    public let identifier: ByteText
    /// What a window lets through, 0 or more.
    public var limit: Int64
    /// Length of the window, 1,000 or more.
    public var durationMilliseconds: Int64
}

/// What has become of the override for one identifier or pattern.
public enum OverrideChange: Sendable, Hashable {
    /// It is there now, or has new values.
    case set(OverrideRow)
    /// It is gone.
    case deleted(OverrideRow)
}

extension OverrideRow {
    private static func decode(_ row: borrowing Columns) -> OverrideRow {
        OverrideRow(
            number: row.number(0),
            id: OverrideID(row.text(1)),
            identifier: ByteText(row.text(2)),
            limit: row.integer(3),
            durationMilliseconds: row.integer(4)
        )
    }

    static let byIdentifier = Query(
        """
        SELECT number, id, identifier, limit_max, duration_ms
        FROM ratelimit_overrides WHERE namespace = ?1 AND identifier = ?2 AND deleted_at_ms IS NULL
        """,
        decode: decode
    )
    static let ofNamespace = Query(
        """
        SELECT number, id, identifier, limit_max, duration_ms
        FROM ratelimit_overrides WHERE namespace = ?1 AND deleted_at_ms IS NULL
        """,
        decode: decode
    )
    static let page = Query(
        """
        SELECT number, id, identifier, limit_max, duration_ms
        FROM ratelimit_overrides WHERE namespace = ?1 AND id >= ?2 AND deleted_at_ms IS NULL ORDER BY id LIMIT ?3
        """,
        decode: decode
    )
    static let isTaken = Query("SELECT 1 FROM ratelimit_overrides WHERE id = ?1") { row in row.boolean(0) }
    static let insert = Command(
        """
        INSERT INTO ratelimit_overrides (id, namespace, identifier, limit_max, duration_ms, created_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        """
    )
    static let update = Command(
        "UPDATE ratelimit_overrides SET limit_max = ?2, duration_ms = ?3, updated_at_ms = ?4 WHERE number = ?1"
    )
    static let delete = Command("UPDATE ratelimit_overrides SET deleted_at_ms = ?2 WHERE number = ?1")
}

extension ReadTransaction {
    /// The live override with exactly this identifier or pattern.
    public func override(_ identifier: String, of namespace: NamespaceRow) throws(Problem) -> OverrideRow? {
        try first(OverrideRow.byIdentifier, namespace.number.value, identifier)
    }

    /// Live overrides of a namespace by id, from `cursor` on.
    public func overrides(
        of namespace: NamespaceRow,
        from cursor: String,
        limit: Int
    ) throws(Problem) -> [OverrideRow] {
        try all(OverrideRow.page, namespace.number.value, cursor, limit)
    }

    /// All live overrides of a namespace.
    func overrides(of namespace: NamespaceRow) throws(Problem) -> [OverrideRow] {
        try all(OverrideRow.ofNamespace, namespace.number.value)
    }
}

extension WriteTransaction {
    /// Makes the override for an identifier or pattern what a request says; one that is there keeps its identifier.
    ///
    /// Nothing is written where no value differs.
    ///
    /// - Parameters:
    ///   - identifier: The identifier, or a pattern with `*`.
    ///   - limit: What a window lets through.
    ///   - durationMilliseconds: Length of the window.
    ///   - namespace: A live one.
    ///   - workspace: The namespace's.
    /// - Returns: The override.
    /// - Throws: What SQLite refuses.
    public func setOverride(
        _ identifier: String,
        limit: Int64,
        durationMilliseconds: Int64,
        of namespace: NamespaceRow,
        in workspace: WorkspaceReference
    ) throws(Problem) -> OverrideRow {
        let row: OverrideRow
        if var current = try override(identifier, of: namespace) {
            if current.limit == limit, current.durationMilliseconds == durationMilliseconds { return current }
            current.limit = limit
            current.durationMilliseconds = durationMilliseconds
            try run(OverrideRow.update, current.number.value, limit, durationMilliseconds, stamp.time.value)
            row = current
        } else {
            row = try insertOverride(identifier, limit, durationMilliseconds, of: namespace)
        }
        try audit("ratelimit.set_override", row.id.text, in: workspace)
        note(.override(in: namespace.number, .set(row)))
        return row
    }

    private func insertOverride(
        _ identifier: String,
        _ limit: Int64,
        _ durationMilliseconds: Int64,
        of namespace: NamespaceRow
    ) throws(Problem) -> OverrideRow {
        let id: OverrideID = try unusedIdentifier(OverrideRow.isTaken)
        let number: RowNumber<RatelimitOverride> = try insert(
            OverrideRow.insert,
            id.text,
            namespace.number.value,
            identifier,
            limit,
            durationMilliseconds,
            stamp.time.value
        )
        return OverrideRow(
            number: number,
            id: id,
            identifier: ByteText(identifier),
            limit: limit,
            durationMilliseconds: durationMilliseconds
        )
    }

    /// Puts a tombstone on an override; what it matched falls back to the next one, or to the request's own limit.
    public func deleteOverride(
        _ row: OverrideRow,
        of namespace: NamespaceRow,
        in workspace: WorkspaceReference
    ) throws(Problem) {
        try run(OverrideRow.delete, row.number.value, stamp.time.value)
        try audit("ratelimit.delete_override", row.id.text, in: workspace)
        note(.override(in: namespace.number, .deleted(row)))
    }
}
