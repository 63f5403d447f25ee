import Domain
import ProtocolWire
public import Registry
public import Store

/// `keys.verifyKey`: whether a key may do this now.
enum VerifyKey {
    static let procedure = Procedure(
        "keys.verifyKey",
        .domain(.verify, effects: "Decides, and spends what the decision costs", onRepeat: "decides and spends again"),
        summary: "Decides whether a key may be used now.",
        access: .after(
            .anyOf(
                "api.*.verify_key",
                "api.{apiId}.verify_key",
                "U(keyspaces/{keyspaceId}/keys/{keyId}#verify_key)"
            ),
            refusal: .masked
        ),
        idempotency: .not,
        parameters: Parameters(Input.init, .required("key", .secret(length: 1...512), "The whole secret.")),
        reply: Reply(
            .boolean("valid", "Whether the code is VALID.") { $0.code == .valid },
            .string("code", "VALID, NOT_FOUND, DISABLED or EXPIRED.") { $0.code.rawValue },
            .rendered(
                { $0.key },
                .string("keyId", "Identifier of the key; not with NOT_FOUND.") { $0.id.text },
                .string("keyspaceId", "Keyspace of the key; not with NOT_FOUND.") { $0.api.keyspaceID.text },
                .boolean("enabled", "Whether the key is switched on; not with NOT_FOUND.") { $0.isEnabled },
                .optionalString("name", "Label, if set.") { $0.name },
                .optionalText(json: "meta", "The key's object, if set.") { $0.meta },
                .optionalInteger("expires", "When the key stops, Unix milliseconds, if set.") { $0.expires?.value }
            )
        ),
        examples: [
            Example(
                params: #"{"key":"eu_4XhPc9WvKqJtY2mSdN7uEa"}"#,
                data: """
                    {"valid":true,"code":"VALID","keyId":"key_2Rb7LdQwz0","keyspaceId":"ks_1CmVb6ZpJ0","enabled":true}
                    """
            ),
            Example(
                params: #"{"key":"eu_unknown"}"#,
                data: #"{"valid":false,"code":"NOT_FOUND"}"#
            ),
        ],
        lane: .hot(run)
    )

    struct Input: Sendable { let hash: KeyHash }

    struct Output {
        let code: Code
        let key: HotKey?

        static var notFound: Output { Output(code: .notFound, key: nil) }
    }

    enum Code: String {
        case valid = "VALID"
        case notFound = "NOT_FOUND"
        case disabled = "DISABLED"
        case expired = "EXPIRED"
    }

    /// The order of the checks is the reference's (`keys.md` §13.2); the first hit wins.
    private static func run(_ call: Call, _ input: Input, _ state: HotState) throws(Interruption) -> Output {
        let key: HotKey
        switch state.key(input.hash) {
        case .present(let entry): key = entry
        case .absent: return .notFound
        case .unknown: throw .miss(.key(input.hash))
        }
        guard key.api.workspace.reference == call.workspace, call.mayShow(bindings(key)) else { return .notFound }
        if !key.isEnabled { return Output(code: .disabled, key: key) }
        if let expires = key.expires, call.time > expires { return Output(code: .expired, key: key) }
        return Output(code: .valid, key: key)
    }

    private static func bindings(_ key: HotKey) -> Bindings {
        ["apiId": key.api.id.text, "keyspaceId": key.api.keyspaceID.text, "keyId": key.id.text]
    }
}

extension HotKey: KeepsReply {}
