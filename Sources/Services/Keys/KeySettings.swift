import Domain
import ProtocolWire
import Registry
import Store

/// What a request says of a new key besides its secret.
struct KeySettings: Sendable {
    var name: String?
    var externalID: String?
    var meta: String?
    var roles: [String] = []
    var permissions: [String] = []
    var expires: Int?
    var isEnabled = true
    var credits: CreditsSetting?
    var ratelimits: [RatelimitSetting]?

    /// The members of a request for all of it, behind those that are its own; `nil` where none of them is there.
    ///
    /// - Parameters:
    ///   - externalID: What the customer's own words may be.
    ///   - unknownRole: What becomes of a name that no role has, as a clause.
    /// - Returns: The members as one.
    static func field(externalID: Shape<String>, unknownRole: String) -> Field<KeySettings?> {
        .seldom(
            KeySettings.init(name:externalID:meta:roles:permissions:expires:isEnabled:credits:ratelimits:),
            .optional("name", Keys.name, "Label."),
            .optional(
                "externalId",
                externalID,
                "Whose it is, in the customer's own words; the identity is made where there is none."
            ),
            .optional("meta", Keys.meta, "Any object; a verification returns it."),
            .defaulted("roles", Keys.roleNames, to: [], "Names of roles; one that does not exist \(unknownRole)."),
            .defaulted(
                "permissions",
                Keys.slugs,
                to: [],
                "Direct permissions, as slugs; one that does not exist yet is made."
            ),
            .optional("expires", Keys.expires, "When the key stops, Unix milliseconds; else never."),
            .defaulted("enabled", .boolean, to: true, "Whether the key verifies."),
            .optional("credits", CreditsSetting.shape, "What it may spend; else without limit."),
            .optional("ratelimits", Ratelimits.settings, "Limits of its own; of a repeated name the last counts.")
        )
    }
}

/// Credits as a request sets them.
struct CreditsSetting: Sendable {
    /// `nil` = without limit.
    let remaining: Int?
    let refill: RefillSchedule?

    var credits: Credits? {
        remaining.map { Credits(remaining: $0, refill: refill) }
    }

    static let remainingRange = 0...ClosedRange.exact.upperBound

    /// A whole setting: a schedule without a balance is refused.
    static let shape = Shape<CreditsSetting>.object(
        CreditsSetting.init,
        .requiredOrNull("remaining", .integer(remainingRange), "The balance; null = without limit."),
        .optional("refill", wholeRefill, "How it is filled up again.")
    ).requiring(
        "must be an integer where there is a refill",
        at: "remaining",
        fix: "send a balance as remaining, or leave refill out"
    ) { $0.remaining != nil || $0.refill == nil }

    /// A schedule in which a day that is not needed is passed over.
    private static let wholeRefill = RefillSetting.shape
        .requiring(RefillSetting.dayIsMissing, at: "refillDay", fix: RefillSetting.dayFix) { $0.isWhole }
        .map(\.refill)
}

/// A schedule as a request sets it; whether the day fits the interval is another matter.
struct RefillSetting: Sendable {
    let isMonthly: Bool
    let amount: Int
    let day: Int?

    /// Whether there is a day where one is needed.
    var isWhole: Bool { !isMonthly || day != nil }

    /// The schedule; of one that is not whole, the first day.
    var refill: RefillSchedule {
        guard let schedule = RefillSchedule(isMonthly ? .monthly(day: day ?? 1) : .daily, amount: Int64(amount)) else {
            preconditionFailure("the shape lets only days and amounts in that there are")
        }
        return schedule
    }

    static let dayIsMissing = "is missing: interval monthly needs a day"
    static let dayFix = "send refillDay, 1 to 31; in a shorter month the last day counts"

    static let shape = Shape<RefillSetting>.object(
        RefillSetting.init,
        .required(
            "interval",
            Shape.word("daily", "monthly").map { $0 == "monthly" },
            "daily or monthly, at 00:00 UTC."
        ),
        .required("amount", .integer(1...ClosedRange.exact.upperBound), "What the balance becomes."),
        .optional("refillDay", .integer(1...31), "Day of the month, with monthly.")
    )
}

extension WriteTransaction {
    /// Stores a new key with all that a request says of it.
    ///
    /// - Parameters:
    ///   - settings: What it says.
    ///   - api: Whose key it is.
    ///   - hash: What its secret is looked up by.
    ///   - start: What is shown of the secret.
    ///   - migration: The migration whose hash it has.
    ///   - workspace: Of the API.
    ///   - missingRole: What becomes of a role's name that no role has.
    /// - Returns: The key.
    /// - Throws: What `missingRole` throws; 500, when SQLite fails.
    func issueKey(
        _ settings: KeySettings,
        of api: APIRow,
        hash: KeyHash,
        start: String,
        migration: RowNumber<KeyMigration>? = nil,
        in workspace: WorkspaceReference,
        missingRole: (String) throws(Problem) -> RoleRow
    ) throws(Problem) -> KeyReference {
        let roles = try resolveRoles(settings.roles, in: workspace, missing: missingRole)
        // Whoever may make keys may name their permissions: no further right is asked for.
        let permissions = try resolvePermissions(settings.permissions, in: workspace) {}
        let key = try insertKey(
            NewKey(
                api: api.number,
                hash: hash,
                start: start,
                name: settings.name,
                meta: Keys.stored(settings.meta),
                isEnabled: settings.isEnabled,
                expires: settings.expires.map { UnixMilliseconds(Int64($0)) },
                identity: try identity(for: settings.externalID, in: workspace),
                migration: migration,
                credits: settings.credits?.credits
            ),
            in: workspace
        )
        if !permissions.isEmpty { _ = try change(.add, permissions, of: key, in: workspace) }
        if !roles.isEmpty { _ = try change(.add, roles, of: key, in: workspace) }
        if let ratelimits = settings.ratelimits, !ratelimits.isEmpty {
            let limits = Ratelimits.lastOfEachName(ratelimits)
            _ = try replaceRatelimits(of: .key(key.number), with: limits, in: workspace)
        }
        return key
    }

    /// The identity that a key is to be linked to, made where there is none.
    func identity(for externalID: String?, in workspace: WorkspaceReference) throws(Problem) -> RowNumber<Identity>? {
        guard let externalID else { return nil }
        return try findOrInsertIdentity(externalID: externalID, in: workspace).number
    }
}
