import ProtocolWire
import Registry
import Store

/// What has to be so that a key's secret can be kept or shown (`keys.md` §4, §5, §11).
enum KeyRecovery {
    /// What keeps a sealed copy of a new key's secret.
    static let encrypt = Permission.anyOf(
        "api.*.encrypt_key",
        "api.{apiId}.encrypt_key",
        "U(keyspaces/{keyspaceId}/keys/*#encrypt_key)"
    )

    static let refused = DeclaredError(
        .preconditionFailed,
        "the server has no recovery secret, or the API does not allow recovery"
    )

    static func requireSecret(_ transaction: ReadTransaction) throws(Problem) {
        guard transaction.recovery == nil else { return }
        throw Problem(
            .preconditionFailed,
            "This server cannot recover keys: it was started without a recovery secret. Its operator makes one with latchkeyd "
                + "generate-secret and names it with --recovery-secret-file."
        )
    }

    static func requireAllowed(_ isAllowed: Bool, by api: String) throws(Problem) {
        guard !isAllowed else { return }
        throw Problem(
            .preconditionFailed,
            "The API '\(api)' does not allow its keys to be recovered. Switch keyRecovery on with apis.updateApi."
        )
    }
}
