import ProtocolWire
import Registry
import Store

/// `permissions.setRolePermissions`: the whole set of a role's permissions, replaced.
enum SetRolePermissions {
    static let procedure = Procedure(
        "permissions.setRolePermissions",
        .set(["permissions"], omitted: "the role does not have it any more"),
        summary: "Replaces the permissions of a role; the next verification of any key that has the role sees it.",
        access: .before(.allOf(Permissions.addToRole, .leaf("rbac.*.remove_permission_from_role"))),
        idempotency: .idempotent,
        changes: """
            the role's links, permissions that do not exist yet, audit `authorization.connect_permission_and_role`, \
            `authorization.disconnect_permission_and_role` and `permission.create`; nothing when the set is the same
            """,
        parameters: Parameters(
            Input.init,
            .optional("role", Permissions.roleName, "Identifier, `role_…`, or name in any ASCII case."),
            .optional(
                "roleId",
                Permissions.roleName,
                "An older word for `role`, with the same meaning; one of the two."
            ),
            .required(
                "permissions",
                Permissions.slugs,
                "The whole new set: slugs, never identifiers; one that does not exist yet is made. `[]` takes everything away."
            )
        ).requiring(
            "must be there, or roleId in its place, and not both",
            at: "role",
            fix: "send the role's identifier or name as role"
        ) { ($0.role == nil) != ($0.roleID == nil) },
        reply: .list(of: Permissions.members),
        errors: [
            .insufficientPermissions,
            Permissions.roleNotFound,
            DeclaredError(
                .insufficientPermissions,
                "some slug does not exist, and both `rbac.*.create_permission` and "
                    + "`U(rbac/permissions/*#create_permission)` are missing"
            ),
        ],
        examples: [
            Example(
                params: #"{"role":"Accounting","permissions":["INVOICES.read"]}"#,
                data: "[\(Permissions.example)]"
            )
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let role: String?
        let roleID: String?
        let permissions: [String]
    }

    private static func run(
        _ call: Call,
        _ input: Input,
        _ transaction: WriteTransaction
    ) throws(Problem) -> [PermissionRow] {
        let role = try transaction.existingRole(input.role ?? input.roleID ?? "", in: call.workspace)
        let permissions = try transaction.resolvePermissions(input.permissions, in: call.workspace) {
            () throws(Problem) in
            try call.require(Permissions.createListed)
        }
        try transaction.setPermissions(permissions, of: role, in: call.workspace)
        return try transaction.permissions(of: role)
    }
}
