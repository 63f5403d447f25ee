import ProtocolWire
import Registry
import Store

/// `keys.addPermissions`: direct permissions for a key.
enum AddPermissions {
    static let procedure = Procedure(
        "keys.addPermissions",
        .add,
        summary: "Gives a key direct permissions; the next verification sees them.",
        access: KeyPermissions.access(KeyPermissions.add),
        idempotency: .idempotent,
        changes: KeyPermissions.changesAndMore,
        parameters: Parameters(
            KeyPermissions.Input.init,
            Keys.keyID,
            .required("permissions", Keys.someSlugs, "Slugs, never identifiers; one that does not exist yet is made.")
        ),
        reply: KeyPermissions.reply,
        errors: [Keys.notFound, Keys.forbidden, KeyPermissions.creationForbidden],
        examples: [KeyPermissions.example],
        lane: .write { call, input, transaction throws(Problem) in
            let key = try transaction.key(input.keyID, of: call)
            let permissions = try KeyPermissions.resolve(input.slugs, call, transaction)
            return try KeyPermissions.apply(.add, permissions, to: key, call, transaction)
        }
    )
}
