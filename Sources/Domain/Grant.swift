/// A permission that one root key is to give another: what may be granted at all, and by whom (`rootKeys.md` §1.1, §1.2).
public enum Grant: Sendable, Equatable {
    /// A URN of the catalogue.
    case urn(PermissionURN)
    /// A tuple.
    case tuple(PermissionTuple)

    /// Why a text cannot be granted: a clause that goes behind the text's place in the request.
    public struct Refusal: Error, Sendable, Equatable {
        /// The rule that is broken.
        public let message: String
        /// What to send instead.
        public let fix: String
    }

    /// Reads what is to be granted in a workspace.
    ///
    /// - Throws: ``Refusal`` for `*`, for another workspace's URN, and for anything the catalogue does not have.
    public init(_ text: String, in workspace: WorkspaceID) throws(Refusal) {
        if text == "*" {
            throw Refusal(
                message: "'*' can be granted by the operator only",
                fix: "write full access as unkey:v1:\(workspace):**#*"
            )
        }
        if let tuple = PermissionTuple(text) {
            self = .tuple(tuple)
            return
        }
        guard let urn = PermissionURN(text) else {
            throw Refusal(
                message: "is no permission that can be granted",
                fix: "send what a procedure asks for, such as api.*.read_api; protocol/procedures.md says it of each"
            )
        }
        guard urn.workspace == workspace.text else {
            throw Refusal(message: "is about another workspace", fix: "name your own workspace, \(workspace)")
        }
        guard GrantCatalogue.contains(urn) else {
            throw Refusal(
                message: "names a path or an action that cannot be granted",
                fix: "send what a procedure asks for, such as rootKeys/*#read; protocol/procedures.md says it of each"
            )
        }
        self = .urn(urn)
    }

    /// Whether a root key may hand this out: one of its own permissions covers it, or it has full access.
    public func isCovered(by holder: PermissionSet) -> Bool {
        Self.isCovered(text, by: holder)
    }

    /// The same for a stored permission, whatever it is: an equal string always covers.
    public static func isCovered(_ text: String, by holder: PermissionSet) -> Bool {
        if holder.isFullAccess || holder.strings.contains(text) { return true }
        if let tuple = PermissionTuple(text) {
            return holder.strings.contains { PermissionTuple($0)?.covers(tuple) ?? false }
        }
        guard let urn = PermissionURN(text) else { return false }
        return holder.urns.contains { $0.coversPattern(of: urn) }
    }

    private var text: String {
        switch self {
        case .tuple(let tuple): "\(tuple.type).\(tuple.id).\(tuple.action)"
        case .urn(let urn): "unkey:v1:\(urn.workspace):\(urn.path.joined(separator: "/"))#\(urn.action)"
        }
    }
}

extension PermissionURN {
    /// Whether every resource and action that `other` can match is matched by this one: pattern against pattern.
    func coversPattern(of other: PermissionURN) -> Bool {
        guard workspace == other.workspace, action == other.action || action == "*" else { return false }
        let isOpen = path.last == "**"
        let isOtherOpen = other.path.last == "**"
        if isOtherOpen, !isOpen { return false }
        let stem = isOpen ? path.dropLast() : path[...]
        let otherStem = isOtherOpen ? other.path.dropLast() : other.path[...]
        guard isOpen ? stem.count <= otherStem.count : stem.count == otherStem.count else { return false }
        return zip(stem, otherStem).allSatisfy { held, asked in held == "*" || held == asked }
    }
}
