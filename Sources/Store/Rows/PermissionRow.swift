public import Domain
public import ProtocolWire
import SQLite

/// A permission that keys can have, as the database has it.
public struct PermissionRow: Sendable {
    /// Its place.
    public let number: RowNumber<AccessPermission>
    /// Its public name.
    public let id: PermissionID
    /// What keys are checked against, as it was spelt.
    public var slug: String
    /// Label.
    public var name: String
    /// More of a label; `nil` when there is none.
    public var description: String?

    /// Whether storing one over the other changes anything that ``WriteTransaction/updatePermission(_:in:)`` stores; texts are
    /// compared byte by byte.
    public func hasSameSettings(as other: PermissionRow) -> Bool {
        slug.utf8.elementsEqual(other.slug.utf8) && name.utf8.elementsEqual(other.name.utf8)
            && description.isSameBytes(as: other.description)
    }
}

extension PermissionRow {
    private static func decode(_ row: borrowing Columns) -> PermissionRow {
        PermissionRow(
            number: row.number(0),
            id: PermissionID(row.text(1)),
            slug: row.text(2),
            name: row.text(3),
            description: row.optionalText(4)
        )
    }

    static let byID = Query(
        """
        SELECT number, id, slug, name, description
        FROM permissions WHERE id = ?1 AND workspace = ?2 AND deleted_at_ms IS NULL
        """,
        decode: decode
    )
    static let bySlug = Query(
        """
        SELECT number, id, slug, name, description
        FROM permissions WHERE workspace = ?1 AND slug = ?2 AND deleted_at_ms IS NULL
        """,
        decode: decode
    )
    static let fromID = Query(
        """
        SELECT number, id, slug, name, description
        FROM permissions WHERE workspace = ?1 AND id >= ?2 AND deleted_at_ms IS NULL ORDER BY id
        """,
        decode: decode
    )
    static let ofRole = Query(
        """
        SELECT p.number, p.id, p.slug, p.name, p.description
        FROM role_permissions AS l JOIN permissions AS p ON p.number = l.permission
        WHERE l.role = ?1 AND p.deleted_at_ms IS NULL ORDER BY p.slug COLLATE BINARY
        """,
        decode: decode
    )
    static let ofKey = Query(
        """
        SELECT p.number, p.id, p.slug, p.name, p.description
        FROM key_permissions AS l JOIN permissions AS p ON p.number = l.permission
        WHERE l.key = ?1 AND p.deleted_at_ms IS NULL ORDER BY p.slug COLLATE BINARY
        """,
        decode: decode
    )
    static let slugsOfKey = Query(
        """
        SELECT slug FROM permissions WHERE deleted_at_ms IS NULL AND number IN (
            SELECT permission FROM key_permissions WHERE key = ?1
            UNION
            SELECT l.permission
            FROM key_roles AS k JOIN roles AS r ON r.number = k.role JOIN role_permissions AS l ON l.role = r.number
            WHERE k.key = ?1 AND r.deleted_at_ms IS NULL
        ) ORDER BY slug COLLATE BINARY
        """
    ) { row in row.text(0) }
    static let isTaken = Query("SELECT 1 FROM permissions WHERE id = ?1") { row in row.boolean(0) }
    static let insert = Command(
        "INSERT INTO permissions (id, workspace, slug, name, description, created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    )
    static let update = Command(
        "UPDATE permissions SET slug = ?2, name = ?3, description = ?4, updated_at_ms = ?5 WHERE number = ?1"
    )
    static let delete = Command("UPDATE permissions SET deleted_at_ms = ?2 WHERE number = ?1")
}

extension ReadTransaction {
    /// The live permission of that name in a workspace.
    public func permission(_ id: PermissionID, in workspace: WorkspaceReference) throws(Problem) -> PermissionRow? {
        try first(PermissionRow.byID, id.text, workspace.number.value)
    }

    /// The live permission that has a slug in a workspace, in any ASCII case.
    public func permission(slug: String, in workspace: WorkspaceReference) throws(Problem) -> PermissionRow? {
        try first(PermissionRow.bySlug, workspace.number.value, slug)
    }

    /// The live permission that a caller means by an identifier or a slug; the identifier is tried first.
    public func permission(idOrSlug text: String, in workspace: WorkspaceReference) throws(Problem) -> PermissionRow? {
        if let row = try permission(PermissionID(text), in: workspace) { return row }
        return try permission(slug: text, in: workspace)
    }

