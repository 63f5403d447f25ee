import Domain
import ProtocolWire
import Registry
import Store

/// `keys.createKey`: a new key of an API.
enum CreateKey {
    static let procedure = Procedure(
        "keys.createKey",
        .create(onRepeat: "issues another key"),
        summary: "Issues a key; its secret is in this reply and never again.",
        access: .after(
            .anyOf("api.*.create_key", "api.{apiId}.create_key", "U(keyspaces/{keyspaceId}#create_key)"),
            refusal: .masked
        ),
        idempotency: .conditional,
        changes: "1 key, audit `key.create`",
        parameters: Parameters(
            Input.init,
            .required("apiId", .string(length: 3...255, matching: .identifier), "API of the key."),
            .optional("prefix", Keys.prefix, "What the secret starts with; else the API's default."),
            .optional("name", Keys.name, "Label."),
            .optional("byteLength", .integer(16...255), "Random bytes of the secret; else the API's default, else 16."),
            .optional("meta", Keys.meta, "Any object; a verification returns it."),
            .optional("expires", Keys.expires, "When the key stops, Unix milliseconds; else never."),
            .defaulted("enabled", .boolean, to: true, "Whether the key verifies.")
        ),
        reply: Reply(
            .string("keyId", "Identifier of the new key, `key_…`.") { $0.id.text },
            .string("key", "The secret.") { $0.secret }
        ),
        errors: [
            DeclaredError(
                .apiNotFound,
                "missing, deleted, another workspace's, or the permission is missing; the replies are alike"
            )
        ],
        examples: [
            Example(
                params: #"{"apiId":"api_5kPq9XvTn0","prefix":"eu","name":"ci runner","meta":{"plan":"pro"}}"#,
                data: #"{"keyId":"key_2Rb7LdQwz0","key":"eu_4XhPc9WvKqJtY2mSdN7uEa"}"#
            )
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let apiID: String
        let prefix: String?
        let name: String?
        let byteLength: Int?
        let meta: String?
        let expires: Int?
        let isEnabled: Bool
    }

    struct Output: Sendable {
        let id: KeyID
        let secret: String
    }

    private static func run(_ call: Call, _ input: Input, _ transaction: WriteTransaction) throws(Problem) -> Output {
        let api = try transaction.existingAPI(input.apiID, in: call.workspace)
        try call.require(["apiId": api.id.text, "keyspaceId": api.keyspaceID.text], else: .noAPI(input.apiID))
        let secret = Secret(
            prefix: input.prefix ?? api.defaultPrefix,
            byteLength: input.byteLength ?? api.defaultByteLength ?? 16,
            using: &transaction.random
        )
        let key = NewKey(
            api: api,
            hash: secret.hash,
            start: secret.start,
            name: input.name,
            meta: input.meta == "{}" ? nil : input.meta,
            isEnabled: input.isEnabled,
            expires: input.expires.map { UnixMilliseconds(Int64($0)) }
        )
        return Output(id: try transaction.insertKey(key, in: call.workspace), secret: secret.text)
    }
}
