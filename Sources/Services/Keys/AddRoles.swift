import ProtocolWire
import Registry
import Store

/// `keys.addRoles`: roles for a key.
enum AddRoles {
    static let procedure = Procedure(
        "keys.addRoles",
        .add,
        summary: "Gives a key roles; the next verification sees their permissions.",
        access: .after(
            .any([Keys.updateOne, .allOf(Keys.tuples(to: "update_key"), .leaf("rbac.*.add_role_to_key"))]),
            refusal: .forbidden
        ),
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
            try KeyRoles.apply(.add, input, call, transaction)
        }
    )
}
