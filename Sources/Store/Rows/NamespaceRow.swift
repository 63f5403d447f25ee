public import Domain
public import ProtocolWire
import SQLite

/// A rate-limit namespace as the database has it.
public struct NamespaceRow: Sendable {
    /// Its place.
    public let number: RowNumber<RatelimitNamespace>
    /// Its public name, by which permissions mean it.
    public let id: NamespaceID
    /// Its name in the workspace.
    public let name: String
    /// Whether it has a tombstone; its name stays taken then.
    public let isDeleted: Bool
}

/// How a caller names a namespace of a workspace: by its name or its identifier.
public struct NamespaceName: Sendable, Hashable {
    /// Where it is looked for.
    public let workspace: RowNumber<Workspace>
    /// Name or identifier.
    public let text: ByteText

    /// A name that came in a request.
    public init(_ text: String, in workspace: RowNumber<Workspace>) {
        self.workspace = workspace
        self.text = ByteText(text)
    }
}

/// A namespace with its live overrides, for hot state.
public struct NamespaceContents: Sendable {
    let row: NamespaceRow
    let overrides: [OverrideRow]

    /// Whether a change may have made it another than it was read.
    public func dependsOn(_ change: Change) -> Bool {
        switch change {
        case .namespace(let number, in: _), .override(in: let number, _): number == row.number
        case .rootKey, .workspace, .api, .key, .identity, .accessModel: false
        }
    }
}

extension NamespaceRow {
    private static func decode(_ row: borrowing Columns) -> NamespaceRow {
        NamespaceRow(
            number: row.number(0),
            id: NamespaceID(row.text(1)),
            name: row.text(2),
            isDeleted: row.boolean(3)
        )
    }

    static let byID = Query(
        """
        SELECT number, id, name, deleted_at_ms IS NOT NULL FROM ratelimit_namespaces WHERE id = ?1 AND workspace = ?2
        """,
        decode: decode
    )
    static let byName = Query(
        """
        SELECT number, id, name, deleted_at_ms IS NOT NULL FROM ratelimit_namespaces WHERE workspace = ?1 AND name = ?2
        """,
        decode: decode
    )
    static let isTaken = Query("SELECT 1 FROM ratelimit_namespaces WHERE id = ?1") { row in row.boolean(0) }
    static let insert = Command(
        "INSERT INTO ratelimit_namespaces (id, workspace, name, created_at_ms) VALUES (?1, ?2, ?3, ?4)"
    )
    static let delete = Command("UPDATE ratelimit_namespaces SET deleted_at_ms = ?2 WHERE number = ?1")
}

extension ReadTransaction {
    /// The namespace that a caller means by an identifier or a name, deleted ones included; the identifier is tried first.
    public func namespace(_ name: NamespaceName) throws(Problem) -> NamespaceRow? {
        if let row = try first(NamespaceRow.byID, name.text.text, name.workspace.value) { return row }
        return try first(NamespaceRow.byName, name.workspace.value, name.text.text)
    }

    /// The same with its overrides.
    public func namespaceContents(_ name: NamespaceName) throws(Problem) -> NamespaceContents? {
        guard let row = try namespace(name) else { return nil }
        return NamespaceContents(row: row, overrides: row.isDeleted ? [] : try overrides(of: row))
    }
}

extension WriteTransaction {
    /// Makes those namespaces of a workspace that do not exist, each called exactly as it is written here.
    public func makeNamespaces(_ names: [String], in workspace: WorkspaceReference) throws(Problem) {
        for name in names where try namespace(NamespaceName(name, in: workspace.number)) == nil {
            let id: NamespaceID = try unusedIdentifier(NamespaceRow.isTaken)
            let number: RowNumber<RatelimitNamespace> = try insert(
                NamespaceRow.insert,
                id.text,
                workspace.number.value,
                name,
                stamp.time.value
            )
            try audit("ratelimitNamespace.create", id.text, in: workspace)
            note(.namespace(number, in: workspace.number))
        }
    }

    /// Puts a tombstone on a namespace: nothing is counted in it any more, and its name stays taken.
    public func deleteNamespace(_ row: NamespaceRow, in workspace: WorkspaceReference) throws(Problem) {
        try run(NamespaceRow.delete, row.number.value, stamp.time.value)
        try audit("ratelimitNamespace.delete", row.id.text, in: workspace)
        note(.namespace(row.number, in: workspace.number))
    }
}
