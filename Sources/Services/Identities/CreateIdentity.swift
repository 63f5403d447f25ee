import Domain
import ProtocolWire
import Registry
import Store

/// `identities.createIdentity`: a user or an organisation that keys can point at.
enum CreateIdentity {
    static let procedure = Procedure(
        "identities.createIdentity",
        .create(onRepeat: .refused(.identityAlreadyExists, because: "the externalId is unique in the workspace")),
        summary: "Creates an identity, which keys can share limits and meta through.",
        access: .before(
            .anyOf("identity.*.create_identity", "U(projects/default/identities/*#create_identity)")
        ),
        idempotency: .conditional,
        changes: "1 identity, its limits, audit `identity.create`, `ratelimit.create` each",
        parameters: Parameters(
            Input.init,
            .required("externalId", Identities.externalID, "The customer's own identifier, unique in the workspace."),
            .optional("meta", Identities.meta, "Any object; a verification returns it."),
            .optional("ratelimits", Ratelimits.settings, "Limits that all its keys share.")
        ),
        reply: Reply(.string("identityId", "Identifier of the new identity, `id_…`.") { $0 }),
        errors: [
            .insufficientPermissions,
            Identities.unsoundSettings,
            DeclaredError(.identityAlreadyExists, "a live identity of the workspace has the externalId"),
        ],
        examples: [
            Example(
                params: """
                    {"externalId":"acct-2041","meta":{"tier":"gold"},"ratelimits":[{"name":"exports","limit":20,\
                    "duration":3600000,"autoApply":true}]}
                    """,
                data: #"{"identityId":"id_4nCq7ZsVb0"}"#
            )
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let externalID: String
        let meta: String?
        let ratelimits: [RatelimitSetting]?
    }

    private static func run(_ call: Call, _ input: Input, _ transaction: WriteTransaction) throws(Problem) -> String {
        let limits = input.ratelimits ?? []
        try Identities.requireSound(limits: limits, meta: input.meta)
        if let existing = try transaction.identity(externalID: input.externalID, in: call.workspace) {
            throw Problem(
                .identityAlreadyExists,
                "The identity \(existing.id) already has the externalId '\(Fault.excerpt(of: input.externalID))'. Choose another "
                    + "one, or use that identity."
            )
        }
        let row = try transaction.insertIdentity(
            externalID: input.externalID,
            meta: Identities.stored(input.meta),
            in: call.workspace
        )
        _ = try transaction.replaceRatelimits(of: .identity(row.number), with: limits, in: call.workspace)
        return row.id.text
    }
}
