/// What a root key holds.
///
/// Strings that parse as nothing grant nothing. Wildcards work in URNs only; a tuple such as `api.*.create_key` is compared
/// as it stands (`conventions.md` §6.1).
public struct PermissionSet: Sendable {
    /// The strings, sorted by bytes, each once.
    public let strings: [String]
    /// Whether everything in the workspace is allowed: `*`, or `unkey:v1:<workspace>:**#*` (`conventions.md` §6.3).
    public let isFullAccess: Bool
    /// The strings that parse as URNs.
    let urns: [PermissionURN]
    private let exact: Set<String>

    /// What these strings allow in a workspace.
    public init(_ strings: some Sequence<String>, in workspace: WorkspaceID) {
        self.strings = Self.canonical(strings)
        exact = Set(self.strings.filter { $0.utf8.allSatisfy { $0 < 0x80 } })
        urns = self.strings.compactMap { PermissionURN($0) }
        isFullAccess = exact.contains("*") || urns.contains { $0.isFullAccess && $0.workspace == workspace.text }
    }

    /// Permissions as they are stored and shown: sorted by bytes, each once; what differs in one byte is another one.
    public static func canonical(_ strings: some Sequence<String>) -> [String] {
        let sorted = strings.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return sorted.enumerated().compactMap { index, text in
            index > 0 && sorted[index - 1].utf8.elementsEqual(text.utf8) ? nil : text
        }
    }

    /// Whether a requirement's leaf is satisfied.
    ///
    /// - Parameter leaf: A tuple or a URN, placeholders filled in.
    /// - Returns: Whether one of the strings is enough for it.
    public func satisfies(_ leaf: String) -> Bool {
        if isFullAccess || exact.contains(leaf) { return true }
        guard leaf.hasPrefix("unkey:"), let required = PermissionURN(leaf) else { return false }
        return urns.contains { $0.satisfies(required) }
    }
}
