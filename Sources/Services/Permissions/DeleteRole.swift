import ProtocolWire
import Registry
import Store

/// `permissions.deleteRole`: the end of a role; no key has it any more.
enum DeleteRole {
    static let procedure = Procedure(
        "permissions.deleteRole",
        .delete(
            .soft,
            takesAlong:
                "its place on every key and its links to permissions, at once; its name is free, the permissions and "
                + "keys stay",
            onRepeat: .refused(.roleNotFound)
        ),
        summary: "Deletes a role; the next verification of any key that had it sees it gone.",
        access: .before(.anyOf("rbac.*.delete_role")),
        idempotency: .idempotent,
        changes: "tombstone on the role, audit `role.delete`",
        parameters: Parameters(Input.init, Permissions.role),
        reply: .empty,
        errors: [.insufficientPermissions, Permissions.roleNotFound],
        examples: [Example(params: #"{"role":"Bookkeeping"}"#, data: "{}")],
        lane: .write { call, input, transaction throws(Problem) in
            let row = try transaction.existingRole(input.role, in: call.workspace)
            try transaction.deleteRole(row, in: call.workspace)
        }
    )

    struct Input: Sendable { let role: String }
}
