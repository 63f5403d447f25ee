import Domain
import ProtocolWire
import Registry
import Store

/// `keys.removePermissions`: direct permissions taken from a key.
enum RemovePermissions {
    static let procedure = Procedure(
        "keys.removePermissions",
        .remove,
        summary: "Takes direct permissions from a key; the next verification sees it.",
        access: KeyPermissions.access(KeyPermissions.remove),
        idempotency: .idempotent,
        changes: KeyPermissions.changes,
        parameters: Parameters(
            KeyPermissions.Input.init,
            Keys.keyID,
            .required("permissions", Keys.someSlugs, "Slugs in any ASCII case, or identifiers, `perm_…`.")
        ),
        reply: KeyPermissions.reply,
        errors: [
            Keys.notFound,
            Keys.forbidden,
            DeclaredError(.permissionNotFound, "one does not exist in the workspace; nothing is removed"),
        ],
        examples: [
            Example(
                params: #"{"keyId":"key_2Rb7LdQwz0","permissions":["invoices.write"]}"#,
                data: "[\(Permissions.example)]"
            )
        ],
        lane: .write { call, input, transaction throws(Problem) in
            let key = try transaction.key(input.keyID, of: call)
            var permissions: [PermissionRow] = []
            for text in input.slugs {
                permissions.append(try transaction.permission(slugOrID: text, in: call.workspace))
            }
            return try KeyPermissions.apply(.remove, permissions, to: key, call, transaction)
        }
    )
}

extension ReadTransaction {
    /// The permission that a text names; here the slug is tried first, as the published service only knows slugs.
    fileprivate func permission(
        slugOrID text: String,
        in workspace: WorkspaceReference
    ) throws(Problem) -> PermissionRow {
        if let row = try permission(slug: text, in: workspace) { return row }
        guard let row = try permission(PermissionID(text), in: workspace) else { throw .noPermission(text) }
        return row
    }
}
