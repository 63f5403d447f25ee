import ProtocolWire
import Registry

/// `permissions.getRole`: one role with its permissions, by identifier or name.
enum GetRole {
    static let procedure = Procedure(
        "permissions.getRole",
        .get,
        summary: "Reads a role and its permissions, by identifier or name.",
        access: .before(.anyOf("rbac.*.read_role")),
        idempotency: .idempotent,
        parameters: Parameters(Input.init, Permissions.role),
        reply: Reply(RoleView.members),
        errors: [.insufficientPermissions, Permissions.roleNotFound],
        examples: [Example(params: #"{"role":"accounting"}"#, data: RoleView.example)],
        lane: .read { call, input, transaction throws(Problem) in
            try transaction.view(of: transaction.existingRole(input.role, in: call.workspace))
        }
    )

    struct Input: Sendable { let role: String }
}
