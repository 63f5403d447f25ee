import Domain
import ProtocolWire
import Registry
import Store

/// `rootKeys.createKey`: a new root key.
enum CreateRootKey {
    static let procedure = Procedure(
        "rootKeys.createKey",
        .create(onRepeat: .another("issues another root key")),
        summary: "Issues a root key; its secret is in this reply and never again.",
        sockets: [.api, .operator],
        access: .before(.anyOf("U(rootKeys/*#write)", "workspace.*.create_root_key")),
        idempotency: .conditional,
        changes: "1 root key, audit `rootKey.create`",
        parameters: Parameters(
            Input.init,
            .required(
                "permissions",
                .array(of: RootKeys.permission, count: 0...10_000),
                "What the key may do: tuples such as `api.*.read_api`, or URNs; the caller must hold at least as much."
            ),
            .optional("name", .string(length: 0...255), "Label."),
            .nullable(
                "expires",
                .integer(.exact),
                "When the key stops, Unix milliseconds, in the future; null = never."
            )
        ),
        reply: Reply(
            .string("keyId", "Identifier of the new root key, `key_…`.") { $0.id.text },
            .string("key", "The secret, `latchkey_…`.") { $0.secret }
        ),
        errors: [
            .insufficientPermissions,
            DeclaredError(.invalidInput, "expires is not in the future, or later than the caller's own"),
            DeclaredError(.invalidInput, "a permission cannot be granted"),
            DeclaredError(.insufficientPermissions, "a permission goes beyond the caller's own"),
        ],
        examples: [
            Example(
                params: #"{"name":"backup job","permissions":["api.*.read_api"]}"#,
                data: #"{"keyId":"key_0pWd4RsYu0","key":"latchkey_8sKq4XhPc9WvKqJtY2mSdN7uEaLwGf31"}"#
            )
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let permissions: [String]
        let name: String?
        let expires: Int?
    }

    struct Output: Sendable {
        let id: RootKeyID
        let secret: String
    }

    private static func run(_ call: Call, _ input: Input, _ transaction: WriteTransaction) throws(Problem) -> Output {
        let expires = input.expires.map { UnixMilliseconds(Int64($0)) }
        if let expires, expires <= call.time {
            throw .invalid(
                at: "body.expires",
                "must be later than now, \(call.time.value), got \(expires.value)",
                fix: "send a time in the future, in milliseconds, or null"
            )
        }
        try call.requireNotOutlived(by: expires, at: "body.expires")
        try call.requireGrantable(input.permissions)
        return try transaction.issueRootKey(
            name: input.name,
            isEnabled: true,
            permissions: PermissionSet.canonical(input.permissions),
            expires: expires,
            event: "rootKey.create",
            in: call.workspace
        )
    }
}

extension WriteTransaction {
    /// Draws a secret and stores a root key under it.
    func issueRootKey(
        name: String?,
        isEnabled: Bool,
        permissions: [String],
        expires: UnixMilliseconds?,
        event: StaticString,
        in workspace: WorkspaceReference
    ) throws(Problem) -> CreateRootKey.Output {
        let secret = Secret(prefix: RootKeys.secretPrefix, byteLength: RootKeys.secretBytes, using: &random)
        let key = NewRootKey(
            hash: secret.hash,
            start: secret.start,
            end: secret.end,
            name: name,
            isEnabled: isEnabled,
            permissions: permissions,
            expires: expires
        )
        return CreateRootKey.Output(id: try insertRootKey(key, in: workspace, event: event), secret: secret.text)
    }
}