    /// Live permissions of a workspace by id, from `cursor` on, that have a text in one of their members.
    public func permissions(
        in workspace: WorkspaceReference,
        having search: SearchText?,
        from cursor: String,
        limit: Int
    ) throws(Problem) -> [PermissionRow] {
        try prefix(limit, of: PermissionRow.fromID, workspace.number.value, cursor) { row in
            search?.isFound(in: row.id.text, row.name, row.slug, row.description) ?? true
        }
    }

    /// The live permissions of a role, by the bytes of their slugs.
    public func permissions(of role: RoleRow) throws(Problem) -> [PermissionRow] {
        try all(PermissionRow.ofRole, role.number.value)
    }

    /// The live permissions that a key has directly, by the bytes of their slugs.
    public func permissions(of key: RowNumber<Key>) throws(Problem) -> [PermissionRow] {
        try all(PermissionRow.ofKey, key.value)
    }

    /// The slugs that a key has directly or through live roles, each once, by their bytes: all that it may do.
    public func slugs(of key: RowNumber<Key>) throws(Problem) -> [String] {
        try all(PermissionRow.slugsOfKey, key.value)
    }
}

extension WriteTransaction {
    /// Makes a permission; that its slug is free is the caller's to know.
    public func insertPermission(
        slug: String,
        name: String,
        description: String?,
        in workspace: WorkspaceReference
    ) throws(Problem) -> PermissionRow {
        let id: PermissionID = try unusedIdentifier(PermissionRow.isTaken)
        let number: RowNumber<AccessPermission> = try insert(
            PermissionRow.insert,
            id.text,
            workspace.number.value,
            slug,
            name,
            description,
            stamp.time.value
        )
        try audit("permission.create", id.text, in: workspace)
        return PermissionRow(number: number, id: id, slug: slug, name: name, description: description)
    }

    /// Stores slug, name and description of a permission; the keys that have it show them.
    public func updatePermission(_ row: PermissionRow, in workspace: WorkspaceReference) throws(Problem) {
        try run(PermissionRow.update, row.number.value, row.slug, row.name, row.description, stamp.time.value)
        try audit("permission.update", row.id.text, in: workspace)
        note(.accessModel(workspace.number))
    }

    /// Puts a tombstone on a permission: no role and no key has it any more, and its slug is free.
    ///
    /// Its links stay, unseen, so that it can be restored whole.
    public func deletePermission(_ row: PermissionRow, in workspace: WorkspaceReference) throws(Problem) {
        try run(PermissionRow.delete, row.number.value, stamp.time.value)
        try audit("permission.delete", row.id.text, in: workspace)
        note(.accessModel(workspace.number))
    }

    /// The permissions that a request lists by slug, each once; those that do not exist are made.
    ///
    /// Slugs that differ in ASCII case only are one, and the first spelling counts. A new permission is called as its slug is
    /// spelt and has no description. Identifiers are not looked at: `perm_…` is a slug like any other.
    ///
    /// - Parameters:
    ///   - slugs: In any order and number.
    ///   - workspace: Where they are looked for and made.
    ///   - allowCreation: Throws if the caller may not make permissions; asked once, before the first is made, and only where one
    ///     is missing.
    /// - Returns: The permissions in the order of the request.
    /// - Throws: What `allowCreation` throws, before anything is made; 500, when SQLite fails.
    public func resolvePermissions(
        _ slugs: [String],
        in workspace: WorkspaceReference,
        allowCreation: () throws(Problem) -> Void
    ) throws(Problem) -> [PermissionRow] {
        var seen: Set<FoldedName> = []
        let slugs = slugs.filter { seen.insert(FoldedName($0)).inserted }
        var rows: [PermissionRow?] = []
        for slug in slugs { rows.append(try permission(slug: slug, in: workspace)) }
        if rows.contains(where: { $0 == nil }) { try allowCreation() }
        var resolved: [PermissionRow] = []
        for (slug, row) in zip(slugs, rows) {
            if let row {
                resolved.append(row)
            } else {
                resolved.append(try insertPermission(slug: slug, name: slug, description: nil, in: workspace))
            }
        }
        return resolved
    }
}
