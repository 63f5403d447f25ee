import Domain
import ProtocolWire

/// What a root key must hold to call a procedure: a tree of permissions (`conventions.md` §6).
///
/// A leaf is a tuple, `api.{apiId}.read_api`, or `U(path#action)`, which is the URN `unkey:v1:<caller's workspace>:path#action`.
/// A placeholder in braces stands for an identifier that is known when the rule is checked.
public indirect enum Permission: Sendable {
    /// One string.
    case leaf(String)
    /// Any of these is enough.
    case any([Permission])
    /// All of these are needed; a refusal names the first that is missing.
    case all([Permission])

    /// Any of these strings is enough.
    public static func anyOf(_ leaves: String...) -> Permission {
        leaves.count == 1 ? .leaf(leaves[0]) : .any(leaves.map(Permission.leaf))
    }

    /// All of these are needed.
    public static func allOf(_ parts: Permission...) -> Permission { .all(parts) }

    /// The names of all placeholders.
    var placeholders: Set<String> {
        switch self {
        case .leaf(let text): Template(text).placeholders
        case .any(let parts), .all(let parts): parts.reduce(into: []) { $0.formUnion($1.placeholders) }
        }
    }

    /// The rule in words, for the documents.
    public var description: String {
        switch self {
        case .leaf(let text): "`\(text)`"
        case .any(let parts): parts.map(\.nested).joined(separator: " or ")
        case .all(let parts): parts.map(\.nested).joined(separator: " and ")
        }
    }

    private var nested: String {
        if case .leaf = self { return description }
        return "(\(description))"
    }

    /// Checks the rule.
    ///
    /// - Parameters:
    ///   - holder: What the root key holds.
    ///   - workspace: The root key's.
    ///   - bindings: A value for each placeholder.
    /// - Returns: `nil` when it is satisfied, else what would have been enough.
    func missing(from holder: PermissionSet, in workspace: WorkspaceID, _ bindings: Bindings) -> String? {
        if holder.isFullAccess { return nil }
        switch self {
        case .leaf(let text):
            let leaf = Template(text).filled(in: workspace, bindings)
            return holder.satisfies(leaf) ? nil : "'\(leaf)'"
        case .any(let parts):
            var missing: [String] = []
            for part in parts {
                guard let sufficient = part.missing(from: holder, in: workspace, bindings) else { return nil }
                missing.append(sufficient)
            }
            return missing.joined(separator: " or ")
        case .all(let parts):
            for part in parts {
                if let missing = part.missing(from: holder, in: workspace, bindings) { return missing }
            }
            return nil
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

    subscript(name: Substring) -> String? {
        values.first { $0.0 == name }?.1
    }
}

/// A leaf as it is declared, with placeholders.
private struct Template {
    private let text: Substring
    private let isURN: Bool

    init(_ text: String) {
        isURN = text.hasPrefix("U(") && text.hasSuffix(")")
        self.text = isURN ? text.dropFirst(2).dropLast() : text[...]
    }

    var placeholders: Set<String> {
        Set(text.split(separator: "{").dropFirst().compactMap { $0.split(separator: "}").first.map(String.init) })
    }

    func filled(in workspace: WorkspaceID, _ bindings: Bindings) -> String {
        var filled = isURN ? "unkey:v1:\(workspace):" : ""
        var rest = text
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            filled += rest[..<open]
            let name = rest[rest.index(after: open)..<close]
            guard let value = bindings[name] else { preconditionFailure("no value for {\(name)} of a permission rule") }
            filled += value
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }
}
