import ProtocolWire
import Registry
import Store

/// `keys.getKey`: one key by its identifier.
enum GetKey {
    static let procedure = Procedure(
        "keys.getKey",
        .get,
        summary: "Reads a key and all that belongs to it; nothing is counted.",
        access: .after(Keys.permission(to: "read_key"), refusal: .forbidden),
        idempotency: .idempotent,
        parameters: Parameters(
            Input.init,
            Keys.keyID,
            .defaulted(
                "decrypt",
                .boolean,
                to: false,
                "Whether the secret is to be shown, where it is recoverable; asks for the action `decrypt_key` besides."
            )
        ),
        reply: Reply(KeyView.membersWithPlaintext),
        errors: [
            Keys.notFound,
            Keys.forbidden,
            KeyRecovery.refused,
        ],
        examples: [Example(params: #"{"keyId":"key_2Rb7LdQwz0"}"#, data: KeyView.example)],
        lane: .read(run)
    )

    struct Input: Sendable {
        let keyID: String
        let isDecrypted: Bool
    }

    private static let decrypt = Keys.permission(to: "decrypt_key")

    private static func run(_ call: Call, _ input: Input, _ transaction: ReadTransaction) throws(Problem) -> KeyView {
        let key = try transaction.key(input.keyID, of: call)
        if input.isDecrypted {
            try KeyRecovery.requireSecret(transaction)
            try call.require(decrypt, key.bindings)
            try KeyRecovery.requireAllowed(key.apiAllowsRecovery, by: key.apiID.text)
        }
        var view = try transaction.view(of: key)
        if input.isDecrypted { view.plaintext = try transaction.recoveredSecret(of: key.reference) }
        return view
    }
}
