import Domain
import ProtocolWire
import Registry
import Store

/// The customer's own access model: permissions that keys have, and roles that hold several of them.
enum Permissions {
    static let procedures = [
        CreatePermission.procedure, GetPermission.procedure, ListPermissions.procedure, UpdatePermission.procedure,
        DeletePermission.procedure, CreateRole.procedure, GetRole.procedure, ListRoles.procedure, UpdateRole.procedure,
        DeleteRole.procedure, SetRolePermissions.procedure,
    ]

    static let slug = Shape.string(length: 1...128, matching: .slug)
    static let permissionName = Shape.string(length: 1...512)
    static let roleName = Shape.string(length: 1...128)
    static let description = Shape.string(length: 0...512)
    static let slugs = Shape.array(of: slug, count: 0...Int.max)

    static let permission = Field.required("permission", slug, "Identifier, `perm_…`, or slug in any ASCII case.")
    static let role = Field.required("role", roleName, "Identifier, `role_…`, or name in any ASCII case.")

    /// What every further right to change a list of permissions may need: to make those that do not exist.
    static let createPermission = Permission.anyOf("rbac.*.create_permission")
    /// The same where a list replaces or extends another.
    static let createListed = Permission.anyOf("rbac.*.create_permission", "U(rbac/permissions/*#create_permission)")
    static let addToRole = Permission.anyOf("rbac.*.add_permission_to_role")

    static let permissionNotFound = DeclaredError(.permissionNotFound, "missing, deleted, or another workspace's")
    static let roleNotFound = DeclaredError(.roleNotFound, "missing, deleted, or another workspace's")

    /// A permission, as the procedures show it.
    static let members: [ReplyMember<PermissionRow>] = [
        .string("id", "Identifier, `perm_…`.") { $0.id.text },
        .string("name", "Label.") { $0.name },
        .string("slug", "What keys are checked against, as it was spelt.") { $0.slug },
        .optionalString("description", "More of a label, if set.") { $0.description },
    ]

    static let example = #"{"id":"perm_8rGz1QmTk0","name":"Read invoices","slug":"invoices.read"}"#

    /// A description as it is stored: empty is none.
    static func stored(_ description: String?) -> String? {
        description?.isEmpty == true ? nil : description
    }
}

/// A role with what it holds.
struct RoleView: Sendable {
    let row: RoleRow
    /// By the bytes of their slugs.
    let permissions: [PermissionRow]

    /// A role, as get and list show it.
    static let members: [ReplyMember<RoleView>] = [
        .string("id", "Identifier, `role_…`.") { $0.row.id.text },
        .string("name", "Its name in the workspace.") { $0.row.name },
        .optionalString("description", "More of a label, if set.") { $0.row.description },
        .optionalObjects(
            "permissions",
            "What it holds, by slug, if anything.",
            { $0.permissions },
            Permissions.members
        ),
    ]

    static let example = #"{"id":"role_6aDv2KxWs0","name":"Accounting","permissions":[\#(Permissions.example)]}"#
}

extension ReadTransaction {
    func existingPermission(_ text: String, in workspace: WorkspaceReference) throws(Problem) -> PermissionRow {
        guard let row = try permission(idOrSlug: text, in: workspace) else { throw .noPermission(text) }
        return row
    }

    func existingRole(_ text: String, in workspace: WorkspaceReference) throws(Problem) -> RoleRow {
        guard let row = try role(idOrName: text, in: workspace) else { throw .noRole(text) }
        return row
    }

    /// One look-up a role: within the process that costs no round trip (https://www.sqlite.org/np1queryprob.html).
    func view(of role: RoleRow) throws(Problem) -> RoleView {
        RoleView(row: role, permissions: try permissions(of: role))
    }

    /// Checks that a slug is free, or the permission's own.
    func requireFree(
        slug: String,
        for own: PermissionRow?,
        in workspace: WorkspaceReference
    ) throws(Problem) {
        guard let holder = try permission(slug: slug, in: workspace), holder.number != own?.number else { return }
        throw Problem(
            .permissionAlreadyExists,
            "A permission with the slug '\(Fault.excerpt(of: slug))' already exists, in this or another case. Choose another "
                + "slug, or use that permission."
        )
    }

    /// Checks that a name is free, or the role's own.
    func requireFree(roleName name: String, for own: RoleRow?, in workspace: WorkspaceReference) throws(Problem) {
        guard let holder = try role(named: name, in: workspace), holder.number != own?.number else { return }
        throw Problem(
            .roleAlreadyExists,
            "A role with the name '\(Fault.excerpt(of: name))' already exists, in this or another case. Choose another name, "
                + "or use that role."
        )
    }
}
