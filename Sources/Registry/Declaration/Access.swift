import ProtocolWire

/// Who may call a procedure, and when that is decided.
public enum Access: Sendable {
    /// Whoever reaches the socket; no credential is looked at.
    case anyone
    /// A peer of the operator socket; inside no workspace.
    case `operator`
    /// A peer of the operator socket, inside the workspace that the parameter `workspaceId` names.
    case operatorInWorkspace
    /// A root key, inside its workspace, whose permission is known before anything is looked up: a refusal says nothing of
    /// what exists. Placeholders name parameters. On the operator socket, where the procedure is there too, `workspaceId`
    /// names the workspace and no permission is asked for.
    case before(Permission)
    /// The same, but the procedure has to look something up first: it calls ``Call/require(_:else:)``.
    case after(Permission, refusal: Refusal)
    /// A root key without any permission of its own: the procedure shows only what the caller may see.
    case filtered(Permission)

    /// What a root key gets that may not.
    public enum Refusal: Sendable {
        /// 403, naming what would have been enough.
        case forbidden
        /// What it would get if the thing did not exist, to the byte.
        case masked
        /// 403, the same whether the thing exists or not; it names only what would have been enough for everything.
        case blind
    }

    /// The rule, where there is one.
    public var permission: Permission? {
        switch self {
        case .anyone, .operator, .operatorInWorkspace: nil
        case .before(let permission), .after(let permission, _), .filtered(let permission): permission
        }
    }

    /// Whether a call acts inside a workspace.
    public var isInWorkspace: Bool {
        switch self {
        case .anyone, .operator: false
        case .operatorInWorkspace, .before, .after, .filtered: true
        }
    }
}

/// The sockets of the daemon; a procedure is there on one or on both.
public struct Sockets: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8

    /// Sockets by their bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// For everybody; root keys authenticate.
    public static let api = Sockets(rawValue: 1)
    /// For the operator; the kernel authenticates.
    public static let `operator` = Sockets(rawValue: 2)
}
