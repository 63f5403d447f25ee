import ProtocolWire
import Registry
import Store

/// `permissions.updateRole`: name and description of a role.
enum UpdateRole {
    static let procedure = Procedure(
        "permissions.updateRole",
        .update,
        summary: "Changes a role's name or description; keys keep it and show the new name.",
        access: .after(
            .anyOf("U(projects/default/rbac/roles/{roleId}#write)", "rbac.*.update_role"),
            refusal: .masked
        ),
        idempotency: .idempotent,
        changes: "the role, audit `role.update`; nothing when no value differs",
        parameters: Parameters(
            Input.init,
            Permissions.role,
            .change(
                "name",
                Permissions.roleName,
                "Its name in the workspace; a new spelling of its own name is stored too."
            ),
            .patch("description", Permissions.description, "More of a label; null or empty removes it.")
        ),
        reply: Reply(
            .string("id", "Identifier, `role_…`.") { $0.id.text },
            .string("name", "Its name in the workspace.") { $0.name },
            .optionalString("description", "More of a label, if set.") { $0.description }
        ),
        errors: [
            DeclaredError(
                .roleNotFound,
                "missing, deleted, another workspace's, or the permission to write it is missing; the replies are alike"
            ),
            DeclaredError(.roleAlreadyExists, "another role has the name, in any ASCII case; nothing changes"),
        ],
        examples: [
            Example(
                params: #"{"role":"role_6aDv2KxWs0","name":"Bookkeeping"}"#,
                data: #"{"id":"role_6aDv2KxWs0","name":"Bookkeeping"}"#
            )
        ],
        lane: .write { call, input, transaction throws(Problem) in
            let current = try transaction.existingRole(input.role, in: call.workspace)
            try call.require(["roleId": current.id.text], else: .noRole(input.role))
            var row = current
            row.name = input.name.applied(toValue: row.name)
            row.description = Permissions.stored(input.description.applied(to: row.description))
            try transaction.requireFree(roleName: row.name, for: row, in: call.workspace)
            if !row.hasSameSettings(as: current) { try transaction.updateRole(row, in: call.workspace) }
            return row
        }
    )

    struct Input: Sendable {
        let role: String
        let name: Patch<String>
        let description: Patch<String>
    }
}
