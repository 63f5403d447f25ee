/// A permission of the form `unkey:v1:<workspace>:<path>#<action>`, with wildcards (`conventions.md` §6.2).
public struct PermissionURN: Sendable, Equatable {
    /// The workspace it is about.
    public let workspace: String
    /// The path's segments; `*` stands for one segment, `**` as the last one for the rest.
    public let path: [String]
    /// The action; `*` for all of them.
    public let action: String

    /// Reads a permission.
    ///
    /// - Returns: `nil` when the text breaks the grammar; such a text grants nothing.
    public init?(_ text: String) {
        // Identifiers are ASCII. Beyond it Swift takes texts of different bytes for equal (U+212A is "K"), and no bytes but the
        // same may open anything.
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let halves = text.split(separator: "#", omittingEmptySubsequences: false)
        guard halves.count == 2 else { return nil }
        let fields = halves[0].split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
        guard fields.count == 4, fields[0] == "unkey", fields[1] == "v1" else { return nil }
        guard !fields[2].isEmpty, !fields[2].contains("/") else { return nil }
        let path = fields[3].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard Self.isPath(path), Self.isAction(String(halves[1]), with: path) else { return nil }
        workspace = String(fields[2])
        self.path = path
        action = String(halves[1])
    }

    /// A permission made of its parts, which the caller vouches for.
    init(workspace: String, path: [String], action: String) {
        self.workspace = workspace
        self.path = path
        self.action = action
    }

    /// Whether the path is `**`: every resource.
    public var coversEveryPath: Bool { path == ["**"] }

    /// Whether it is full access to its workspace.
    public var isFullAccess: Bool { coversEveryPath && action == "*" }

    /// Whether holding this permission satisfies a requirement.
    ///
    /// A `*` in the requirement means "all of them": only a wildcard here covers that segment.
    public func satisfies(_ required: PermissionURN) -> Bool {
        workspace == required.workspace
            && (action == required.action || action == "*")
            && Self.covers(path, required.path)
    }

    private static func covers(_ held: [String], _ required: [String]) -> Bool {
        if held.last == "**" {
            let stem = held.dropLast()
            return stem.count <= required.count && zip(stem, required).allSatisfy { $0 == $1 || $0 == "*" }
        }
        return held.count == required.count && zip(held, required).allSatisfy { $0 == $1 || $0 == "*" }
    }

    private static func isPath(_ segments: [String]) -> Bool {
        for (index, segment) in segments.enumerated() {
            if segment.isEmpty || segment.contains(":") { return false }
            if segment == "*" { continue }
            if segment == "**", index == segments.count - 1 { continue }
            if segment.contains("*") { return false }
        }
        return true
    }

    private static func isAction(_ action: String, with path: [String]) -> Bool {
        guard let first = action.first, let last = action.last else { return false }
        if action.contains(where: { $0 == ":" || $0 == "/" }) || first == "_" || last == "_" { return false }
        return !action.contains("*") || (action == "*" && path == ["**"])
    }
}
