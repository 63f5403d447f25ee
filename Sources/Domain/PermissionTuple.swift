/// A permission of the form `<type>.<id>.<action>` (`conventions.md` §6.1).
public struct PermissionTuple: Sendable, Equatable {
    /// The kind of thing: `api`, `ratelimit`, `identity`, `rbac`, `workspace`.
    public let type: String
    /// An identifier, or `*`.
    public let id: String
    /// What may be done.
    public let action: String

    /// Reads a tuple that may be granted: known type and action, and an `id` that is `*` or `[a-zA-Z0-9_]+`.
    ///
    /// - Returns: `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let (type, id, action) = (String(parts[0]), String(parts[1]), String(parts[2]))
        guard let actions = Self.actions[type], actions.contains(action) else { return nil }
        if id != "*" {
            guard !id.isEmpty, id.utf8.allSatisfy(\.isIdentifierByte), Self.takesIdentifiers(type, action) else {
                return nil
            }
        }
        self.type = type
        self.id = id
        self.action = action
    }

    /// Whether holding this one is enough to hand out another: `type.*.action` covers `type.<id>.action`.
    func covers(_ other: PermissionTuple) -> Bool {
        type == other.type && action == other.action && (id == "*" || id == other.id)
    }

    private static func takesIdentifiers(_ type: String, _ action: String) -> Bool {
        switch type {
        case "api", "ratelimit": true
        case "identity": action == "read_identity"
        default: false
        }
    }

    private static let actions: [String: Set<String>] = [
        "api": [
            "create_api", "read_api", "update_api", "delete_api", "create_key", "read_key", "update_key", "delete_key",
            "verify_key", "encrypt_key", "decrypt_key", "read_analytics",
        ],
        "ratelimit": [
            "limit", "create_namespace", "read_namespace", "update_namespace", "delete_namespace", "set_override",
            "read_override", "delete_override", "list_overrides", "read_analytics",
        ],
        "identity": ["create_identity", "read_identity", "update_identity", "delete_identity"],
        "rbac": [
            "create_permission", "read_permission", "update_permission", "delete_permission", "create_role",
            "read_role",
            "update_role", "delete_role", "add_permission_to_key", "remove_permission_from_key", "add_role_to_key",
            "remove_role_from_key", "add_permission_to_role", "remove_permission_from_role",
        ],
        "workspace": ["create_root_key", "read_usage"],
    ]
}

extension UInt8 {
    var isIdentifierByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
