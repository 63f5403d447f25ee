import Domain
import ProtocolWire
import Registry
import Store

/// `keys.verifyKey`: whether a key may do this now.
enum VerifyKey {
    static let procedure = Procedure(
        "keys.verifyKey",
        .domain(
            .verify,
            effects: "Decides, and spends credits and units of limits if the key may, else nothing",
            onRepeat: "decides and spends again"
        ),
        summary: "Decides whether a key may be used now, and counts it if so.",
        access: .after(Keys.permission(to: "verify_key"), refusal: .masked),
        idempotency: .not,
        changes:
            "the balance and the counts of limits when the code is VALID; once a migrated key's hash, audit `key.migrate`",
        parameters: Parameters(
            Verification.init,
            .required("key", .presentedSecret(length: 1...512), "The whole secret."),
            .seldom(
                VerificationTerms.init,
                .optional(
                    "permissions",
                    .string(length: 1...PermissionQuery.charactersMax),
                    "What the key has to have: permissions with AND, OR and parentheses."
                ),
                .optional("credits", VerificationTerms.cost, "What it costs; else 1 credit."),
                .optional(
                    "ratelimits",
                    Shape<[RequestedLimit]>.array(of: RequestedLimit.shape, count: 0...50),
                    "Limits to check besides those that are always checked; of a repeated name the last counts."
                ),
                .optional(
                    "tags",
                    .array(of: .string(length: 1...512), count: 0...20),
                    "Words about the request, for analytics; they never change the outcome."
                ),
                .optional(
                    "migrationId",
                    .string(length: 0...256),
                    "Where to look for a key that is not known yet: the migration that has brought it."
                ),
                .optional(
                    "keyspaces",
                    .array(of: .string(length: 1...256), count: 1...100),
                    "The key has to be in one of these."
                )
            )
        ),
        reply: Reply(
            .boolean("valid", "Whether the code is VALID.") { $0.code == .valid },
            .string(
                "code",
                "VALID, NOT_FOUND, FORBIDDEN, DISABLED, EXPIRED, INSUFFICIENT_PERMISSIONS, RATE_LIMITED or USAGE_EXCEEDED."
            ) { $0.code.rawValue },
            .rendered(members) { verdict, buffer in verdict.key?.appendReply(to: &buffer) },
            .optionalInteger("credits", "What is left to spend, if that is limited.") { $0.balance.map(Int64.init) },
            .optionalObjects("ratelimits", "Each limit that was checked, by name.", { $0.limits }, CheckedLimit.members)
        ),
        errors: [
            DeclaredError(
                .secretMalformed,
                "the migration is of prefixed keys, and the secret has fewer than three parts"
            ),
            DeclaredError(.permissionQuerySyntax, "the query does not parse; `errors` says what and where"),
            DeclaredError(.preconditionFailed, "neither the key nor its identity has a limit of a name that was sent"),
        ],
        examples: [
            Example(
                params: #"{"key":"eu_4XhPc9WvKqJtY2mSdN7uEa"}"#,
                data: """
                    {"valid":true,"code":"VALID","keyId":"key_2Rb7LdQwz0","keyspaceId":"ks_1CmVb6ZpJ0","enabled":true}
                    """
            ),
            Example(
                params: """
                    {"key":"eu_4XhPc9WvKqJtY2mSdN7uEa","permissions":"invoices.read AND (invoices.write OR admin)","credits":{"cost":\
                    2},"ratelimits":[{"name":"requests"}]}
                    """,
                data: """
                    {"valid":true,"code":"VALID","keyId":"key_2Rb7LdQwz0","keyspaceId":"ks_1CmVb6ZpJ0","enabled":true,"permissions":\
                    ["admin","invoices.read"],"credits":498,"ratelimits":[{"id":"rl_6TnBx3QeM0","name":"requests","limit":100,\
                    "duration":60000,"autoApply":false,"exceeded":false,"remaining":99,"reset":1788000060000}]}
                    """
            ),
            Example(params: #"{"key":"eu_unknown"}"#, data: #"{"valid":false,"code":"NOT_FOUND"}"#),
        ],
        lane: .spending(run)
    )

    /// What every verdict on a key shows of it.
    static let members = RenderedMembers<VerifiableKeyRow>(
        .string("keyId", "Identifier of the key; not with NOT_FOUND, like all that follows.") { $0.id.text },
        .string("keyspaceId", "Keyspace of the key.") { $0.keyspaceID.text },
        .boolean("enabled", "Whether the key is switched on.") { $0.isEnabled },
        .optionalString("name", "Label, if set.") { $0.name },
        .optionalText(json: "meta", "The key's object, if it is not empty.") { $0.meta },
        .optionalInteger("expires", "When the key stops, Unix milliseconds, if set.") { $0.expires?.value },
        .optionalStrings("permissions", "All that it may do, directly and through roles, sorted, if anything.") {
            $0.permissions.isEmpty ? nil : $0.permissions
        },
        .optionalStrings("roles", "Names of its roles, sorted, if it has any.") { $0.roles.isEmpty ? nil : $0.roles },
        .optionalObject(
            "identity",
            "Whose it is, if it is linked; without the limits that one of the key's own has the name of.",
            { row in row.identity.map { IdentityView(row: $0, ratelimits: row.identityRatelimits) } },
            IdentityView.members
        )
    )

    enum Code: String {
        case valid = "VALID"
        case notFound = "NOT_FOUND"
        case forbidden = "FORBIDDEN"
        case disabled = "DISABLED"
        case expired = "EXPIRED"
        case insufficientPermissions = "INSUFFICIENT_PERMISSIONS"
        case rateLimited = "RATE_LIMITED"
        case usageExceeded = "USAGE_EXCEEDED"
    }

    /// The outcome.
    struct Verdict {
        var code: Code
        /// `nil` when it was not found.
        var key: HotKey?
        /// What is left to spend.
        var balance: Int?
        /// By name.
        var limits: [CheckedLimit] = []
    }

    /// The order of the checks is the reference's (`keys.md` §13.2); the first hit wins, and only VALID spends anything.
    private static func run(
        _ call: Call,
        _ verification: Verification,
        _ state: HotState
    ) throws(Interruption) -> (Verdict, PendingSpend?) {
        guard let key = try MigratedKeys.key(verification, call, state) else {
            return (Verdict(code: .notFound), nil)
        }
        var verdict = Verdict(code: .valid, key: key, balance: key.detail?.balance)
        // The syntax is looked at before the key, the outcome behind it.
        let isPermitted = try verification.isSatisfied(by: key.detail)
        verdict.code = standing(of: key, call)
        if verdict.code == .valid, !isPermitted { verdict.code = .insufficientPermissions }
        guard verdict.code == .valid else {
            state.noteUse(of: key, at: call.time)
            return (verdict, nil)
        }
        let spend = try spend(verification, &verdict, key, call, state)
        state.noteUse(of: key, at: call.time)
        return (verdict, spend)
    }

    private static func standing(of key: HotKey, _ call: Call) -> Code {
        if !key.api.workspace.isEnabled { return .forbidden }
        if !key.isEnabled { return .disabled }
        if key.hasExpired(at: call.time) { return .expired }
        return key.api.allows(call.clientAddress) ? .valid : .forbidden
    }

    /// Limits, then credits: all are looked at before anything is spent.
    private static func spend(
        _ verification: Verification,
        _ verdict: inout Verdict,
        _ key: HotKey,
        _ call: Call,
        _ state: HotState
    ) throws(Interruption) -> PendingSpend? {
        if key.detail == nil, verification.limits.isEmpty { return nil }
        verdict.limits = try CheckedLimit.all(verification.limits, key, call, state)
        if verdict.limits.contains(where: \.isExceeded) {
            verdict.code = .rateLimited
            return nil
        }
        if let balance = verdict.balance, balance < verification.cost {
            verdict.code = .usageExceeded
            return nil
        }
        for index in verdict.limits.indices { verdict.limits[index].spend(state) }
        guard let balance = verdict.balance, verification.cost > 0 else {
            return call.keepsReply ? PendingSpend(windows: verdict.limits.compactMap(\.spent)) : nil
        }
        verdict.balance = balance - verification.cost
        return PendingSpend(
            credits: state.spend(verification.cost, of: key),
            windows: verdict.limits.compactMap(\.spent)
        )
    }
}

/// What a request wants to know of a key.
struct Verification: Sendable {
    let secret: PresentedSecret
    /// `nil` for a request that only names the key, as most do.
    private let terms: VerificationTerms?

