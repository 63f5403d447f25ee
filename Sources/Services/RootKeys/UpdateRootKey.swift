import Domain
import ProtocolWire
import Registry
import Store

/// `rootKeys.updateKey`: name, switch and permissions of a root key.
enum UpdateRootKey {
    static let procedure = Procedure(
        "rootKeys.updateKey",
        .update,
        summary: "Changes a root key's name, switch or permissions; its next request sees it.",
        sockets: [.api, .operator],
        access: .before(.anyOf("U(rootKeys/{keyId}#write)")),
        idempotency: .idempotent,
        changes: "the root key, audit `rootKey.update`; nothing when no value differs",
        parameters: Parameters(
            Input.init,
            .required("keyId", RootKeys.keyID, "Root key to change."),
            .patch("name", .string(length: 1...255), "Label; null removes it."),
            .change("enabled", .boolean, "Whether it is accepted."),
            .change(
                "permissions",
                .array(of: RootKeys.permission, count: 0...1_000),
                "The whole new set; `[]` takes everything away."
            )
        ).requiring("must have at least one member besides keyId", fix: "send name, enabled or permissions") {
            $0.isChange
        },
        reply: .empty,
        errors: [
            DeclaredError(.invalidInput, "nothing is to be changed"),
            .insufficientPermissions,
            DeclaredError(.invalidInput, "a permission cannot be granted"),
            DeclaredError(.insufficientPermissions, "a permission goes beyond the caller's own"),
            RootKeys.keyNotFound,
            DeclaredError(.invalidInput, "the caller expires, and the key lives longer"),
        ],
        examples: [Example(params: #"{"keyId":"key_0pWd4RsYu0","name":null,"enabled":false}"#, data: "{}")],
        lane: .write(run)
    )

    struct Input: Sendable {
        let keyID: String
        let name: Patch<String>
        let isEnabled: Patch<Bool>
        let permissions: Patch<[String]>

        var isChange: Bool { name.isChange || isEnabled.isChange || permissions.isChange }
    }

    private static func run(_ call: Call, _ input: Input, _ transaction: WriteTransaction) throws(Problem) {
        if case .set(let permissions) = input.permissions { try call.requireGrantable(permissions) }
        let current = try transaction.existingRootKey(input.keyID, in: call.workspace)
        try call.requireNotOutlived(by: current.expires, at: "body.keyId")
        var row = current
        row.name = input.name.applied(to: row.name)
        row.isEnabled = input.isEnabled.applied(toValue: row.isEnabled)
        row.permissions = PermissionSet.canonical(input.permissions.applied(toValue: row.permissions))
        if !row.hasSameSettings(as: current) { try transaction.updateRootKey(row, in: call.workspace) }
    }
}
