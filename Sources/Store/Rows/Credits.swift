public import Domain
public import ProtocolWire
import SQLite

/// What a key may still spend.
public struct Credits: Sendable, Equatable {
    /// The balance, 0 or more.
    public var remaining: Int
    /// How it is filled up again; `nil` when it is not.
    public var refill: RefillSchedule?

    /// A balance.
    public init(remaining: Int, refill: RefillSchedule?) {
        self.remaining = remaining
        self.refill = refill
    }
}

extension RefillSchedule.Interval {
    /// Its name on the wire and in the database.
    public var word: String {
        switch self {
        case .daily: "daily"
        case .monthly: "monthly"
        }
    }

    /// The day of the month, where there is one.
    public var day: Int? {
        if case .monthly(let day) = self { day } else { nil }
    }
}

extension Credits {
    /// The four columns of `credits` from an index on; no balance where the first is null.
    init?(_ row: borrowing Columns, at index: Int) throws(SQLiteError) {
        guard let remaining = row.optionalInt(index) else { return nil }
        self.init(remaining: remaining, refill: nil)
        guard let word = row.optionalText(index + 1) else { return }
        let interval: RefillSchedule.Interval
        switch (word, row.optionalInt(index + 2)) {
        case ("daily", nil): interval = .daily
        case ("monthly", let day?): interval = .monthly(day: day)
        default: throw row.invalid(index + 1, "an interval, with a day where it is a month")
        }
        guard let schedule = RefillSchedule(interval, amount: row.integer(index + 3)) else {
            throw row.invalid(index + 3, "a schedule")
        }
        refill = schedule
    }

    static let store = Command(
        """
        INSERT INTO credits (key, remaining, refill_interval, refill_day, refill_amount, refilled_at_ms, refill_due_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (key) DO UPDATE SET remaining = ?2, refill_interval = ?3, refill_day = ?4, refill_amount = ?5,
            refilled_at_ms = ?6, refill_due_at_ms = ?7
        """
    )
    static let setRemaining = Command("UPDATE credits SET remaining = ?2 WHERE key = ?1")
    static let delete = Command("DELETE FROM credits WHERE key = ?1")
    static let spend = Command("UPDATE credits SET remaining = ?3 WHERE key = ?1 AND remaining = ?2")
    static let due = Query(
        """
        SELECT k.number, k.id, k.hash, a.workspace, w.id, c.refilled_at_ms, c.remaining, c.refill_interval, c.refill_day,
            c.refill_amount, k.deleted_at_ms IS NOT NULL OR a.deleted_at_ms IS NOT NULL
        FROM credits AS c JOIN keys AS k ON k.number = c.key JOIN apis AS a ON a.number = k.api
            JOIN workspaces AS w ON w.number = a.workspace
        WHERE c.refill_due_at_ms <= ?1 ORDER BY c.refill_due_at_ms LIMIT ?2
        """
    ) { row throws(SQLiteError) in
        DueRefill(
            key: KeyReference(number: row.number(0), id: KeyID(row.text(1)), hash: row.hash(2)),
            workspace: WorkspaceReference(number: row.number(3), id: WorkspaceID(row.text(4))),
            settledAt: row.milliseconds(5),
            credits: try Credits(row, at: 6),
            isDeleted: row.boolean(10)
        )
    }
    static let refill = Command(
        "UPDATE credits SET remaining = ?2, refilled_at_ms = ?3, refill_due_at_ms = ?4 WHERE key = ?1"
    )
}

extension WriteTransaction {
    /// Makes the credits of a key what they are to be; a new schedule starts now.
    ///
    /// - Parameters:
    ///   - credits: `nil` for a key without limit.
    ///   - key: Whose they are.
    ///   - before: What they were.
    /// - Throws: 500, when SQLite fails.
    func storeCredits(_ credits: Credits?, of key: RowNumber<Key>, before: Credits?) throws(Problem) {
        guard credits != before else { return }
        guard let credits else { return try run(Credits.delete, key.value) }
        if let before, before.refill == credits.refill {
            return try run(Credits.setRemaining, key.value, credits.remaining)
        }
        try run(
            Credits.store,
            key.value,
            credits.remaining,
            credits.refill?.interval.word,
            credits.refill?.interval.day,
            credits.refill?.amount,
            stamp.time.value,
            credits.refill?.nextDue(after: stamp.time).value
        )
    }
}

/// A balance that is to be filled up.
struct DueRefill: Sendable {
    let key: KeyReference
    let workspace: WorkspaceReference
    let settledAt: UnixMilliseconds
    let credits: Credits?
    /// Whether the key or its API has a tombstone.
    let isDeleted: Bool
}

/// What a verification takes of a balance, as memory saw it.
public struct CreditSpend: Sendable {
    /// Whose balance it is.
    public let key: RowNumber<Key>
    /// What hot state knows the key by.
    public let hash: KeyHash
    /// The balance that it was decided on.
    public let before: Int
    /// What is left.
    public let after: Int
}

extension WriteTransaction {
    /// Takes from a balance, if it is what memory took it for.
    ///
    /// - Parameters:
    ///   - key: Whose balance it is.
    ///   - before: What it has to be.
    ///   - after: What is left.
    /// - Returns: Whether it was.
    /// - Throws: 500, when SQLite fails.
    public func spend(_ key: RowNumber<Key>, from before: Int, to after: Int) throws(Problem) -> Bool {
        try run(Credits.spend, key.value, before, after)
        return connection.changes == 1
    }

    /// Fills up some balances whose time has come, those of disabled and expired keys, too, but not of deleted ones.
    ///
    /// - Parameters:
    ///   - stamp: Who does it, and when.
    ///   - most: Balances at a time.
    /// - Throws: 500, when SQLite fails.
    public func refillCredits(_ stamp: Stamp, most: Int) throws(Problem) {
        begin(stamp)
        for due in try all(Credits.due, stamp.time.value, most) {
            guard var credits = due.credits, let schedule = credits.refill else { continue }
            let next = schedule.nextDue(after: stamp.time).value
            guard schedule.refillDue(after: due.settledAt, notAfter: stamp.time) != nil else {
                try run(Credits.refill, due.key.number.value, credits.remaining, due.settledAt.value, next)
                continue
            }
            // Its date is done with all the same: restored, the key has what it had.
            if due.isDeleted {
                try run(Credits.refill, due.key.number.value, credits.remaining, stamp.time.value, next)
                continue
            }
            credits.remaining = Int(schedule.balance(refilling: Int64(credits.remaining)))
            try run(Credits.refill, due.key.number.value, credits.remaining, stamp.time.value, next)
            try audit("key.refill", due.key.id.text, in: due.workspace)
            note(.key(hash: due.key.hash))
        }
    }
}