    init(secret: PresentedSecret, terms: VerificationTerms?) {
        self.secret = secret
        self.terms = terms
    }

    var cost: Int { terms?.cost ?? 1 }
    var limits: [RequestedLimit] { terms?.limits ?? [] }
    var migrationID: String? { terms?.migrationID }

    /// Whether a key is in a keyspace that the request takes.
    func takes(_ keyspace: KeyspaceID) -> Bool { terms?.takes(keyspace) ?? true }

    /// Whether a key has what the query asks for.
    ///
    /// - Throws: 400, where it is no query.
    func isSatisfied(by detail: HotKeyDetail?) throws(Interruption) -> Bool {
        guard let query = terms?.query else { return true }
        let outcome = query.withUTF8Bytes { bytes in
            Result { () throws(PermissionQuery.SyntaxError) in
                try PermissionQuery.check(bytes) { detail?.has($0) ?? false }
            }
        }
        do throws(PermissionQuery.SyntaxError) {
            return try outcome.get()
        } catch {
            throw .problem(.noQuery(error))
        }
    }
}

/// What a request asks of a key besides being one.
struct VerificationTerms: Sendable {
    let query: String?
    let cost: Int?
    let limits: [RequestedLimit]?
    let migrationID: String?
    private let keyspaces: [String]?

    init(
        query: String?,
        cost: Int?,
        limits: [RequestedLimit]?,
        tags: [String]?,
        migrationID: String?,
        keyspaces: [String]?
    ) {
        self.query = query
        self.cost = cost
        self.limits = limits
        self.migrationID = migrationID
        self.keyspaces = keyspaces
    }

    func takes(_ keyspace: KeyspaceID) -> Bool {
        keyspaces.map { $0.contains { $0.utf8.elementsEqual(keyspace.text.utf8) } } ?? true
    }

    static let cost = Shape<Int>.object(
        { $0 },
        .defaulted("cost", .integer(0...1_000_000_000_000), to: 1, "Credits; 0 spends nothing and always passes.")
    )
}

extension Problem {
    fileprivate static func noQuery(_ error: PermissionQuery.SyntaxError) -> Problem {
        Problem(
            .permissionQuerySyntax,
            "The permission query does not parse: \(error.message).",
            faults: [Fault(location: "body.permissions", message: error.message, fix: error.fix)]
        )
    }
}
