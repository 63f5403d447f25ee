public import Domain
public import ProtocolWire
import SQLite

/// A named limit as a request sets it, on a key or on an identity.
public struct RatelimitSetting: Sendable {
    /// Unique on its owner, byte by byte.
    public let name: String
    /// Units that a window lets through, 1 or more.
    public let limit: Int
    /// Length of the window in milliseconds, 1,000 or more.
    public let durationMilliseconds: Int
    /// Whether every verification checks it, or only one that names it.
    public let isAutomatic: Bool

    /// A named limit.
    public init(name: String, limit: Int, durationMilliseconds: Int, isAutomatic: Bool) {
        self.name = name
        self.limit = limit
        self.durationMilliseconds = durationMilliseconds
        self.isAutomatic = isAutomatic
    }

    /// Whether both limit the same; their names are another matter.
    func hasSameValues(as other: RatelimitSetting) -> Bool {
        limit == other.limit && durationMilliseconds == other.durationMilliseconds && isAutomatic == other.isAutomatic
    }
}

/// A named limit as the database has it.
public struct RatelimitRow: Sendable {
    let number: Int64
    /// Its public name.
    public let id: RatelimitID
    /// What it limits.
    public let setting: RatelimitSetting
}

/// What limits belong to.
public enum RatelimitOwner: Sendable {
    /// A key: its own limits.
    case key(RowNumber<Key>)
    /// An identity: limits that all its keys share.
    case identity(RowNumber<Identity>)
}

extension RatelimitRow {
    private static func decode(_ row: borrowing Columns) -> RatelimitRow {
        RatelimitRow(
            number: row.integer(0),
            id: RatelimitID(row.text(1)),
            setting: RatelimitSetting(
                name: row.text(2),
                limit: row.int(3),
                durationMilliseconds: row.int(4),
                isAutomatic: row.boolean(5)
            )
        )
    }

    static let ofKey = Query(
        """
        SELECT number, id, name, limit_max, duration_ms, is_automatic FROM ratelimits WHERE key = ?1 ORDER BY name
        """,
        decode: decode
    )
    static let ofIdentity = Query(
        """
        SELECT number, id, name, limit_max, duration_ms, is_automatic FROM ratelimits WHERE identity = ?1 ORDER BY name
        """,
        decode: decode
    )
    /// The placeholder is a JSON array of numbers, which is how SQLite takes a list of any length.
    static let ofIdentities = Query(
        """
        SELECT r.number, r.id, r.name, r.limit_max, r.duration_ms, r.is_automatic, r.identity
        FROM ratelimits AS r WHERE r.identity IN (SELECT value FROM json_each(?1)) ORDER BY r.identity, r.name
        """
    ) { row in (owner: row.number(6) as RowNumber<Identity>, limit: decode(row)) }
    static let isTaken = Query("SELECT 1 FROM ratelimits WHERE id = ?1") { row in row.boolean(0) }
    static let insert = Command(
        """
        INSERT INTO ratelimits (id, key, identity, name, limit_max, duration_ms, is_automatic)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """
    )
    static let update = Command(
        "UPDATE ratelimits SET limit_max = ?2, duration_ms = ?3, is_automatic = ?4 WHERE number = ?1"
    )
    static let delete = Command("DELETE FROM ratelimits WHERE number = ?1")
}

extension ReadTransaction {
    /// The limits of one owner, by name.
    ///
    /// That the owner is live has been looked up.
    public func ratelimits(of owner: RatelimitOwner) throws(Problem) -> [RatelimitRow] {
        switch owner {
        case .key(let number): try all(RatelimitRow.ofKey, number.value)
        case .identity(let number): try all(RatelimitRow.ofIdentity, number.value)
        }
    }

    /// The limits of several identities, each's by name; an identity without limits is not in it.
    public func ratelimits(
        ofIdentities numbers: [RowNumber<Identity>]
    ) throws(Problem) -> [RowNumber<Identity>: [RatelimitRow]] {
        let list = "[" + numbers.map { String($0.value) }.joined(separator: ",") + "]"
        return try all(RatelimitRow.ofIdentities, list).reduce(into: [:]) { $0[$1.owner, default: []].append($1.limit) }
    }
}

extension WriteTransaction {
    /// Makes the limits of an owner those that a request lists.
    ///
    /// They are matched by name: one that is there already keeps its identifier and takes the new values, a new one gets an
    /// identifier, one that is not listed goes. Each that changes has its audit row; hot state is told by who changes the owner.
    ///
    /// - Parameters:
    ///   - owner: A live key or identity.
    ///   - settings: Of different names.
    ///   - workspace: The owner's.
    /// - Returns: Whether anything has changed.
    /// - Throws: What SQLite refuses.
    public func replaceRatelimits(
        of owner: RatelimitOwner,
        with settings: [RatelimitSetting],
        in workspace: WorkspaceReference
    ) throws(Problem) -> Bool {
        // By bytes: for Swift, names that differ in how an accent is spelt are one key of a dictionary.
        var left: [[UInt8]: RatelimitRow] = [:]
        for row in try ratelimits(of: owner) { left[Array(row.setting.name.utf8)] = row }
        var hasChanged = false
        for setting in settings {
            if let row = left.removeValue(forKey: Array(setting.name.utf8)) {
                if row.setting.hasSameValues(as: setting) { continue }
                try updateRatelimit(row, to: setting, in: workspace)
            } else {
                try insertRatelimit(setting, of: owner, in: workspace)
            }
            hasChanged = true
        }
        for row in left.values.sorted(by: { $0.number < $1.number }) {
            try run(RatelimitRow.delete, row.number)
            try audit("ratelimit.delete", row.id.text, in: workspace)
            hasChanged = true
        }
        return hasChanged
    }

    private func updateRatelimit(
        _ row: RatelimitRow,
        to setting: RatelimitSetting,
        in workspace: WorkspaceReference
    ) throws(Problem) {
        try run(RatelimitRow.update, row.number, setting.limit, setting.durationMilliseconds, setting.isAutomatic)
        try audit("ratelimit.update", row.id.text, in: workspace)
    }

    private func insertRatelimit(
        _ setting: RatelimitSetting,
        of owner: RatelimitOwner,
        in workspace: WorkspaceReference
    ) throws(Problem) {
        let id: RatelimitID = try unusedIdentifier(RatelimitRow.isTaken)
        try run(
            RatelimitRow.insert,
            id.text,
            owner.keyNumber,
            owner.identityNumber,
            setting.name,
            setting.limit,
            setting.durationMilliseconds,
            setting.isAutomatic
        )
        try audit("ratelimit.create", id.text, in: workspace)
    }
}

extension RatelimitOwner {
    fileprivate var keyNumber: Int64? {
        if case .key(let number) = self { number.value } else { nil }
    }

    fileprivate var identityNumber: Int64? {
        if case .identity(let number) = self { number.value } else { nil }
    }
}
