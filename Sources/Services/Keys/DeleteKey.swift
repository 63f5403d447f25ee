import ProtocolWire
import Registry
import Store

/// `keys.deleteKey`: the end of a key, at once.
enum DeleteKey {
    static let procedure = Procedure(
        "keys.deleteKey",
        .delete(
            .soft,
            takesAlong: "nothing; with `permanent` its links, limits, credits and sealed secret, and its hash is free",
            onRepeat: .refused(.keyNotFound)
        ),
        summary: "Deletes a key; its next verification says NOT_FOUND.",
        access: .after(Keys.permission(to: "delete_key"), refusal: .forbidden),
        idempotency: .idempotent,
        changes: "tombstone on the key, or its removal, audit `key.delete`",
        parameters: Parameters(
            Input.init,
            Keys.keyID,
            .defaulted("permanent", .boolean, to: false, "Whether it is erased instead of kept for 48 hours.")
        ),
        reply: .empty,
        errors: [Keys.notFound, Keys.forbidden],
        examples: [Example(params: #"{"keyId":"key_2Rb7LdQwz0","permanent":true}"#, data: "{}")],
        lane: .write { call, input, transaction throws(Problem) in
            let key = try transaction.key(input.keyID, of: call).reference
            if input.isPermanent {
                try transaction.eraseKey(key, in: call.workspace)
            } else {
                try transaction.deleteKey(key, in: call.workspace)
            }
        }
    )

    struct Input: Sendable {
        let keyID: String
        let isPermanent: Bool
    }
}
