import ProtocolWire
import Registry
import Store

/// `permissions.deletePermission`: the end of a permission; no role and no key has it any more.
enum DeletePermission {
    static let procedure = Procedure(
        "permissions.deletePermission",
        .delete(
            .soft,
            takesAlong:
                "its place in every role and on every key, at once; its slug is free, and a new permission of that "
                + "slug is attached to nothing",
            onRepeat: .refused(.permissionNotFound)
        ),
        summary: "Deletes a permission; the next verification of any key that had it sees it gone.",
        access: .before(.anyOf("rbac.*.delete_permission")),
        idempotency: .idempotent,
        changes: "tombstone on the permission, audit `permission.delete`",
        parameters: Parameters(Input.init, Permissions.permission),
        reply: .empty,
        errors: [.insufficientPermissions, Permissions.permissionNotFound],
        examples: [Example(params: #"{"permission":"perm_8rGz1QmTk0"}"#, data: "{}")],
        lane: .write { call, input, transaction throws(Problem) in
            let row = try transaction.existingPermission(input.permission, in: call.workspace)
            try transaction.deletePermission(row, in: call.workspace)
        }
    )

    struct Input: Sendable { let permission: String }
}
