public import Domain
public import ProtocolWire
import SQLite

/// An identity as the database has it, without its limits.
public struct IdentityRow: Sendable {
    /// Its place.
    public let number: RowNumber<Identity>
    /// Its public name.
    public let id: IdentityID
    /// The customer's own name of it.
    public let externalID: String
    /// The caller's own JSON object, without white space; `nil` when there is none.
    public var meta: String?

    /// Whether storing one over the other changes anything that ``WriteTransaction/updateIdentity(_:in:)`` stores; texts are
    /// compared byte by byte.
    public func hasSameSettings(as other: IdentityRow) -> Bool {
        meta.isSameBytes(as: other.meta)
    }
}

extension IdentityRow {
    private static func decode(_ row: borrowing Columns) -> IdentityRow {
        IdentityRow(
            number: row.number(0),
            id: IdentityID(row.text(1)),
            externalID: row.text(2),
            meta: row.optionalText(3)
        )
    }

    static let byID = Query(
        """
        SELECT number, id, external_id, meta FROM identities
        WHERE id = ?1 AND workspace = ?2 AND deleted_at_ms IS NULL
        """,
        decode: decode
    )
    static let byExternalID = Query(
        """
        SELECT number, id, external_id, meta FROM identities
        WHERE external_id = ?1 AND workspace = ?2 AND deleted_at_ms IS NULL
        """,
        decode: decode
    )
    static let page = Query(
        """
        SELECT number, id, external_id, meta FROM identities
        WHERE workspace = ?1 AND id >= ?2 AND deleted_at_ms IS NULL
            AND (?3 IS NULL OR instr(lower(id), ?3) > 0 OR instr(lower(external_id), ?3) > 0)
        ORDER BY id LIMIT ?4
        """,
        decode: decode
    )
    static let isTaken = Query("SELECT 1 FROM identities WHERE id = ?1") { row in row.boolean(0) }
    static let insert = Command(
        "INSERT INTO identities (id, workspace, external_id, meta, created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)"
    )
    static let update = Command("UPDATE identities SET meta = ?2, updated_at_ms = ?3 WHERE number = ?1")
    static let delete = Command("UPDATE identities SET deleted_at_ms = ?2 WHERE number = ?1")
}

extension ReadTransaction {
    /// The live identity that a text names in a workspace.
    ///
    /// By its identifier, else by the customer's own: where the customer's name of one is the identifier of another, the
    /// identifier wins.
    public func identity(_ text: String, in workspace: WorkspaceReference) throws(Problem) -> IdentityRow? {
        if let row = try first(IdentityRow.byID, text, workspace.number.value) { return row }
        return try identity(externalID: text, in: workspace)
    }

    /// The live identity that a customer calls so, byte by byte.
    public func identity(
        externalID: String,
        in workspace: WorkspaceReference
    ) throws(Problem) -> IdentityRow? {
        try first(IdentityRow.byExternalID, externalID, workspace.number.value)
    }

    /// Live identities of a workspace by id, from `cursor` on.
    ///
    /// - Parameters:
    ///   - workspace: Where they live.
    ///   - search: What the identifier or the customer's own has to have; `nil` for all.
    ///   - cursor: The least identifier.
    ///   - limit: The most rows.
    /// - Returns: The rows, in order.
    /// - Throws: What SQLite refuses.
    public func identities(
        in workspace: WorkspaceReference,
        having search: SearchText?,
        from cursor: String,
        limit: Int
    ) throws(Problem) -> [IdentityRow] {
        try all(IdentityRow.page, workspace.number.value, cursor, search?.text, limit)
    }
}

extension WriteTransaction {
    /// Makes an identity; that the customer's name is free has been looked up.
    public func insertIdentity(
        externalID: String,
        meta: String?,
        in workspace: WorkspaceReference
    ) throws(Problem) -> IdentityRow {
        let id: IdentityID = try unusedIdentifier(IdentityRow.isTaken)
        let number: RowNumber<Identity> = try insert(
            IdentityRow.insert,
            id.text,
            workspace.number.value,
            externalID,
            meta,
            stamp.time.value
        )
        try audit("identity.create", id.text, in: workspace)
        return IdentityRow(number: number, id: id, externalID: externalID, meta: meta)
    }

    /// The live identity that a customer calls so, made where there is none.
    ///
    /// It is what a key is linked to by `externalId`. A new one has no meta and no limits; an existing one stays as it is.
    public func findOrInsertIdentity(
        externalID: String,
        in workspace: WorkspaceReference
    ) throws(Problem) -> IdentityRow {
        if let row = try identity(externalID: externalID, in: workspace) { return row }
        return try insertIdentity(externalID: externalID, meta: nil, in: workspace)
    }

    /// Stores the object of an identity, and notes that it or its limits have changed.
    public func updateIdentity(_ row: IdentityRow, in workspace: WorkspaceReference) throws(Problem) {
        try run(IdentityRow.update, row.number.value, row.meta, stamp.time.value)
        try audit("identity.update", row.id.text, in: workspace)
        note(.identity(row.number, in: workspace.number))
    }

    /// Puts a tombstone on an identity.
    ///
    /// Its limits stay with it and are seen no more, its keys keep their link: so that it can be
    /// brought back whole.
    public func deleteIdentity(_ row: IdentityRow, in workspace: WorkspaceReference) throws(Problem) {
        try run(IdentityRow.delete, row.number.value, stamp.time.value)
        try audit("identity.delete", row.id.text, in: workspace)
        for limit in try ratelimits(of: .identity(row.number)) {
            try audit("ratelimit.delete", limit.id.text, in: workspace)
        }
        note(.identity(row.number, in: workspace.number))
    }
}
