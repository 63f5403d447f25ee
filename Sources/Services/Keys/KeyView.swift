import Domain
import ProtocolWire
import Registry
import Store

/// A key with all that belongs to it.
struct KeyView: Sendable {
    let row: KeyRow
    /// Direct ones and those through roles, each once, by their bytes.
    let permissions: [String]
    /// By the bytes of their names.
    let roles: [String]
    /// Its own, by name.
    let ratelimits: [RatelimitRow]
    let identity: IdentityView?
    /// The secret, where it was asked for and could be recovered.
    var plaintext: String?

    /// A key, as it is shown.
    static let members: [ReplyMember<KeyView>] = [
        .string("keyId", "Identifier, `key_…`.") { $0.row.id.text },
        .string("start", "The beginning of the secret; empty for one that was taken over and not yet used.") {
            $0.row.start
        },
        .boolean("enabled", "Whether the key is switched on.") { $0.row.isEnabled },
        .optionalString("name", "Label, if set.") { $0.row.name },
        .optionalText(json: "meta", "The caller's object, if it is not empty.") { $0.row.meta },
        .integer("createdAt", "When it was made, Unix milliseconds.") { $0.row.createdAt.value },
        .optionalInteger("updatedAt", "When its settings last changed, Unix milliseconds; once they have.") {
            $0.row.updatedAt?.value
        },
        .optionalInteger("lastUsedAt", "When it was last verified, Unix milliseconds; may lag a minute.") {
            $0.row.lastUsedAt?.value
        },
        .optionalInteger("expires", "When it stops, Unix milliseconds, if set.") { $0.row.expires?.value },
        .optionalStrings("permissions", "All that it may do, directly and through roles, sorted, if anything.") {
            $0.permissions.isEmpty ? nil : $0.permissions
        },
        .optionalStrings("roles", "Names of its roles, sorted, if it has any.") { $0.roles.isEmpty ? nil : $0.roles },
        .optionalObject("credits", "What it may spend, if that is limited.", { $0.row.credits }, Credits.members),
        .optionalObject("identity", "Whose it is, if it is linked.", { $0.identity }, IdentityView.members),
        .optionalObjects(
            "ratelimits",
            "Its own limits, by name, if there are any.",
            { $0.ratelimits },
            Ratelimits.members
        ),
    ]

    /// A key, as it is shown to those who may recover its secret.
    static let membersWithPlaintext: [ReplyMember<KeyView>] =
        members + [
            .optionalString("plaintext", "The secret, where it was asked for and is recoverable.") { $0.plaintext }
        ]

    static let example = """
        {"keyId":"key_2Rb7LdQwz0","start":"eu_4XhP","enabled":true,"name":"ci runner","createdAt":1788000000000,\
        "permissions":["invoices.read"],"credits":{"remaining":499,"refill":{"interval":"monthly","amount":500,\
        "refillDay":31}},"identity":{"id":"id_9sKq2TfYa0","externalId":"acct-2041"}}
        """
}

extension Credits {
    /// A balance, as replies show it.
    static let members: [ReplyMember<Credits>] = [
        .integer("remaining", "What is left.") { Int64($0.remaining) },
        .optionalObject("refill", "How it is filled up again, if it is.", { $0.refill }, RefillSchedule.members),
    ]
}

extension RefillSchedule {
    static let members: [ReplyMember<RefillSchedule>] = [
        .string("interval", "daily or monthly, at 00:00 UTC.") { $0.interval.word },
        .integer("amount", "What the balance becomes.") { $0.amount },
        .optionalInteger("refillDay", "Day of the month, with monthly.") { $0.interval.day.map(Int64.init) },
    ]
}

extension ReadTransaction {
    /// One look-up for each part: within the process that costs no round trip (https://www.sqlite.org/np1queryprob.html).
    func view(of key: KeyRow) throws(Problem) -> KeyView {
        KeyView(
            row: key,
            permissions: try slugs(of: key.number),
            roles: try roles(of: key.number).map(\.name),
            ratelimits: try ratelimits(of: .key(key.number)),
            identity: try identity(of: key)
        )
    }

    private func identity(of key: KeyRow) throws(Problem) -> IdentityView? {
        guard let identity = key.identity else { return nil }
        return try view(of: identity)
    }
}
