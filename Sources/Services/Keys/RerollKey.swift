import Domain
import ProtocolWire
import Registry
import Store

/// `keys.rerollKey`: a new secret with the same settings; the old one runs out.
enum RerollKey {
    static let procedure = Procedure(
        "keys.rerollKey",
        .domain(
            .reroll,
            effects: "Issues a key with the settings of another, which then ends sooner or at once",
            onRepeat: "issues another key"
        ),
        summary: "Issues a new secret with a key's settings; the old one runs out.",
        access: .after(Keys.create, refusal: .forbidden),
        idempotency: .conditional,
        changes: """
            1 key with limits and links, the end of the original, audit `key.reroll`, `ratelimit.create`, \
            `authorization.connect_permission_and_key` and `authorization.connect_role_and_key`
            """,
        parameters: Parameters(
            Input.init,
            Keys.keyID,
            .requiredOrNull(
                "expiration",
                .integer(0...4_102_444_800_000),
                "Milliseconds that the original still lives at most, rounded up to a whole minute; 0 = it ends now, null = it "
                    + "stays as it is."
            )
        ),
        reply: Reply(
            .string("keyId", "Identifier of the new key, `key_…`.") { $0.id.text },
            .string("key", "The new secret.") { $0.secret }
        ),
        errors: [
            Keys.notFound,
            DeclaredError(
                .insufficientPermissions,
                "the permission to create keys is missing, or of a recoverable key the one to encrypt"
            ),
            KeyRecovery.refused,
        ],
        examples: [
            Example(
                params: #"{"keyId":"key_2Rb7LdQwz0","expiration":3600000}"#,
                data: #"{"keyId":"key_9GdWp4RtH0","key":"eu_8Zb3NfLq6VxCs1KjTy5mPw"}"#
            )
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let keyID: String
        let expiration: Int?
    }

    private static func run(
        _ call: Call,
        _ input: Input,
        _ transaction: WriteTransaction
    ) throws(Problem) -> CreateKey.Output {
        let original = try transaction.key(input.keyID, of: call)
        let isRecoverable = try transaction.isRecoverable(original.number)
        if isRecoverable {
            try call.require(KeyRecovery.encrypt, original.bindings)
            try KeyRecovery.requireSecret(transaction)
            try KeyRecovery.requireAllowed(original.apiAllowsRecovery, by: original.apiID.text)
        }
        let api = try transaction.existingAPI(original.apiID.text, in: call.workspace)
        let secret = Secret(
            prefix: prefix(of: original.start) ?? api.defaultPrefix,
            byteLength: api.defaultByteLength ?? Secret.standardBytes,
            using: &transaction.random
        )
        let key = try transaction.copy(original, under: secret, in: call.workspace)
        if isRecoverable { try transaction.storeSealed(secret.text, of: key) }
        if let expiration = input.expiration {
            try transaction.end(original, after: expiration, at: call.time, in: call.workspace)
        }
        return CreateKey.Output(id: key.id, secret: secret.text)
    }

    /// What a secret started with: all before the last underscore, because base58 has none.
    private static func prefix(of start: String) -> String? {
        start.lastIndex(of: "_").map { String(start[..<$0]) }
    }
}

extension WriteTransaction {
    /// Stores a key with all settings of another one, under another secret.
    fileprivate func copy(
        _ original: KeyRow,
        under secret: Secret,
        in workspace: WorkspaceReference
    ) throws(Problem) -> KeyReference {
        let key = try insertKey(
            NewKey(
                api: original.api,
                hash: secret.hash,
                start: secret.start,
                name: original.name,
                meta: original.meta,
                isEnabled: original.isEnabled,
                expires: original.expires,
                identity: original.linkedIdentity,
                credits: original.credits
            ),
            in: workspace,
            event: "key.reroll",
            replacing: original.reference
        )
        _ = try change(.add, try permissions(of: original.number), of: key, in: workspace)
        _ = try change(.add, try roles(of: original.number), of: key, in: workspace)
        let limits = try ratelimits(of: .key(original.number)).map(\.setting)
        _ = try replaceRatelimits(of: .key(key.number), with: limits, in: workspace)
        return key
    }

    /// Ends a key some time from now, but never later than it would have ended.
    fileprivate func end(
        _ key: KeyRow,
        after milliseconds: Int,
        at time: UnixMilliseconds,
        in workspace: WorkspaceReference
    ) throws(Problem) {
        let minute: Int64 = 60_000
        // A key still verifies at the very millisecond of its end, so one that ends now has ended a moment ago.
        let end =
            milliseconds == 0
            ? time.adding(milliseconds: -1)
            : UnixMilliseconds((time.value + Int64(milliseconds) + minute - 1) / minute * minute)
        guard key.expires.map({ end < $0 }) ?? true else { return }
        var row = key
        row.expires = end
        try updateKey(row)
        try noteChange(of: key.reference, in: workspace, event: nil)
    }
}
