import ProtocolWire
import Registry
import Store

/// `keys.setRoles`: all roles of a key, replaced.
enum SetRoles {
    static let procedure = Procedure(
        "keys.setRoles",
        .set(["roles"], omitted: "the key does not have it any more"),
        summary: "Replaces the roles of a key; the next verification sees their permissions.",
        access: .after(Keys.permission(to: "update_key"), refusal: .forbidden),
        idempotency: .idempotent,
        changes: KeyRoles.changes,
        parameters: Parameters(
            KeyRoles.Input.init,
            Keys.keyID,
            .required(
                "roles",
                Keys.roleNames,
                "Names of all its roles, which have to exist; `[]` takes everything away."
            )
        ),
        reply: KeyRoles.reply,
        errors: KeyRoles.errors,
        examples: [KeyRoles.example],
        lane: .write { call, input, transaction throws(Problem) in
            try KeyRoles.apply(.set, input, call, transaction)
        }
    )
}
