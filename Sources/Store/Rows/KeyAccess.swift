public import Domain
public import ProtocolWire
import SQLite

// What a key may do: its permissions and its roles.

/// How one kind of member is linked to keys: the statements, each with the key's number first, and what audit rows say.
private struct KeyLinks: Sendable {
    let connect: Command
    let disconnect: Command
    /// Drops links to members that have a tombstone.
    let disconnectDeleted: Command
    let connected: StaticString
    let disconnected: StaticString

    static let permissions = KeyLinks(
        connect: Command("INSERT INTO key_permissions (key, permission) VALUES (?1, ?2)"),
        disconnect: Command("DELETE FROM key_permissions WHERE key = ?1 AND permission = ?2"),
        disconnectDeleted: Command(
            """
            DELETE FROM key_permissions WHERE key = ?1 AND EXISTS (
                SELECT 1 FROM permissions AS p WHERE p.number = key_permissions.permission AND p.deleted_at_ms IS NOT NULL
            )
            """
        ),
        connected: "authorization.connect_permission_and_key",
        disconnected: "authorization.disconnect_permission_and_key"
    )
    static let roles = KeyLinks(
        connect: Command("INSERT INTO key_roles (key, role) VALUES (?1, ?2)"),
        disconnect: Command("DELETE FROM key_roles WHERE key = ?1 AND role = ?2"),
        disconnectDeleted: Command(
            """
            DELETE FROM key_roles WHERE key = ?1 AND EXISTS (
                SELECT 1 FROM roles AS r WHERE r.number = key_roles.role AND r.deleted_at_ms IS NOT NULL
            )
            """
        ),
        connected: "authorization.connect_role_and_key",
        disconnected: "authorization.disconnect_role_and_key"
    )
}

/// What can be linked to a key.
private protocol KeyMember {
    associatedtype Kind: Entity
    var number: RowNumber<Kind> { get }
    var id: Identifier<Kind> { get }
}

extension PermissionRow: KeyMember {}
extension RoleRow: KeyMember {}

/// What becomes of a key's members that a request does not list.
public enum MemberChange: Sendable {
    /// They stay; the listed ones come.
    case add
    /// They stay; the listed ones go.
    case remove
    /// They go; the listed ones stay or come.
    case set

    /// Which members come and which go.
    fileprivate func difference<Member: KeyMember>(
        from before: [Member],
        _ listed: [Member]
    ) -> (coming: [Member], going: [Member]) {
        let had = Set(before.map(\.number))
        let named = Set(listed.map(\.number))
        let coming = self == .remove ? [] : listed.filter { !had.contains($0.number) }
        switch self {
        case .add: return (coming, [])
        case .remove: return (coming, before.filter { named.contains($0.number) })
        case .set: return (coming, before.filter { !named.contains($0.number) })
        }
    }
}

extension WriteTransaction {
    /// Changes the direct permissions of a key, with an audit row for each that comes or goes.
    ///
    /// A deleted permission that the key had does not come back to it after a `set`, should it be restored.
    ///
    /// - Parameters:
    ///   - change: What the list means.
    ///   - permissions: Each once.
    ///   - key: The key.
    ///   - workspace: Of all of them.
    /// - Returns: Whether anything has changed; the caller notes it.
    /// - Throws: 500, when SQLite fails.
    public func change(
        _ change: MemberChange,
        _ permissions: [PermissionRow],
        of key: KeyReference,
        in workspace: WorkspaceReference
    ) throws(Problem) -> Bool {
        try self.change(
            change,
            .permissions,
            from: try self.permissions(of: key.number),
            permissions,
            of: key,
            in: workspace
        )
    }

    /// Changes the roles of a key, with an audit row for each that comes or goes.
    ///
    /// - Parameters:
    ///   - change: What the list means.
    ///   - roles: Each once.
    ///   - key: The key.
    ///   - workspace: Of all of them.
    /// - Returns: Whether anything has changed; the caller notes it.
    /// - Throws: 500, when SQLite fails.
    public func change(
        _ change: MemberChange,
        _ roles: [RoleRow],
        of key: KeyReference,
        in workspace: WorkspaceReference
    ) throws(Problem) -> Bool {
        try self.change(change, .roles, from: try self.roles(of: key.number), roles, of: key, in: workspace)
    }

    private func change<Member: KeyMember>(
        _ change: MemberChange,
        _ links: KeyLinks,
        from before: [Member],
        _ listed: [Member],
        of key: KeyReference,
        in workspace: WorkspaceReference
    ) throws(Problem) -> Bool {
        let (coming, going) = change.difference(from: before, listed)
        for member in coming {
            try run(links.connect, key.number.value, member.number.value)
            try audit(links.connected, member.id.text, key.id.text, in: workspace)
        }
        for member in going {
            try run(links.disconnect, key.number.value, member.number.value)
            try audit(links.disconnected, member.id.text, key.id.text, in: workspace)
        }
        if change == .set { try run(links.disconnectDeleted, key.number.value) }
        return !coming.isEmpty || !going.isEmpty
    }

    /// The roles that a request lists by name, each once, in the order of the request.
    ///
    /// Names that differ in ASCII case only are one.
    ///
    /// - Parameters:
    ///   - names: In any order and number.
    ///   - workspace: Where they are looked for.
    ///   - missing: Makes of a name that no role has a role, or refuses.
    /// - Returns: The roles.
    /// - Throws: What `missing` throws, for the first name that no role has; 500, when SQLite fails.
    public func resolveRoles(
        _ names: [String],
        in workspace: WorkspaceReference,
        missing: (String) throws(Problem) -> RoleRow
    ) throws(Problem) -> [RoleRow] {
        var seen: Set<FoldedName> = []
        var roles: [RoleRow] = []
        for name in names where seen.insert(FoldedName(name)).inserted {
            if let row = try role(named: name, in: workspace) {
                roles.append(row)
            } else {
                roles.append(try missing(name))
            }
        }
        return roles
    }
}
