public import Domain
public import ProtocolWire

/// Who calls.
public enum Caller: Sendable {
    /// Somebody who showed nothing, and was asked for nothing.
    case anyone
    /// A peer of the operator socket.
    case `operator`
    /// A root key.
    case rootKey(Principal)

    /// What an audit row says.
    public var actor: String {
        switch self {
        case .anyone: "anyone"
        case .operator: "operator"
        case .rootKey(let principal): principal.id.text
        }
    }
}

/// The circumstances of one call, as a procedure sees them.
public struct Call: Sendable {
    /// The server's name of the request.
    public let requestID: RequestID
    /// One time for the whole call.
    public let time: UnixMilliseconds
    /// Who calls.
    public let caller: Caller
    private let access: Access
    private let resolvedWorkspace: WorkspaceReference?

    init(
        requestID: RequestID,
        time: UnixMilliseconds,
        caller: Caller,
        access: Access,
        workspace: WorkspaceReference?
    ) {
        self.requestID = requestID
        self.time = time
        self.caller = caller
        self.access = access
        resolvedWorkspace = workspace
    }

    /// The workspace the call acts in; only for a procedure whose access is inside one.
    public var workspace: WorkspaceReference {
        guard let resolvedWorkspace else { preconditionFailure("the procedure is declared outside any workspace") }
        return resolvedWorkspace
    }

    /// The root key that calls; `nil` for the operator, who may do everything.
    public var principal: Principal? {
        if case .rootKey(let principal) = caller { return principal }
        return nil
    }

    /// Checks the declared permission against things that have been looked up.
    ///
    /// - Parameters:
    ///   - bindings: A value for each placeholder of the rule.
    ///   - missing: What the caller would get if the thing did not exist; thrown where the declaration masks.
    /// - Throws: 403, or `missing`.
    public func require(_ bindings: Bindings, else missing: @autoclosure () -> Problem) throws(Problem) {
        guard let permission = access.permission else { return }
        do throws(Problem) {
            try require(permission, bindings)
        } catch {
            if case .after(_, refusal: .masked) = access { throw missing() }
            throw error
        }
    }

    /// Checks a permission that is asked for besides the declared one.
    public func require(_ permission: Permission, _ bindings: Bindings = [:]) throws(Problem) {
        guard let principal else { return }
        let missing = permission.missing(from: principal.permissions, in: principal.workspace.id, bindings)
        if let missing { throw Problem(.insufficientPermissions, "Missing permission: \(missing).") }
    }

    /// Whether the declared permission is satisfied for a row of a list.
    public func mayShow(_ bindings: Bindings) -> Bool {
        guard let principal, let permission = access.permission else { return true }
        return permission.missing(from: principal.permissions, in: principal.workspace.id, bindings) == nil
    }
}
