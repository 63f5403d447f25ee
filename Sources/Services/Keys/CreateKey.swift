import Domain
import ProtocolWire
import Registry
import Store

/// `keys.createKey`: a new key of an API.
enum CreateKey {
    static let procedure = Procedure(
        "keys.createKey",
        .create(onRepeat: .another("issues another key")),
        summary: "Issues a key; its secret is in this reply and never again, unless it is recoverable.",
        access: .after(Keys.create, refusal: .masked),
        idempotency: .conditional,
        changes: """
            1 key with its limits and links, maybe 1 identity and permissions that do not exist yet, audit `key.create`, \
            `ratelimit.create`, `authorization.connect_permission_and_key`, `authorization.connect_role_and_key`, \
            `identity.create` and `permission.create`
            """,
        parameters: Parameters(
            Input.init,
            .required("apiId", .string(length: 3...255, matching: .identifier), "API of the key."),
            .optional("prefix", Keys.prefix, "What the secret starts with; else the API's default."),
            .optional("byteLength", .integer(16...255), "Random bytes of the secret; else the API's default, else 16."),
            .defaulted(
                "recoverable",
                .boolean,
                to: false,
                "Whether a sealed copy of the secret is kept; asks for the action `encrypt_key` besides."
            ),
            KeySettings.field(externalID: Identities.externalID, unknownRole: "is refused")
        ),
        reply: Reply(
            .string("keyId", "Identifier of the new key, `key_…`.") { $0.id.text },
            .string("key", "The secret.") { $0.secret }
        ),
        errors: [
            DeclaredError(
                .apiNotFound,
                "missing, deleted, another workspace's, or a permission is missing; the replies are alike"
            ),
            KeyRecovery.refused,
            Keys.unknownRole,
        ],
        examples: [
            Example(
                params: #"{"apiId":"api_5kPq9XvTn0","prefix":"eu","name":"ci runner","meta":{"plan":"pro"}}"#,
                data: #"{"keyId":"key_2Rb7LdQwz0","key":"eu_4XhPc9WvKqJtY2mSdN7uEa"}"#
            ),
            Example(
                params: """
                    {"apiId":"api_5kPq9XvTn0","externalId":"acct-2041","permissions":["invoices.read"],"credits":{"remaining":500,\
                    "refill":{"interval":"monthly","amount":500,"refillDay":31}},"ratelimits":[{"name":"requests","limit":100,\
                    "duration":60000,"autoApply":true}]}
                    """,
                data: #"{"keyId":"key_8Kd2MvRsT0","key":"9WvKqJtY2mSdN7uEa4XhPc"}"#
            ),
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let apiID: String
        let prefix: String?
        let byteLength: Int?
        let isRecoverable: Bool
        let settings: KeySettings?
    }

    struct Output: Sendable {
        let id: KeyID
        let secret: String
    }

    private static func run(_ call: Call, _ input: Input, _ transaction: WriteTransaction) throws(Problem) -> Output {
        let api = try transaction.existingAPI(input.apiID, in: call.workspace)
        try call.require(api.bindings, else: .noAPI(input.apiID))
        if input.isRecoverable {
            try KeyRecovery.requireSecret(transaction)
            // Masked like the first permission.
            guard call.holds(KeyRecovery.encrypt, api.bindings) else { throw .noAPI(input.apiID) }
            try KeyRecovery.requireAllowed(api.allowsRecovery, by: api.id.text)
        }
        let secret = Secret(
            prefix: input.prefix ?? api.defaultPrefix,
            byteLength: input.byteLength ?? api.defaultByteLength ?? Secret.standardBytes,
            using: &transaction.random
        )
        let key = try transaction.issueKey(
            input.settings ?? KeySettings(),
            of: api,
            hash: secret.hash,
            start: secret.start,
            in: call.workspace
        ) { name throws(Problem) in throw .noRole(name) }
        if input.isRecoverable { try transaction.storeSealed(secret.text, of: key) }
        return Output(id: key.id, secret: secret.text)
    }
}
