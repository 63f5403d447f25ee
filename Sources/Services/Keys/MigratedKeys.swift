import Cryptography
import Domain
import ProtocolWire
import Registry
import Store

/// Finds the key of a verification, among those too that wait for their first one after a migration (`keys.md` §13.6).
enum MigratedKeys {
    /// The key that the secret belongs to and that the caller may verify; `nil` where there is none.
    ///
    /// One that waits is given the hash of its whole secret first, for good; then it is found like any other.
    ///
    /// - Throws: A miss or a prerequisite; 400, where the secret cannot be taken apart.
    static func key(
        _ verification: Verification,
        _ call: Call,
        _ state: HotState
    ) throws(Interruption) -> HotKey? {
        switch state.key(verification.secret.hash) {
        case .present(let key):
            let isShown =
                key.api.workspace.reference == call.workspace && call.mayShow(bindings(key))
                && verification.takes(key.api.keyspaceID)
            return isShown ? key : nil
        case .unknown:
            guard verification.migrationID == nil else { return try convert(verification, call, state) }
            throw .miss(.key(verification.secret.hash))
        case .absent: return try convert(verification, call, state)
        }
    }

    private static func bindings(_ key: HotKey) -> Bindings {
        ["apiId": key.api.id.text, "keyspaceId": key.api.keyspaceID.text, "keyId": key.id.text]
    }

    private static func convert(
        _ verification: Verification,
        _ call: Call,
        _ state: HotState
    ) throws(Interruption) -> HotKey? {
        guard let migrationID = verification.migrationID else { return nil }
        let secret = verification.secret.text.flatMap(PrefixedSecret.init)
        let name = PendingKeyName(
            whole: verification.secret.hash,
            hash: secret?.hash,
            migration: KeyMigrationID(migrationID),
            workspace: call.workspace.number
        )
        switch state.pendingKey(name) {
        case nil: throw .miss(.pendingKey(name))
        case .known, .noMigration: return nil
        case .noSuchKey:
            if secret == nil { throw .problem(.notPrefixed) }
            return nil
        case .waiting(let row):
            let bindings: Bindings = [
                "apiId": row.apiID.text, "keyspaceId": row.keyspaceID.text, "keyId": row.id.text,
            ]
            guard let secret, call.mayShow(bindings), verification.takes(row.keyspaceID) else { return nil }
            let workspace = call.workspace
            throw .first(
                Prerequisite(.migratedKey(name), of: call) { transaction throws(Problem) in
                    try transaction.convertPendingKey(name, start: secret.start, in: workspace)
                }
            )
        }
    }
}

/// A secret of prefix, short token and long token, as `github.com/seamapi/prefixed-api-key` makes them; the prefix may hold `_`.
struct PrefixedSecret: Sendable {
    /// Of the long token, which is all that the other service kept.
    let hash: KeyHash
    /// What is shown of it: the prefix and the first four characters behind it.
    let start: String

    /// - Returns: `nil` for a text of fewer than three parts.
    init?(_ text: String) {
        // Code points: an accent behind an underscore does not make it another character.
        let text = text.unicodeScalars
        guard let last = text.lastIndex(of: "_"), let middle = text[..<last].lastIndex(of: "_") else { return nil }
        hash = SHA256.hash(String(text[text.index(after: last)...]))
        start = String(text[...middle]) + String(text[text.index(after: middle)...].prefix(4))
    }
}

extension Problem {
    fileprivate static let notPrefixed = Problem(
        .secretMalformed,
        "The migration takes over prefixed keys, and the secret is not of the form prefix_short_long. Send the whole secret.",
        faults: [
            Fault(
                location: "body.key",
                message: "must have three parts with underscores between them",
                fix: "send prefix_short_long, or leave migrationId out"
            )
        ]
    )
}
