import ProtocolWire
import Registry
import Store

/// `permissions.createRole`: a new role, maybe with permissions at once.
enum CreateRole {
    static let procedure = Procedure(
        "permissions.createRole",
        .create(onRepeat: .refused(.roleAlreadyExists, because: "the name is unique in the workspace")),
        summary: "Defines a role, with permissions at once where some are given.",
        access: .before(.anyOf("rbac.*.create_role")),
        idempotency: .conditional,
        changes: """
            1 role and its links, permissions that do not exist yet, audit `role.create`, \
            `authorization.connect_permission_and_role` and `permission.create`
            """,
        parameters: Parameters(
            Input.init,
            .required("name", Permissions.roleName, "Unique in the workspace without regard to ASCII case."),
            .optional("description", Permissions.description, "More of a label; empty is none."),
            .defaulted(
                "permissions",
                Permissions.slugs,
                to: [],
                "Slugs, never identifiers; one that does not exist yet becomes a permission with its slug for a name."
            )
        ),
        reply: Reply(.string("roleId", "Identifier of the new role, `role_…`.") { $0 }),
        errors: [
            .insufficientPermissions,
            DeclaredError(
                .insufficientPermissions,
                "`rbac.*.add_permission_to_role` is missing, and the list has an item"
            ),
            DeclaredError(
                .insufficientPermissions,
                "`rbac.*.create_permission` is missing, and some slug does not exist"
            ),
            DeclaredError(.roleAlreadyExists, "the name is taken, in any ASCII case"),
        ],
        examples: [
            Example(
                params: #"{"name":"Accounting","permissions":["invoices.read","invoices.export"]}"#,
                data: #"{"roleId":"role_6aDv2KxWs0"}"#
            )
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let name: String
        let description: String?
        let permissions: [String]
    }

    private static func run(_ call: Call, _ input: Input, _ transaction: WriteTransaction) throws(Problem) -> String {
        if !input.permissions.isEmpty { try call.require(Permissions.addToRole) }
        // A role's name that is taken takes the permissions back that this has made: the request is one transaction.
        let permissions = try transaction.resolvePermissions(input.permissions, in: call.workspace) {
            () throws(Problem) in
            try call.require(Permissions.createPermission)
        }
        try transaction.requireFree(roleName: input.name, for: nil, in: call.workspace)
        let role = try transaction.insertRole(
            named: input.name,
            description: Permissions.stored(input.description),
            permissions: permissions,
            in: call.workspace
        )
        return role.id.text
    }
}
