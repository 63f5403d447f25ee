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
    /// Where the caller's own client is, in the caller's words; `nil` when it did not say.
    public let clientAddress: String?
    /// Whether the reply is stored before it is told: then what is spent can still be lost, and has to be told with it.
    public let keepsReply: Bool
    private let access: Access
    /// The workspace that an operator named, once it has been found.
    private let namedWorkspace: WorkspaceReference?

    init(
        requestID: RequestID,
        time: UnixMilliseconds,
        caller: Caller,
        access: Access,
        clientAddress: String? = nil,
        keepsReply: Bool = false,
        namedWorkspace: WorkspaceReference? = nil
    ) {
        self.clientAddress = clientAddress
        self.keepsReply = keepsReply
        self.requestID = requestID
        self.time = time
        self.caller = caller
        self.access = access
        self.namedWorkspace = namedWorkspace
    }

    /// The workspace the call acts in: the root key's, or the one that the operator named.
    ///
    /// Only for a procedure whose access is inside one.
    public var workspace: WorkspaceReference {
        if case .rootKey(let principal) = caller { return principal.workspace }
        guard let namedWorkspace else { preconditionFailure("the procedure is declared outside any workspace") }
        return namedWorkspace
    }

    /// The same call in the workspace that its operator named.
    func acting(in workspace: WorkspaceReference) -> Call {
        Call(
            requestID: requestID,
            time: time,
            caller: caller,
            access: access,
            clientAddress: clientAddress,
            keepsReply: keepsReply,
            namedWorkspace: workspace
        )
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
    public func require(
        _ bindings: @autoclosure () -> Bindings,
        else missing: @autoclosure () -> Problem
    ) throws(Problem) {
        guard !mayShow(bindings()), let permission = access.permission else { return }
        switch access {
        case .after(_, refusal: .masked): throw missing()
        case .after(_, refusal: .blind): throw blindRefusal
        default: throw refusal(permission, bindings())
        }
    }

    /// Checks a permission that is asked for besides the declared one.
    public func require(_ permission: Permission, _ bindings: @autoclosure () -> Bindings = [:]) throws(Problem) {
        if !holds(permission, bindings()) { throw refusal(permission, bindings()) }
    }

    /// Whether a permission that is asked for besides the declared one is satisfied.
    public func holds(_ permission: Permission, _ bindings: @autoclosure () -> Bindings = [:]) -> Bool {
        satisfies(permission, bindings)
    }

    /// Whether the declared permission is satisfied, for a thing that has been looked up or a row of a list.
    public func mayShow(_ bindings: @autoclosure () -> Bindings) -> Bool {
        // Asked first, because it is the answer for most callers, and nothing has to be taken apart for it.
        guard case .rootKey(let principal) = caller, !principal.permissions.isFullAccess else { return true }
        guard let permission = access.permission else { return true }
        return permission.isSatisfied(by: principal.permissions, in: principal.workspace.id, bindings)
    }

    /// Whether the declared permission is satisfied for anything at all; where not, nothing needs to be looked up.
    public var mayShowAnything: Bool {
        guard let principal, let permission = access.permission else { return true }
        return permission.isSatisfiable(by: principal.permissions, in: principal.workspace.id)
    }

    /// 403 that names what would have been enough for all there is, and so tells of no single thing.
    public var blindRefusal: Problem {
        guard let permission = access.permission else { return .internalFailure }
        return refusal(permission.withoutPlaceholders, [:])
    }

    private func satisfies(_ permission: Permission, _ bindings: () -> Bindings) -> Bool {
        guard case .rootKey(let principal) = caller else { return true }
        return permission.isSatisfied(by: principal.permissions, in: principal.workspace.id, bindings)
    }

    private func refusal(_ permission: Permission, _ bindings: Bindings) -> Problem {
        guard let principal else { return .internalFailure }
        let sufficient = permission.sufficient(for: principal.permissions, in: principal.workspace.id, bindings)
        return Problem(.insufficientPermissions, "Missing permission: \(sufficient)")
    }
}
