import ProtocolWire
import Registry
import Store

/// `permissions.createPermission`: a new permission that keys and roles can have.
enum CreatePermission {
    static let procedure = Procedure(
        "permissions.createPermission",
        .create(onRepeat: .refused(.permissionAlreadyExists, because: "the slug is unique in the workspace")),
        summary: "Defines a permission that keys and roles can have.",
        access: .before(Permissions.createPermission),
        idempotency: .conditional,
        changes: "1 permission, audit `permission.create`",
        parameters: Parameters(
            Input.init,
            .required("name", Permissions.permissionName, "Label; need not be unique."),
            .required(
                "slug",
                Permissions.slug,
                "What keys are checked against; unique in the workspace without regard to ASCII case. `*` is a plain character."
            ),
            .optional("description", Permissions.description, "More of a label; empty is none.")
        ),
        reply: Reply(.string("permissionId", "Identifier of the new permission, `perm_…`.") { $0 }),
        errors: [
            .insufficientPermissions,
            DeclaredError(.permissionAlreadyExists, "the slug is taken, in any ASCII case"),
        ],
        examples: [
            Example(
                params: #"{"name":"Read invoices","slug":"invoices.read"}"#,
                data: #"{"permissionId":"perm_8rGz1QmTk0"}"#
            )
        ],
        lane: .write { call, input, transaction throws(Problem) in
            try transaction.requireFree(slug: input.slug, for: nil, in: call.workspace)
            let row = try transaction.insertPermission(
                slug: input.slug,
                name: input.name,
                description: Permissions.stored(input.description),
                in: call.workspace
            )
            return row.id.text
        }
    )

    struct Input: Sendable {
        let name: String
        let slug: String
        let description: String?
    }
}
