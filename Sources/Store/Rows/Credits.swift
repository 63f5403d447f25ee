import Domain
import ProtocolWire
import SQLite

/// What a key may still spend.
public struct Credits: Sendable, Equatable {
    /// The balance, 0 or more.
    public var remaining: Int
    /// How it is filled up again; `nil` when it is not.
    public var refill: CreditRefill?

    /// A balance.
    public init(remaining: Int, refill: CreditRefill?) {
        self.remaining = remaining
        self.refill = refill
    }
}

/// When and to what a balance is filled up (`keys.md` §14).
public struct CreditRefill: Sendable, Equatable {
    /// At 00:00 UTC of which days.
    public enum Interval: Sendable, Equatable {
        /// Of every day.
        case daily
        /// Of one day of the month, 1 to 31; in a shorter month of its last day.
        case monthly(day: Int)

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

    /// When.
    public let interval: Interval
    /// What the balance becomes, 1 or more.
    public let amount: Int

    /// A refill.
    public init(_ interval: Interval, amount: Int) {
        self.interval = interval
        self.amount = amount
    }
}

extension Credits {
    /// The four columns of `credits` from an index on; no balance where the first is null.
    init?(_ row: borrowing Columns, at index: Int) throws(SQLiteError) {
        guard let remaining = row.optionalInt(index) else { return nil }
        self.init(remaining: remaining, refill: nil)
        guard let word = row.optionalText(index + 1) else { return }
        let interval: CreditRefill.Interval
        switch (word, row.optionalInt(index + 2)) {
        case ("daily", nil): interval = .daily
        case ("monthly", let day?): interval = .monthly(day: day)
        default: throw row.invalid(index + 1, "an interval, with a day where it is a month")
        }
        refill = CreditRefill(interval, amount: row.int(index + 3))
    }

    static let store = Command(
        """
        INSERT INTO credits (key, remaining, refill_interval, refill_day, refill_amount, refilled_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (key) DO UPDATE SET remaining = ?2, refill_interval = ?3, refill_day = ?4, refill_amount = ?5,
            refilled_at_ms = ?6
        """
    )
    static let setRemaining = Command("UPDATE credits SET remaining = ?2 WHERE key = ?1")
    static let delete = Command("DELETE FROM credits WHERE key = ?1")
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
            stamp.time.value
        )
    }
}
