import Domain
import ProtocolWire

/// What a root key must hold to call a procedure: a tree of permissions (`conventions.md` §6).
///
/// A leaf is a tuple, `api.{apiId}.read_api`, or `U(path#action)`, which is the URN `unkey:v1:<caller's workspace>:path#action`.
/// A placeholder in braces stands for an identifier that is known when the rule is checked.
public indirect enum Permission: Sendable {
    /// One string.
    case one(PermissionLeaf)
    /// Any of these is enough.
    case any([Permission])
    /// All of these are needed; a refusal names the first that is missing.
    case all([Permission])

    /// Any of these strings is enough.
    public static func anyOf(_ leaves: String...) -> Permission {
        leaves.count == 1 ? .leaf(leaves[0]) : .any(leaves.map(Permission.leaf))
    }

    /// One string.
    public static func leaf(_ text: String) -> Permission { .one(PermissionLeaf(text)) }

    /// All of these are needed.
    public static func allOf(_ parts: Permission...) -> Permission { .all(parts) }

    /// The names of all placeholders.
    var placeholders: Set<String> {
        switch self {
        case .one(let leaf): leaf.placeholders
        case .any(let parts), .all(let parts): parts.reduce(into: []) { $0.formUnion($1.placeholders) }
        }
    }

    /// The rule in words, for the documents.
    public var description: String {
        switch self {
        case .one(let leaf): "`\(leaf.text)`"
        case .any(let parts): parts.map(\.nested).joined(separator: " or ")
        case .all(let parts): parts.map(\.nested).joined(separator: " and ")
        }
    }

    private var nested: String {
        if case .one = self { return description }
        return "(\(description))"
    }

    /// Whether a root key may, with what it holds.
    ///
    /// - Parameters:
    ///   - holder: What the root key holds.
    ///   - workspace: The root key's.
    ///   - bindings: A value for each placeholder; asked for only where a string with placeholders is looked at.
    /// - Returns: Whether what is held is enough.
    func isSatisfied(by holder: PermissionSet, in workspace: WorkspaceID, _ bindings: () -> Bindings) -> Bool {
        if holder.isFullAccess { return true }
        switch self {
        case .one(let leaf): return leaf.isSatisfied(by: holder, in: workspace, bindings)
        case .any(let parts): return parts.contains { $0.isSatisfied(by: holder, in: workspace, bindings) }
        case .all(let parts): return parts.allSatisfy { $0.isSatisfied(by: holder, in: workspace, bindings) }
        }
    }

    /// What would have been enough for a root key that may not: of strings any of which would do all, of parts all of which
    /// are needed the first that is missing (`conventions.md` §6.5).
    func sufficient(for holder: PermissionSet, in workspace: WorkspaceID, _ bindings: Bindings) -> String {
        switch self {
        case .one(let leaf): return "'\(leaf.filled(in: workspace, bindings))'"
        case .any(let parts):
            return parts.map { $0.sufficient(for: holder, in: workspace, bindings) }.joined(separator: " or ")
        case .all(let parts):
            let missing = parts.first { !$0.isSatisfied(by: holder, in: workspace) { bindings } }
            return (missing ?? parts[0]).sufficient(for: holder, in: workspace, bindings)
        }
    }
}

/// Values for the placeholders of a permission rule: `["apiId": "api_…"]`.
public struct Bindings: ExpressibleByDictionaryLiteral, Sendable {
    private let values: [(String, String)]

    /// Names and values, in pairs.
    public init(dictionaryLiteral elements: (String, String)...) {
        values = elements
    }

    init(_ values: [(String, String)]) {
        self.values = values
    }

    subscript(name: String) -> String? {
        values.first { $0.0 == name }?.1
    }
}

/// One string of a rule as it is declared, read once.
public struct PermissionLeaf: Sendable {
    /// The declared text, placeholders in braces.
    public let text: String
    private let isURN: Bool
    private let pieces: [Piece]

    private enum Piece: Sendable {
        case literal(String)
        case placeholder(String)
    }

    init(_ text: String) {
        self.text = text
        isURN = text.hasPrefix("U(") && text.hasSuffix(")")
        var rest = isURN ? text.dropFirst(2).dropLast() : text[...]
        var pieces: [Piece] = []
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            pieces.append(.literal(String(rest[..<open])))
            pieces.append(.placeholder(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        pieces.append(.literal(String(rest)))
        self.pieces = pieces
    }

    var placeholders: Set<String> {
        Set(
            pieces.compactMap { piece in
                if case .placeholder(let name) = piece { name } else { nil }
            }
        )
    }

    func isSatisfied(by holder: PermissionSet, in workspace: WorkspaceID, _ bindings: () -> Bindings) -> Bool {
        if !isURN, pieces.count == 1 { return holder.satisfies(text) }
        return holder.satisfies(filled(in: workspace, pieces.count == 1 ? [:] : bindings()))
    }

    func filled(in workspace: WorkspaceID, _ bindings: Bindings) -> String {
        pieces.reduce(into: isURN ? "unkey:v1:\(workspace):" : "") { filled, piece in
            switch piece {
            case .literal(let text): filled += text
            case .placeholder(let name):
                guard let value = bindings[name] else {
                    preconditionFailure("no value for {\(name)} of a permission rule")
                }
                filled += value
            }
        }
    }
}
