/// The URN paths and actions that may be granted (`rootKeys.md` §1.1).
///
/// A placeholder `<…>` is one identifier or `*`.
enum GrantCatalogue {
    private struct Entry {
        let path: [String]
        let actions: Set<String>

        init(_ path: String, _ actions: String...) {
            self.path = path.split(separator: "/").map(String.init)
            self.actions = Set(actions)
        }
    }

    private static let entries = [
        Entry("rootKeys/<id>", "read", "write", "delete"),
        Entry("limits", "read"),
        Entry("usage", "read"),
        Entry("keyspaces/<ks>", "create_key", "read_keyspace"),
        Entry(
            "keyspaces/<ks>/keys/<key>",
            "read_key",
            "update_key",
            "delete_key",
            "verify_key",
            "encrypt_key",
            "decrypt_key"
        ),
        Entry("ratelimits/namespaces/<ns>/overrides/<ov>", "read_override"),
        Entry("rbac/permissions/<id>", "create_permission"),
        Entry(
            "projects/<p>/identities/<id>",
            "read",
            "write",
            "delete",
            "create_identity",
            "read_identity",
            "update_identity",
            "delete_identity"
        ),
        Entry("projects/<p>", "read", "write", "delete"),
        Entry("projects/<p>/keyspaces/<ks>", "read", "write", "delete"),
        Entry("projects/<p>/keyspaces/<ks>/logs", "read"),
        Entry("projects/<p>/keyspaces/<ks>/keys/<key>", "read", "write", "delete", "decrypt", "verify"),
        Entry("projects/<p>/ratelimits/namespaces/<ns>", "read", "write", "delete", "limit"),
        Entry("projects/<p>/ratelimits/namespaces/<ns>/logs", "read"),
        Entry("projects/<p>/ratelimits/namespaces/<ns>/overrides/<ov>", "read", "write", "delete"),
        Entry("projects/<p>/rbac/roles/<id>", "read", "write", "delete"),
        Entry("projects/<p>/rbac/permissions/<id>", "read", "write", "delete"),
    ]

    static func contains(_ urn: PermissionURN) -> Bool {
        guard urn.path.last == "**" else {
            return entries.contains { $0.actions.contains(urn.action) && matches(urn.path[...], $0.path[...]) }
        }
        if urn.isFullAccess { return true }
        let stem = urn.path.dropLast()
        return entries.contains { entry in
            entry.actions.contains(urn.action)
                && stem.count <= entry.path.count
                && matches(stem, entry.path.prefix(stem.count))
        }
    }

    private static func matches(_ path: ArraySlice<String>, _ template: ArraySlice<String>) -> Bool {
        path.count == template.count && zip(path, template).allSatisfy { $1.hasPrefix("<") || $0 == $1 }
    }
}
