public import Domain
public import ProtocolWire
import SQLite

/// A role as the database has it.
public struct RoleRow: Sendable {
    /// Its place.
    public let number: RowNumber<AccessRole>
    /// Its public name.
    public let id: RoleID
    /// Its name in the workspace, as it was spelt.
    public var name: String
    /// More of a label; `nil` when there is none.
    public var description: String?

    /// Whether storing one over the other changes anything that ``WriteTransaction/updateRole(_:in:)`` stores; texts are
    /// compared byte by byte.
    public func hasSameSettings(as other: RoleRow) -> Bool {
        name.utf8.elementsEqual(other.name.utf8) && description.isSameBytes(as: other.description)
    }
}

extension RoleRow {
    private static func decode(_ row: borrowing Columns) -> RoleRow {
        RoleRow(number: row.number(0), id: RoleID(row.text(1)), name: row.text(2), description: row.optionalText(3))
    }

    static let byID = Query(
        """
        SELECT number, id, name, description
        FROM roles WHERE id = ?1 AND workspace = ?2 AND deleted_at_ms IS NULL
        """,
        decode: decode
    )
    static let byName = Query(
        """
        SELECT number, id, name, description
        FROM roles WHERE workspace = ?1 AND folded_name = ?2 AND deleted_at_ms IS NULL
        """,
        decode: decode
    )
    static let fromID = Query(
        """
        SELECT number, id, name, description
        FROM roles WHERE workspace = ?1 AND id >= ?2 AND deleted_at_ms IS NULL ORDER BY id
        """,
        decode: decode
    )
    static let ofKey = Query(
        """
        SELECT r.number, r.id, r.name, r.description
        FROM key_roles AS l JOIN roles AS r ON r.number = l.role
        WHERE l.key = ?1 AND r.deleted_at_ms IS NULL ORDER BY r.name
        """,
        decode: decode
    )
    static let isTaken = Query("SELECT 1 FROM roles WHERE id = ?1") { row in row.boolean(0) }
    static let insert = Command(
        """
        INSERT INTO roles (id, workspace, name, folded_name, description, created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        """
    )
    static let update = Command(
        "UPDATE roles SET name = ?2, folded_name = ?3, description = ?4, updated_at_ms = ?5 WHERE number = ?1"
    )
    static let delete = Command("UPDATE roles SET deleted_at_ms = ?2 WHERE number = ?1")
    static let connect = Command("INSERT INTO role_permissions (role, permission) VALUES (?1, ?2)")
    static let disconnect = Command("DELETE FROM role_permissions WHERE role = ?1 AND permission = ?2")
    static let disconnectDeleted = Command(
        """
        DELETE FROM role_permissions WHERE role = ?1 AND EXISTS (
            SELECT 1 FROM permissions AS p WHERE p.number = role_permissions.permission AND p.deleted_at_ms IS NOT NULL
        )
        """
    )
}

extension ReadTransaction {
    /// The live role of that name in a workspace.
    public func role(_ id: RoleID, in workspace: WorkspaceReference) throws(Problem) -> RoleRow? {
        try first(RoleRow.byID, id.text, workspace.number.value)
    }

    /// The live role that has a name in a workspace, in any ASCII case.
    public func role(named name: String, in workspace: WorkspaceReference) throws(Problem) -> RoleRow? {
        try first(RoleRow.byName, workspace.number.value, FoldedName(name).bytes)
    }

    /// The live role that a caller means by an identifier or a name; the identifier is tried first.
    public func role(idOrName text: String, in workspace: WorkspaceReference) throws(Problem) -> RoleRow? {
        if let row = try role(RoleID(text), in: workspace) { return row }
        return try role(named: text, in: workspace)
    }

    /// Live roles of a workspace by id, from `cursor` on, that have a text in one of their members.
    public func roles(
        in workspace: WorkspaceReference,
        having search: SearchText?,
        from cursor: String,
        limit: Int
    ) throws(Problem) -> [RoleRow] {
        try prefix(limit, of: RoleRow.fromID, workspace.number.value, cursor) { row in
            search?.isFound(in: row.id.text, row.name, row.description) ?? true
        }
    }

    /// The live roles of a key, by the bytes of their names.
    public func roles(of key: RowNumber<Key>) throws(Problem) -> [RoleRow] {
        try all(RoleRow.ofKey, key.value)
    }
}

extension WriteTransaction {
    /// Makes a role with permissions; that its name is free is the caller's to know.
    public func insertRole(
        named name: String,
        description: String?,
        permissions: [PermissionRow],
        in workspace: WorkspaceReference
    ) throws(Problem) -> RoleRow {
        let id: RoleID = try unusedIdentifier(RoleRow.isTaken)
        let number: RowNumber<AccessRole> = try insert(
            RoleRow.insert,
            id.text,
            workspace.number.value,
            name,
            FoldedName(name).bytes,
            description,
            stamp.time.value
        )
        try audit("role.create", id.text, in: workspace)
        let role = RoleRow(number: number, id: id, name: name, description: description)
        for permission in permissions { try connect(permission, role, in: workspace) }
        return role
    }

    /// Stores name and description of a role; the keys that have it show the name.
    public func updateRole(_ row: RoleRow, in workspace: WorkspaceReference) throws(Problem) {
        try run(
            RoleRow.update,
            row.number.value,
            row.name,
            FoldedName(row.name).bytes,
            row.description,
            stamp.time.value
        )
        try audit("role.update", row.id.text, in: workspace)
        note(.accessModel(workspace.number))
    }

    /// Puts a tombstone on a role: no key has it any more, and its name is free.
    ///
    /// Its links stay, unseen, so that it can be restored whole.
    public func deleteRole(_ row: RoleRow, in workspace: WorkspaceReference) throws(Problem) {
        try run(RoleRow.delete, row.number.value, stamp.time.value)
        try audit("role.delete", row.id.text, in: workspace)
        note(.accessModel(workspace.number))
    }

    /// Gives a role these permissions and no others, with an audit row for each that comes or goes.
    ///
    /// A deleted permission that the role had is not among them either: should it be restored, it is not the role's any more.
    ///
    /// - Parameters:
    ///   - permissions: Each once.
    ///   - role: Whose permissions they will be.
    ///   - workspace: Of all of them.
    /// - Throws: 500, when SQLite fails.
    public func setPermissions(
        _ permissions: [PermissionRow],
        of role: RoleRow,
        in workspace: WorkspaceReference
    ) throws(Problem) {
        let before = try self.permissions(of: role)
        let (had, wanted) = (Set(before.map(\.number)), Set(permissions.map(\.number)))
        for permission in permissions where !had.contains(permission.number) {
            try connect(permission, role, in: workspace)
        }
        for permission in before where !wanted.contains(permission.number) {
            try disconnect(permission, role, in: workspace)
        }
        try run(RoleRow.disconnectDeleted, role.number.value)
        if had != wanted { note(.accessModel(workspace.number)) }
    }

    private func connect(
        _ permission: PermissionRow,
        _ role: RoleRow,
        in workspace: WorkspaceReference
    ) throws(Problem) {
        try run(RoleRow.connect, role.number.value, permission.number.value)
        try audit("authorization.connect_permission_and_role", permission.id.text, role.id.text, in: workspace)
    }

    private func disconnect(
        _ permission: PermissionRow,
        _ role: RoleRow,
        in workspace: WorkspaceReference
    ) throws(Problem) {
        try run(RoleRow.disconnect, role.number.value, permission.number.value)
        try audit("authorization.disconnect_permission_and_role", permission.id.text, role.id.text, in: workspace)
    }
}
