import ProtocolWire
import Registry

/// `rootKeys.deleteKey`: the end of a root key, at once.
enum DeleteRootKey {
    static let procedure = Procedure(
        "rootKeys.deleteKey",
        .delete(.soft, takesAlong: "nothing", onRepeat: .refused(.keyNotFound)),
        summary: "Deletes a root key; its next request is refused.",
        sockets: [.api, .operator],
        access: .before(.anyOf("U(rootKeys/{keyId}#delete)")),
        idempotency: .idempotent,
        changes: "tombstone on the root key, audit `rootKey.delete`",
        parameters: Parameters(Input.init, .required("keyId", RootKeys.keyID, "Root key to delete.")),
        reply: .empty,
        errors: [.insufficientPermissions, RootKeys.keyNotFound],
        examples: [Example(params: #"{"keyId":"key_0pWd4RsYu0"}"#, data: "{}")],
        lane: .write { call, input, transaction throws(Problem) in
            let row = try transaction.existingRootKey(input.keyID, in: call.workspace)
            try transaction.deleteRootKey(row, in: call.workspace)
        }
    )

    struct Input: Sendable { let keyID: String }
}
