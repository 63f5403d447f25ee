import ProtocolWire
import Registry
import Store

/// `keys.setPermissions`: all direct permissions of a key, replaced.
enum SetPermissions {
    static let procedure = Procedure(
        "keys.setPermissions",
        .set(["permissions"], omitted: "the key does not have it any more, except through a role"),
        summary: "Replaces the direct permissions of a key; the next verification sees them.",
        access: KeyPermissions.access(KeyPermissions.add, KeyPermissions.remove),
        idempotency: .idempotent,
        changes: KeyPermissions.changesAndMore,
        parameters: Parameters(
            KeyPermissions.Input.init,
            Keys.keyID,
            .required(
                "permissions",
                Keys.slugs,
                "The whole new set: slugs, never identifiers; one that does not exist yet is made. `[]` takes everything away."
            )
        ),
        reply: KeyPermissions.reply,
        errors: [Keys.notFound, Keys.forbidden, KeyPermissions.creationForbidden],
        examples: [KeyPermissions.example],
        lane: .write { call, input, transaction throws(Problem) in
            let key = try transaction.key(input.keyID, of: call)
            let permissions = try KeyPermissions.resolve(input.slugs, call, transaction)
            return try KeyPermissions.apply(.set, permissions, to: key, call, transaction)
        }
    )
}
