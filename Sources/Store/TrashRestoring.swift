public import Domain
public import ProtocolWire
import SQLite

/// A deleted thing that is about to be restored.
public struct DeletedRow<Kind: Entity>: Sendable {
    let number: RowNumber<Kind>
    /// Its public name.
    public let id: Identifier<Kind>
    /// The name that has to be free for it.
    public let uniqueName: String
}

/// A deleted key that is about to be restored.
public struct DeletedKeyRow: Sendable {
    let number: RowNumber<Key>
    let hash: KeyHash
    /// Its public name.
    public let id: KeyID
    /// The API it belongs to.
    public let apiID: APIID
    /// Whether that is deleted, too, so that the key would still not be there.
    public let isAPIDeleted: Bool
}

// By identifier, workspace and the last deletion that cannot be taken back; then back, by number.
extension DeletedRow {
    fileprivate static func decode(_ row: borrowing Columns) -> DeletedRow {
        DeletedRow(number: row.number(0), id: Identifier(row.text(1)), uniqueName: row.text(2))
    }
}

private let deletedAPI = Query(
    "SELECT number, id, name FROM apis WHERE id = ?1 AND workspace = ?2 AND deleted_at_ms > ?3",
    decode: DeletedRow<API>.decode
)
private let deletedIdentity = Query(
    "SELECT number, id, external_id FROM identities WHERE id = ?1 AND workspace = ?2 AND deleted_at_ms > ?3",
    decode: DeletedRow<Identity>.decode
)
private let deletedRole = Query(
    "SELECT number, id, name FROM roles WHERE id = ?1 AND workspace = ?2 AND deleted_at_ms > ?3",
    decode: DeletedRow<AccessRole>.decode
)
private let deletedPermission = Query(
    "SELECT number, id, slug FROM permissions WHERE id = ?1 AND workspace = ?2 AND deleted_at_ms > ?3",
    decode: DeletedRow<AccessPermission>.decode
)
private let deletedKey = Query(
    """
    SELECT k.number, k.id, k.hash, a.id, a.deleted_at_ms IS NOT NULL
    FROM keys AS k JOIN apis AS a ON a.number = k.api
    WHERE k.number = ?1 AND a.workspace = ?2 AND k.deleted_at_ms > ?3
    """
) { row in
    DeletedKeyRow(
        number: row.number(0),
        hash: row.hash(2),
        id: KeyID(row.text(1)),
        apiID: APIID(row.text(3)),
        isAPIDeleted: row.boolean(4)
    )
}

private let restoreAPI = Command("UPDATE apis SET deleted_at_ms = NULL WHERE number = ?1")
private let restoreKey = Command("UPDATE keys SET deleted_at_ms = NULL, deleted_in = NULL WHERE number = ?1")
private let restoreIdentity = Command("UPDATE identities SET deleted_at_ms = NULL WHERE number = ?1")
private let restoreRole = Command("UPDATE roles SET deleted_at_ms = NULL WHERE number = ?1")
private let restorePermission = Command("UPDATE permissions SET deleted_at_ms = NULL WHERE number = ?1")

// What can be restored is looked for by the time of the request.
extension WriteTransaction {
    /// The deleted API of that name in a workspace, while it can be restored.
    public func deletedAPI(_ id: APIID, in workspace: WorkspaceReference) throws(Problem) -> DeletedRow<API>? {
        try deleted(Store.deletedAPI, id.text, workspace)
    }

    /// The deleted key of that name in a workspace, while it can be restored.
    public func deletedKey(_ id: KeyID, in workspace: WorkspaceReference) throws(Problem) -> DeletedKeyRow? {
        guard let number = try number(of: id) else { return nil }
        let row = try first(Store.deletedKey, number.value, workspace.number.value, Tombstone.end(at: stamp.time).value)
        return row?.id == id ? row : nil
    }

    /// The deleted identity of that name in a workspace, while it can be restored.
    public func deletedIdentity(
        _ id: IdentityID,
        in workspace: WorkspaceReference
    ) throws(Problem) -> DeletedRow<Identity>? {
        try deleted(Store.deletedIdentity, id.text, workspace)
    }

    /// The deleted role of that name in a workspace, while it can be restored.
    public func deletedRole(_ id: RoleID, in workspace: WorkspaceReference) throws(Problem) -> DeletedRow<AccessRole>? {
        try deleted(Store.deletedRole, id.text, workspace)
    }

    /// The deleted permission of that name in a workspace, while it can be restored.
    public func deletedPermission(
        _ id: PermissionID,
        in workspace: WorkspaceReference
    ) throws(Problem) -> DeletedRow<AccessPermission>? {
        try deleted(Store.deletedPermission, id.text, workspace)
    }

    private func deleted<Row>(
        _ query: Query<Row>,
        _ id: String,
        _ workspace: WorkspaceReference
    ) throws(Problem) -> Row? {
        try first(query, id, workspace.number.value, Tombstone.end(at: stamp.time).value)
    }
}

// That the unique name is free has been looked up.
extension WriteTransaction {
    /// Takes the tombstone off an API; its keys are there again with it.
    public func restore(_ api: DeletedRow<API>, in workspace: WorkspaceReference) throws(Problem) {
        try run(Store.restoreAPI, api.number.value)
        try audit("api.restore", api.id.text, in: workspace)
        note(.api(api.number))
    }

    /// Takes the tombstone off a key of a live API.
    public func restore(_ key: DeletedKeyRow, in workspace: WorkspaceReference) throws(Problem) {
        try run(Store.restoreKey, key.number.value)
        try audit("key.restore", key.id.text, in: workspace)
        note(.key(hash: key.hash))
    }

    /// Takes the tombstone off an identity; its limits are there again, and the keys that had it have it again.
    public func restore(_ identity: DeletedRow<Identity>, in workspace: WorkspaceReference) throws(Problem) {
        try run(Store.restoreIdentity, identity.number.value)
        try audit("identity.restore", identity.id.text, in: workspace)
        for limit in try ratelimits(of: .identity(identity.number)) {
            try audit("ratelimit.restore", limit.id.text, in: workspace)
        }
        note(.identity(identity.number, in: workspace.number))
    }

    /// Takes the tombstone off a role; the keys that had it have it again.
    public func restore(_ role: DeletedRow<AccessRole>, in workspace: WorkspaceReference) throws(Problem) {
        try run(Store.restoreRole, role.number.value)
        try audit("role.restore", role.id.text, in: workspace)
        note(.accessModel(workspace.number))
    }

    /// Takes the tombstone off a permission; the roles and keys that had it have it again.
    public func restore(_ permission: DeletedRow<AccessPermission>, in workspace: WorkspaceReference) throws(Problem) {
        try run(Store.restorePermission, permission.number.value)
        try audit("permission.restore", permission.id.text, in: workspace)
        note(.accessModel(workspace.number))
    }
}
