import ProtocolWire
import Registry

/// `permissions.getPermission`: one permission, by identifier or slug.
enum GetPermission {
    static let procedure = Procedure(
        "permissions.getPermission",
        .get,
        summary: "Reads a permission, by identifier or slug.",
        access: .before(.anyOf("rbac.*.read_permission")),
        idempotency: .idempotent,
        parameters: Parameters(Input.init, Permissions.permission),
        reply: Reply(Permissions.members),
        errors: [.insufficientPermissions, Permissions.permissionNotFound],
        examples: [Example(params: #"{"permission":"INVOICES.read"}"#, data: Permissions.example)],
        lane: .read { call, input, transaction throws(Problem) in
            try transaction.existingPermission(input.permission, in: call.workspace)
        }
    )

    struct Input: Sendable { let permission: String }
}
