import Domain
import ProtocolWire
import Registry
import Store

/// `keys.updateKey`: the settings of a key.
enum UpdateKey {
    static let procedure = Procedure(
        "keys.updateKey",
        .update,
        summary: "Changes a key's settings; the next verification sees them.",
        access: .after(Keys.permission(to: "update_key"), refusal: .forbidden),
        idempotency: .idempotent,
        changes: """
            the key, its limits and links, maybe 1 identity and permissions that do not exist yet, audit `key.update`, \
            `authorization.connect_…`, `authorization.disconnect_…`, `ratelimit.…`, `identity.create` and `permission.create`; \
            nothing when no value differs
            """,
        parameters: Parameters(
            Input.init,
            Keys.keyID,
            .patch("name", Keys.name, "Label; null removes it."),
            .patch(
                "externalId",
                Identities.externalID,
                "Whose it is; the identity is made where there is none, null unlinks."
            ),
            .patch("meta", Keys.meta, "Replaces the whole object; null removes it."),
            .patch("expires", Keys.expires, "When the key stops, Unix milliseconds; null = never."),
            .change("enabled", .boolean, "Whether the key verifies."),
            .patch("credits", CreditsPatch.shape, "What it may spend; null = without limit."),
            .patch(
                "ratelimits",
                Ratelimits.settings,
                "Its own limits, matched by name: one that stays keeps its identifier; `[]` and null remove all."
            ),
            .change(
                "permissions",
                Keys.slugs,
                "All direct permissions, as slugs; one that does not exist yet is made."
            ),
            .change("roles", Keys.roleNames, "Names of all its roles, which have to exist.")
        ),
        reply: .empty,
        errors: [
            Keys.notFound,
            Keys.forbidden,
            DeclaredError(.invalidInput, "the refill does not fit its interval, or the balance is without limit"),
            Keys.unknownRole,
        ],
        examples: [
            Example(
                params: #"{"keyId":"key_2Rb7LdQwz0","name":null,"credits":{"refill":null},"roles":["Accounting"]}"#,
                data: "{}"
            )
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let keyID: String
        let name: Patch<String>
        let externalID: Patch<String>
        let meta: Patch<String>
        let expires: Patch<Int>
        let isEnabled: Patch<Bool>
        let credits: Patch<CreditsPatch>
        let ratelimits: Patch<[RatelimitSetting]>
        let permissions: Patch<[String]>
        let roles: Patch<[String]>
    }

    private static func run(_ call: Call, _ input: Input, _ transaction: WriteTransaction) throws(Problem) {
        let workspace = call.workspace
        let current = try transaction.key(input.keyID, of: call)
        let credits = try CreditsPatch.applied(input.credits, to: current.credits)
        var row = current
        row.name = input.name.applied(to: row.name)
        row.meta = Keys.stored(input.meta.applied(to: row.meta))
        row.isEnabled = input.isEnabled.applied(toValue: row.isEnabled)
        switch input.expires {
        case .keep: break
        case .clear: row.expires = nil
        case .set(let expires): row.expires = UnixMilliseconds(Int64(expires))
        }
        switch input.externalID {
        case .keep: break
        case .clear: row.linkedIdentity = nil
        case .set(let externalID): row.linkedIdentity = try transaction.identity(for: externalID, in: workspace)
        }
        var hasChanged = !row.hasSameSettings(as: current)
        if hasChanged { try transaction.updateKey(row) }
        if try transaction.updateCredits(credits, of: current) { hasChanged = true }
        if try replaceCollections(input, of: current.reference, transaction, in: workspace) { hasChanged = true }
        if hasChanged { try transaction.noteChange(of: current.reference, in: workspace) }
    }

    /// - Returns: Whether anything has changed.
    private static func replaceCollections(
        _ input: Input,
        of key: KeyReference,
        _ transaction: WriteTransaction,
        in workspace: WorkspaceReference
    ) throws(Problem) -> Bool {
        var hasChanged = false
        if input.ratelimits.isChange {
            let limits = Ratelimits.lastOfEachName(input.ratelimits.applied(to: nil) ?? [])
            if try transaction.replaceRatelimits(of: .key(key.number), with: limits, in: workspace) {
                hasChanged = true
            }
        }
        if case .set(let slugs) = input.permissions {
            let permissions = try transaction.resolvePermissions(slugs, in: workspace) {}
            if try transaction.change(.set, permissions, of: key, in: workspace) { hasChanged = true }
        }
        if case .set(let names) = input.roles {
            let roles = try transaction.resolveRoles(names, in: workspace) { name throws(Problem) in
                throw .noRole(name)
            }
            if try transaction.change(.set, roles, of: key, in: workspace) { hasChanged = true }
        }
        return hasChanged
    }
}

/// A change of what a key may spend.
struct CreditsPatch: Sendable {
    let remaining: Patch<Int>
    let refill: Patch<RefillSetting>

    static let shape = Shape<CreditsPatch>.object(
        CreditsPatch.init,
        .patch(
            "remaining",
            .integer(CreditsSetting.remainingRange),
            "The balance; null = without limit, and no refill any more."
        ),
        .patch("refill", RefillSetting.shape, "How it is filled up again; null = not any more.")
    )

    /// The credits after a change.
    ///
    /// - Throws: 400, where the schedule does not fit its interval or there is no balance to fill up.
    static func applied(_ patch: Patch<CreditsPatch>, to current: Credits?) throws(Problem) -> Credits? {
        switch patch {
        case .keep: return current
        case .clear: return nil
        case .set(let patch):
            if case .set(let refill) = patch.refill { try check(refill) }
            guard let remaining = patch.remaining.applied(to: current?.remaining) else {
                guard case .set = patch.refill else { return nil }
                throw .invalid(
                    at: "body.credits.refill",
                    "needs a balance to fill up, and the key's is without limit",
                    fix: "send a balance as credits.remaining, or leave refill out"
                )
            }
            let refill: RefillSchedule? =
                switch patch.refill {
                case .keep: current?.refill
                case .clear: nil
                case .set(let setting): setting.refill
                }
            return Credits(remaining: remaining, refill: refill)
        }
    }

    private static func check(_ refill: RefillSetting) throws(Problem) {
        let location = "body.credits.refill.refillDay"
        guard refill.isWhole else {
            throw .invalid(at: location, RefillSetting.dayIsMissing, fix: RefillSetting.dayFix)
        }
        guard refill.isMonthly || refill.day == nil else {
            throw .invalid(
                at: location,
                "does not go with interval daily, which fills up every day",
                fix: "leave refillDay out, or send interval monthly"
            )
        }
    }
}
