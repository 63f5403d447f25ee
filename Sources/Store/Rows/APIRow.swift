public import Domain
public import ProtocolWire
import SQLite

/// An API as the database has it.
public struct APIRow: Sendable {
    /// Its place.
    public let number: RowNumber<API>
    /// Its public name.
    public let id: APIID
    /// The keyspace that was made with it.
    public let keyspaceID: KeyspaceID
    /// Its name in the workspace.
    public let name: String
    /// Whether `deleteApi` is refused.
    public var isProtected: Bool
    /// Where its keys may be used from, ``IPAddress/text`` each, sorted by bytes, each once; `nil` = from anywhere.
    public var allowedAddresses: [String]?
    /// What new keys start with unless the request says otherwise.
    public var defaultPrefix: String?
    /// Random bytes of new keys unless the request says otherwise.
    public var defaultByteLength: Int?
    /// Whether its keys may be recoverable.
    public var allowsRecovery: Bool

    /// Whether storing one over the other changes anything that ``WriteTransaction/updateAPI(_:in:)`` stores.
    public func hasSameSettings(as other: APIRow) -> Bool {
        // Prefixes and addresses are ASCII, where equal texts are equal bytes.
        isProtected == other.isProtected && allowedAddresses == other.allowedAddresses
            && defaultPrefix == other.defaultPrefix && defaultByteLength == other.defaultByteLength
            && allowsRecovery == other.allowsRecovery
    }
}

extension APIRow {
    static let byID = Query(
        """
        SELECT number, id, keyspace_id, name, is_protected, ip_allow_list, default_prefix, default_byte_length, allows_recovery
        FROM apis WHERE id = ?1 AND workspace = ?2 AND deleted_at_ms IS NULL
        """
    ) { row in
        APIRow(
            number: row.number(0),
            id: APIID(row.text(1)),
            keyspaceID: KeyspaceID(row.text(2)),
            name: row.text(3),
            isProtected: row.boolean(4),
            allowedAddresses: row.optionalText(5).map(TextListColumn.decode),
            defaultPrefix: row.optionalText(6),
            defaultByteLength: row.optionalInt(7),
            allowsRecovery: row.boolean(8)
        )
    }
    static let idByName = Query(
        "SELECT id FROM apis WHERE workspace = ?1 AND name = ?2 AND deleted_at_ms IS NULL"
    ) { row in APIID(row.text(0)) }
    static let isTaken = Query("SELECT 1 FROM apis WHERE id = ?1") { row in row.boolean(0) }
    static let isKeyspaceTaken = Query("SELECT 1 FROM apis WHERE keyspace_id = ?1") { row in row.boolean(0) }
    static let insert = Command(
        "INSERT INTO apis (id, workspace, name, keyspace_id, created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5)"
    )
    static let update = Command(
        """
        UPDATE apis SET is_protected = ?2, ip_allow_list = ?3, default_prefix = ?4, default_byte_length = ?5,
            allows_recovery = ?6
        WHERE number = ?1
        """
    )
    static let delete = Command("UPDATE apis SET deleted_at_ms = ?2 WHERE number = ?1")
}

extension ReadTransaction {
    /// The live API of that name in a workspace; another workspace's is not there.
    public func api(_ id: APIID, in workspace: WorkspaceReference) throws(Problem) -> APIRow? {
        try first(APIRow.byID, id.text, workspace.number.value)
    }

    /// The live API that has a name in a workspace, byte by byte.
    public func api(named name: String, in workspace: WorkspaceReference) throws(Problem) -> APIID? {
        try first(APIRow.idByName, workspace.number.value, name)
    }
}

extension WriteTransaction {
    /// Makes an API and its keyspace.
    public func insertAPI(named name: String, in workspace: WorkspaceReference) throws(Problem) -> APIID {
        let id: APIID = try unusedIdentifier(APIRow.isTaken)
        let keyspaceID: KeyspaceID = try unusedIdentifier(APIRow.isKeyspaceTaken)
        try run(APIRow.insert, id.text, workspace.number.value, name, keyspaceID.text, stamp.time.value)
        try audit("api.create", id.text, in: workspace)
        return id
    }

    /// Stores the settings of an API.
    public func updateAPI(_ row: APIRow, in workspace: WorkspaceReference) throws(Problem) {
        try run(
            APIRow.update,
            row.number.value,
            row.isProtected,
            row.allowedAddresses.map(TextListColumn.encode),
            row.defaultPrefix,
            row.defaultByteLength,
            row.allowsRecovery
        )
        try audit("api.update", row.id.text, in: workspace)
        note(.api(row.number))
    }

    /// Puts a tombstone on an API; its keys stop with it.
    public func deleteAPI(_ api: APIRow, in workspace: WorkspaceReference) throws(Problem) {
        try run(APIRow.delete, api.number.value, stamp.time.value)
        try audit("api.delete", api.id.text, in: workspace)
        note(.api(api.number))
    }
}
