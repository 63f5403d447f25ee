import ProtocolWire
import Registry
import Store

/// `keys.whoami`: one key by its secret.
enum WhoAmI {
    static let procedure = Procedure(
        "keys.whoami",
        .get,
        summary: "Reads the key that a secret belongs to; nothing is counted.",
        access: .after(Keys.permission(to: "read_key"), refusal: .masked),
        idempotency: .idempotent,
        parameters: Parameters(Input.init, .required("key", .secret(length: 1...512), "The whole secret.")),
        reply: Reply(KeyView.members),
        errors: [
            DeclaredError(
                .keyNotFound,
                "missing, deleted, another workspace's, of a deleted API, or the permission is missing; the replies are alike"
            )
        ],
        examples: [Example(params: #"{"key":"eu_4XhPc9WvKqJtY2mSdN7uEa"}"#, data: KeyView.example)],
        namingException: "the published name of the question that a key's holder asks",
        lane: .read { call, input, transaction throws(Problem) in
            guard let key = try transaction.key(input.hash, in: call.workspace) else { throw unknown }
            try call.require(key.bindings, else: unknown)
            return try transaction.view(of: key)
        }
    )

    struct Input: Sendable { let hash: KeyHash }

    private static let unknown = Problem(
        .keyNotFound,
        "No key of this workspace has that secret. Check that it is complete, prefix included, and that the key was not deleted."
    )
}
