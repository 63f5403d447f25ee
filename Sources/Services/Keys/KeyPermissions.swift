import ProtocolWire
import Registry
import Store

/// What the three procedures on a key's direct permissions share (`keys.md` §9).
enum KeyPermissions {
    /// What changes a key's permissions: everything about this one key, or keys in general and such links.
    static func access(_ links: String...) -> Access {
        let parts = [Keys.tuples(to: "update_key")] + links.map(Permission.leaf)
        return .after(.any([Keys.updateOne, .all(parts)]), refusal: .forbidden)
    }

    static let add = "rbac.*.add_permission_to_key"
    static let remove = "rbac.*.remove_permission_from_key"

    static let changes =
        "links of the key, audit `authorization.connect_permission_and_key` and "
        + "`authorization.disconnect_permission_and_key`; nothing when none comes or goes"
    static let changesAndMore =
        "links of the key, permissions that do not exist yet, audit "
        + "`authorization.connect_permission_and_key`, `authorization.disconnect_permission_and_key` and `permission.create`; "
        + "nothing when none comes or goes"

    static let creationForbidden = DeclaredError(
        .insufficientPermissions,
        "some slug does not exist, and both `rbac.*.create_permission` and `U(rbac/permissions/*#create_permission)` are "
            + "missing; nothing is changed"
    )

    /// The direct permissions after the call.
    static let reply = Reply<[PermissionRow]>.list(of: Permissions.members)

    static let example = Example(
        params: #"{"keyId":"key_2Rb7LdQwz0","permissions":["invoices.read"]}"#,
        data: "[\(Permissions.example)]"
    )

    struct Input: Sendable {
        let keyID: String
        let slugs: [String]
    }

    /// Changes the direct permissions of a key.
    ///
    /// - Parameters:
    ///   - change: What the list means.
    ///   - permissions: The list.
    ///   - key: The key.
    ///   - call: Whose change it is.
    ///   - transaction: Where it is made.
    /// - Returns: The direct permissions after it, by slug.
    /// - Throws: 500, when SQLite fails.
    static func apply(
        _ change: MemberChange,
        _ permissions: [PermissionRow],
        to key: KeyRow,
        _ call: Call,
        _ transaction: WriteTransaction
    ) throws(Problem) -> [PermissionRow] {
        if try transaction.change(change, permissions, of: key.reference, in: call.workspace) {
            try transaction.noteChange(of: key.reference, in: call.workspace, event: nil)
        }
        return try transaction.permissions(of: key.number)
    }

    /// The permissions that a request lists; those that do not exist are made where the caller may.
    static func resolve(
        _ slugs: [String],
        _ call: Call,
        _ transaction: WriteTransaction
    ) throws(Problem) -> [PermissionRow] {
        try transaction.resolvePermissions(slugs, in: call.workspace) { () throws(Problem) in
            try call.require(Permissions.createListed)
        }
    }
}
