import ProtocolWire
import Registry
import Store

/// What the three procedures on a key's roles share (`keys.md` §10).
enum KeyRoles {
    static let changes =
        "links of the key, audit `authorization.connect_role_and_key` and "
        + "`authorization.disconnect_role_and_key`; nothing when none comes or goes"

    static let errors = [Keys.notFound, Keys.forbidden, Keys.unknownRole]

    /// All roles after the call.
    static let reply = Reply<[RoleView]>.list(of: RoleView.members)

    static let example = Example(
        params: #"{"keyId":"key_2Rb7LdQwz0","roles":["Accounting"]}"#,
        data: "[\(RoleView.example)]"
    )

    struct Input: Sendable {
        let keyID: String
        let names: [String]
    }

    /// Changes the roles of a key.
    ///
    /// - Parameters:
    ///   - change: What the list means.
    ///   - input: The key and the list.
    ///   - call: Whose change it is.
    ///   - transaction: Where it is made.
    /// - Returns: All roles after it, by name.
    /// - Throws: 403 and 404 as declared; 500, when SQLite fails.
    static func apply(
        _ change: MemberChange,
        _ input: Input,
        _ call: Call,
        _ transaction: WriteTransaction
    ) throws(Problem) -> [RoleView] {
        let key = try transaction.key(input.keyID, of: call)
        let listed = try transaction.resolveRoles(input.names, in: call.workspace) { name throws(Problem) in
            throw .noRole(name)
        }
        if try transaction.change(change, listed, of: key.reference, in: call.workspace) {
            try transaction.noteChange(of: key.reference, in: call.workspace, event: nil)
        }
        var views: [RoleView] = []
        for role in try transaction.roles(of: key.number) { views.append(try transaction.view(of: role)) }
        return views
    }
}
