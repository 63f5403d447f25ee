import Domain
import ProtocolWire
import Registry
import Store

/// `identities.updateIdentity`: meta and limits of an identity.
enum UpdateIdentity {
    static let procedure = Procedure(
        "identities.updateIdentity",
        .update,
        summary: "Replaces an identity's meta or limits; the next verification of its keys sees it.",
        access: .before(
            .anyOf("identity.*.update_identity", "U(projects/default/identities/*#update_identity)")
        ),
        idempotency: .idempotent,
        changes: "the identity, its limits, audit `identity.update`, `ratelimit.create`, `ratelimit.update`, "
            + "`ratelimit.delete`; nothing when no value differs",
        parameters: Parameters(
            Input.init,
            Identities.identity,
            .change("meta", Identities.meta, "Replaces the whole object; `{}` clears it."),
            .change(
                "ratelimits",
                Ratelimits.settings,
                "Replaces the whole list, matched by name: one that stays keeps its identifier; `[]` clears it."
            )
        ),
        reply: Reply(IdentityView.members),
        errors: [.insufficientPermissions, Identities.unsoundSettings, Identities.notFound],
        examples: [
            Example(
                params: """
                    {"identity":"acct-2041","ratelimits":[{"name":"exports","limit":20,"duration":3600000,"autoApply":true}]}
                    """,
                data: IdentityView.example
            )
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let identity: String
        let meta: Patch<String>
        let ratelimits: Patch<[RatelimitSetting]>
    }

    private static func run(
        _ call: Call,
        _ input: Input,
        _ transaction: WriteTransaction
    ) throws(Problem) -> IdentityView {
        let limits = input.ratelimits.applied(to: nil)
        try Identities.requireSound(limits: limits, meta: input.meta.applied(to: nil))
        let current = try transaction.existingIdentity(input.identity, in: call.workspace)
        var row = current
        row.meta = Identities.stored(input.meta.applied(to: row.meta))
        var hasChanged = !row.hasSameSettings(as: current)
        if let limits {
            let owner = RatelimitOwner.identity(row.number)
            if try transaction.replaceRatelimits(of: owner, with: limits, in: call.workspace) { hasChanged = true }
        }
        if hasChanged { try transaction.updateIdentity(row, in: call.workspace) }
        return try transaction.view(of: row)
    }
}
