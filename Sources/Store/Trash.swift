public import Domain
public import ProtocolWire
import SQLite

/// How long a tombstone stands.
public enum Tombstone {
    /// Until then a deleted thing can be restored; from then on it is purged.
    public static let lifetimeMilliseconds: Int64 = 48 * 60 * 60 * 1_000

    /// The last deletion that cannot be taken back any more.
    static func end(at time: UnixMilliseconds) -> UnixMilliseconds {
        time.adding(milliseconds: -lifetimeMilliseconds)
    }
}

/// What kind of thing can be restored.
public enum TrashKind: String, Sendable, CaseIterable {
    /// An API, and with it its keys.
    case api
    /// A key of an API.
    case key
    /// An identity, with its limits.
    case identity
    /// A role, with its permissions and for the keys that had it.
    case role
    /// A permission, for the roles and keys that had it.
    case permission
}

/// A deleted thing that can be restored.
public struct TrashItem: Sendable {
    /// What kind of thing it is.
    public let kind: TrashKind
    /// Its public name.
    public let id: String
    /// Its name or label; `nil` when it has none.
    public let name: String?
    /// Of a key: what is shown of its secret.
    public let start: String?
    /// Of an identity: the customer's own name of it.
    public let externalID: String?
    /// Of a permission: what keys are checked against.
    public let slug: String?
    /// When it was deleted.
    public let deletedAt: UnixMilliseconds

    /// From when on it cannot be restored.
    public var purgeAt: UnixMilliseconds { deletedAt.adding(milliseconds: Tombstone.lifetimeMilliseconds) }

    /// Where it stands in the list.
    public var position: TrashPosition { TrashPosition(deletedAt: deletedAt, id: id) }
}

/// A place in the list of deleted things: by the time of the deletion, then by identifier, byte by byte.
public struct TrashPosition: Sendable, Comparable {
    /// When the thing was deleted.
    let deletedAt: UnixMilliseconds
    /// Its public name.
    let id: String

    init(deletedAt: UnixMilliseconds, id: String) {
        self.deletedAt = deletedAt
        self.id = id
    }

    /// The place that a cursor names.
    ///
    /// - Parameter cursor: As ``cursor`` gives it. Any other text is a place, too: what does not begin with a number and a full
    ///   stop stands before all times or behind them, as it sorts against digits.
    public init(cursor: String) {
        let parts = cursor.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, let time = Int64(parts[0]) {
            self.init(deletedAt: UnixMilliseconds(time), id: String(parts[1]))
        } else {
            let isBehind = cursor.utf8.first.map { $0 > UInt8(ascii: "9") } ?? false
            self.init(deletedAt: UnixMilliseconds(isBehind ? .max : .min), id: "")
        }
    }

    /// The place as text.
    public var cursor: String { "\(deletedAt.value).\(id)" }

    /// Whether one place is before the other.
    public static func < (left: TrashPosition, right: TrashPosition) -> Bool {
        if left.deletedAt != right.deletedAt { return left.deletedAt < right.deletedAt }
        return left.id.utf8.lexicographicallyPrecedes(right.id.utf8)
    }
}

// One query a kind: workspace, time and identifier of the first row, rows.
extension TrashItem {
    static let apis = Query(
        """
        SELECT id, deleted_at_ms, name FROM apis
        WHERE workspace = ?1 AND (deleted_at_ms, id) >= (?2, ?3) ORDER BY deleted_at_ms, id LIMIT ?4
        """
    ) { row in TrashItem(.api, row, name: row.text(2)) }
    static let keys = Query(
        """
        SELECT id, deleted_at_ms, name, start FROM keys
        WHERE deleted_in = ?1 AND (deleted_at_ms, id) >= (?2, ?3) ORDER BY deleted_at_ms, id LIMIT ?4
        """
    ) { row in TrashItem(.key, row, name: row.optionalText(2), start: row.text(3)) }
    static let identities = Query(
        """
        SELECT id, deleted_at_ms, external_id FROM identities
        WHERE workspace = ?1 AND (deleted_at_ms, id) >= (?2, ?3) ORDER BY deleted_at_ms, id LIMIT ?4
        """
    ) { row in TrashItem(.identity, row, externalID: row.text(2)) }
    static let roles = Query(
        """
        SELECT id, deleted_at_ms, name FROM roles
        WHERE workspace = ?1 AND (deleted_at_ms, id) >= (?2, ?3) ORDER BY deleted_at_ms, id LIMIT ?4
        """
    ) { row in TrashItem(.role, row, name: row.text(2)) }
    static let permissions = Query(
        """
        SELECT id, deleted_at_ms, name, slug FROM permissions
        WHERE workspace = ?1 AND (deleted_at_ms, id) >= (?2, ?3) ORDER BY deleted_at_ms, id LIMIT ?4
        """
    ) { row in TrashItem(.permission, row, name: row.text(2), slug: row.text(3)) }

    private init(
        _ kind: TrashKind,
        _ row: borrowing Columns,
        name: String? = nil,
        start: String? = nil,
        externalID: String? = nil,
        slug: String? = nil
    ) {
        self.kind = kind
        id = row.text(0)
        deletedAt = row.milliseconds(1)
        self.name = name
        self.start = start
        self.externalID = externalID
        self.slug = slug
    }
}

extension TrashKind {
    fileprivate var page: Query<TrashItem> {
        switch self {
        case .api: TrashItem.apis
        case .key: TrashItem.keys
        case .identity: TrashItem.identities
        case .role: TrashItem.roles
        case .permission: TrashItem.permissions
        }
    }
}

extension ReadTransaction {
    /// What was deleted in a workspace and can be restored, the oldest first, from a position on.
    ///
    /// - Parameters:
    ///   - workspace: Where it was.
    ///   - kind: Things of that kind; `nil` for all kinds, in one order.
    ///   - position: The first place.
    ///   - limit: The most rows.
    ///   - time: The present; what is past its time is not among them, purged or not.
    /// - Returns: The rows, in order.
    /// - Throws: What SQLite refuses.
    public func trash(
        in workspace: WorkspaceReference,
        of kind: TrashKind?,
        from position: TrashPosition,
        limit: Int,
        at time: UnixMilliseconds
    ) throws(Problem) -> [TrashItem] {
        let start = max(position, TrashPosition(deletedAt: Tombstone.end(at: time).adding(milliseconds: 1), id: ""))
        var items: [TrashItem] = []
        for kind in kind.map({ [$0] }) ?? TrashKind.allCases {
            items += try all(kind.page, workspace.number.value, start.deletedAt.value, start.id, limit)
        }
        items.sort { $0.position < $1.position }
        return Array(items.prefix(limit))
    }
}
