import Bytes
import Cryptography
import Domain
import JSONSyntax
import ProtocolWire
import Registry
import Store

/// Finds out who calls (`conventions.md` §5), in the order that the reference fixes.
enum Authenticator {
    /// The caller of a request.
    ///
    /// - Throws: 401, 403 or 404; or a miss, where the database has to be asked about the credential.
    static func caller(
        _ access: Access,
        _ credential: JSONText?,
        _ session: Session,
        _ state: HotState,
        at time: UnixMilliseconds
    ) throws(Interruption) -> Caller {
        if session.socket == .operator { return .operator }
        if case .anyone = access { return .anyone }
        guard let credential else { throw .problem(.credentialMissing) }
        let rootKey = try rootKey(credential, session, state)
        if let refusal = refusal(of: rootKey, at: time) { throw .problem(refusal) }
        state.noteUse(of: rootKey, at: time)
        return .rootKey(rootKey.principal)
    }

    /// The root key of a credential; the connection's last one is known by its bytes, without hashing them.
    private static func rootKey(
        _ credential: JSONText,
        _ session: Session,
        _ state: HotState
    ) throws(Interruption) -> HotRootKey {
        if let known = session.rootKey, known.isCurrent, session.credential.readable.hasSameBytes(as: credential.raw) {
            return known
        }
        guard credential.withBytes({ $0.contains { $0 > 0x20 } }) else { throw .problem(.credentialEmpty) }
        let hash = credential.withBytes { SHA256.hash($0) }
        switch state.rootKey(hash) {
        case .present(let rootKey):
            session.rootKey = rootKey
            session.credential.removeAll()
            session.credential.append(credential.raw)
            return rootKey
        case .absent: throw .problem(.credentialUnknown)
        case .unknown: throw .miss(.rootKey(hash))
        }
    }

    private static func refusal(of rootKey: HotRootKey, at time: UnixMilliseconds) -> Problem? {
        if rootKey.workspace.isDeleted { return .workspaceGone }
        if !rootKey.workspace.isEnabled { return .workspaceDisabled }
        if !rootKey.principal.isEnabled { return .rootKeyDisabled }
        if let expires = rootKey.principal.expires, expires <= time { return .rootKeyExpired }
        return nil
    }
}

extension Problem {
    static let credentialMissing = Problem(
        .credentialMissing,
        "The request carries no root key. Send one: `auth` in a frame, `Authorization: Bearer <root key>` over HTTP."
    )
    static let credentialEmpty = Problem(
        .credentialMalformed,
        "The root key is empty or not of the form `Bearer <root key>`. Send the whole secret, as it was issued."
    )
    static let credentialUnknown = Problem(
        .credentialUnknown,
        "The root key is not accepted. Check that it is complete, and that it was not deleted."
    )
    static let rootKeyExpired = Problem(.rootKeyExpired, "The root key has expired. Use another one.")
    static let rootKeyDisabled = Problem(
        .rootKeyDisabled,
        "The root key is disabled. Enable it with rootKeys.updateKey."
    )
    static let workspaceDisabled = Problem(
        .workspaceDisabled,
        "The workspace of the root key is disabled. Its operator can enable it with workspaces.updateWorkspace."
    )
    static let workspaceGone = Problem(.workspaceNotFound, "The workspace of the root key does not exist any more.")
}
