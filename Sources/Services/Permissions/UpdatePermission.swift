import ProtocolWire
import Registry
import Store

/// `permissions.updatePermission`: name, slug and description of a permission.
enum UpdatePermission {
    static let procedure = Procedure(
        "permissions.updatePermission",
        .update,
        summary: "Changes a permission's name, slug or description; keys and roles keep it and show the new slug.",
        access: .after(
            .anyOf("U(projects/default/rbac/permissions/{permissionId}#write)", "rbac.*.update_permission"),
            refusal: .masked
        ),
        idempotency: .idempotent,
        changes: "the permission, audit `permission.update`; nothing when no value differs",
        parameters: Parameters(
            Input.init,
            Permissions.permission,
            .change("name", Permissions.permissionName, "Label."),
            .change(
                "slug",
                Permissions.slug,
                "What keys are checked against; a new spelling of its own slug is stored too."
            ),
            .patch("description", Permissions.description, "More of a label; null or empty removes it.")
        ),
        reply: Reply(Permissions.members),
        errors: [
            DeclaredError(
                .permissionNotFound,
                "missing, deleted, another workspace's, or the permission to write it is missing; the replies are alike"
            ),
            DeclaredError(
                .permissionAlreadyExists,
                "another permission has the slug, in any ASCII case; nothing changes"
            ),
        ],
        examples: [
            Example(
                params: #"{"permission":"invoices.read","slug":"invoices.view","description":null}"#,
                data: #"{"id":"perm_8rGz1QmTk0","name":"Read invoices","slug":"invoices.view"}"#
            )
        ],
        lane: .write { call, input, transaction throws(Problem) in
            let current = try transaction.existingPermission(input.permission, in: call.workspace)
            try call.require(["permissionId": current.id.text], else: .noPermission(input.permission))
            var row = current
            row.name = input.name.applied(toValue: row.name)
            row.slug = input.slug.applied(toValue: row.slug)
            row.description = Permissions.stored(input.description.applied(to: row.description))
            try transaction.requireFree(slug: row.slug, for: row, in: call.workspace)
            if !row.hasSameSettings(as: current) { try transaction.updatePermission(row, in: call.workspace) }
            return row
        }
    )

    struct Input: Sendable {
        let permission: String
        let name: Patch<String>
        let slug: Patch<String>
        let description: Patch<String>
    }
}
