import ProtocolWire
import Registry
import Store

/// `keys.removeRoles`: roles taken from a key.
enum RemoveRoles {
    static let procedure = Procedure(
        "keys.removeRoles",
        .remove,
        summary: "Takes roles from a key; the next verification sees it.",
        access: .after(Keys.permission(to: "update_key"), refusal: .forbidden),
        idempotency: .idempotent,
        changes: KeyRoles.changes,
        parameters: Parameters(
            KeyRoles.Input.init,
            Keys.keyID,
            .required("roles", Keys.someRoleNames, "Names, which have to exist; never identifiers.")
        ),
        reply: KeyRoles.reply,
        errors: KeyRoles.errors,
        examples: [KeyRoles.example],
        lane: .write { call, input, transaction throws(Problem) in
            try KeyRoles.apply(.remove, input, call, transaction)
        }
    )
}
