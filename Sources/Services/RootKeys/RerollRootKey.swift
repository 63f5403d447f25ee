import Domain
import ProtocolWire
import Registry
import Store

/// `rootKeys.rerollKey`: a new secret with the same settings; the old one runs out.
enum RerollRootKey {
    static let procedure = Procedure(
        "rootKeys.rerollKey",
        .domain(
            .reroll,
            effects: "Issues a root key with the settings of another, which then ends sooner or at once",
            onRepeat: "issues another root key"
        ),
        summary: "Issues a new secret with a root key's settings; the old one runs out.",
        sockets: [.api, .operator],
        access: .before(.anyOf("U(rootKeys/{keyId}#write)")),
        idempotency: .conditional,
        changes: "1 root key, the end of the original, audit `rootKey.reroll`",
        parameters: Parameters(
            Input.init,
            .required("keyId", RootKeys.keyID, "Original."),
            .requiredOrNull(
                "expiration",
                .integer(0...4_102_444_800_000),
                "Milliseconds that the original still lives at most; 0 = it ends now, null = it stays as it is."
            )
        ),
        reply: Reply(
            .string("keyId", "Identifier of the new root key, `key_…`.") { $0.id.text },
            .string("key", "The new secret, `latchkey_…`.") { $0.secret }
        ),
        errors: [
            DeclaredError(
                .insufficientPermissions,
                "write is missing, or, with an expiration, `U(rootKeys/{keyId}#delete)`"
            ),
            RootKeys.keyNotFound,
            DeclaredError(.insufficientPermissions, "the original has a permission that the caller does not cover"),
        ],
        examples: [
            Example(
                params: #"{"keyId":"key_0pWd4RsYu0","expiration":3600000}"#,
                data: #"{"keyId":"key_6eMx1TkGy0","key":"latchkey_4dFh8sKq4XhPc9WvKqJtY2mSdN7uEaLw"}"#
            )
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let keyID: String
        let expiration: Int?
    }

    private static let endsOriginal = Permission.anyOf("U(rootKeys/{keyId}#delete)")

    private static func run(
        _ call: Call,
        _ input: Input,
        _ transaction: WriteTransaction
    ) throws(Problem) -> CreateRootKey.Output {
        if input.expiration != nil { try call.require(endsOriginal, ["keyId": input.keyID]) }
        let original = try transaction.existingRootKey(input.keyID, in: call.workspace)
        try call.requireCovered(original.permissions)
        let output = try transaction.issueRootKey(
            name: original.name,
            isEnabled: original.isEnabled,
            permissions: original.permissions,
            expires: original.expires,
            event: "rootKey.reroll",
            in: call.workspace
        )
        if let expiration = input.expiration {
            // Expired is what is not later than now, so with 0 the very next request is refused.
            let end = call.time.adding(milliseconds: Int64(expiration))
            let isSooner = original.expires.map { end < $0 } ?? true
            if isSooner { try transaction.expireRootKey(original, at: end) }
        }
        return output
    }
}
