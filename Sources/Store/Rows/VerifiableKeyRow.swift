import Domain
public import ProtocolWire
import SQLite

/// All that a verification needs to know of a key, with the API and the workspace it belongs to.
public struct VerifiableKeyRow: Sendable {
    let hash: KeyHash
    let id: KeyID
    let name: String?
    let meta: String?
    let isEnabled: Bool
    let expires: UnixMilliseconds?
    let api: RowNumber<API>
    let apiID: APIID
    let keyspaceID: KeyspaceID
    let workspace: WorkspaceReference
    let isWorkspaceEnabled: Bool

    /// Whether a change may have made the row another than it was read.
    public func dependsOn(_ change: Change) -> Bool {
        switch change {
        case .key(let hash): hash == self.hash
        case .api(let number): number == api
        case .workspace(let number), .accessModel(let number), .identity(_, in: let number): number == workspace.number
        case .rootKey, .namespace, .override: false
        }
    }
}

extension VerifiableKeyRow {
    static let byHash = Query(
        """
        SELECT k.hash, k.id, k.name, k.meta, k.is_enabled, k.expires_at_ms, a.number, a.id, a.keyspace_id, w.number, w.id,
            w.is_enabled
        FROM keys AS k JOIN apis AS a ON a.number = k.api JOIN workspaces AS w ON w.number = a.workspace
        WHERE k.hash = ?1 AND k.migration IS NULL AND k.deleted_at_ms IS NULL AND a.deleted_at_ms IS NULL AND w.deleted_at_ms IS NULL
        """
    ) { row in
        VerifiableKeyRow(
            hash: row.hash(0),
            id: KeyID(row.text(1)),
            name: row.optionalText(2),
            meta: row.optionalText(3),
            isEnabled: row.boolean(4),
            expires: row.optionalMilliseconds(5),
            api: row.number(6),
            apiID: APIID(row.text(7)),
            keyspaceID: KeyspaceID(row.text(8)),
            workspace: WorkspaceReference(number: row.number(9), id: WorkspaceID(row.text(10))),
            isWorkspaceEnabled: row.boolean(11)
        )
    }
}

extension ReadTransaction {
    /// The live key with that hash, of a live API in a live workspace.
    ///
    /// One that waits for its migration has no hash of its whole secret yet.
    public func verifiableKey(_ hash: KeyHash) throws(Problem) -> VerifiableKeyRow? {
        try first(VerifiableKeyRow.byHash, hash)
    }
}
