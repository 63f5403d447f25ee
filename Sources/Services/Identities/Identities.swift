import Domain
import ProtocolWire
import Registry
import Store

/// Users and organisations of the customer, which keys point at.
enum Identities {
    static let procedures = [
        CreateIdentity.procedure, GetIdentity.procedure, ListIdentities.procedure, UpdateIdentity.procedure,
        DeleteIdentity.procedure,
    ]

    static let externalID = Shape.string(length: 1...255, matching: .externalID)
    static let meta = Shape.object(membersMax: 100, bytesMax: .max)
    /// Of its text without white space; no rule of the schema, for a caller without the permission is to learn of that first.
    private static let metaBytesMax = 1_048_576

    /// The parameter that names one.
    static let identity = Field.required(
        "identity",
        .string(length: 1...Int.max),
        "Identifier, `id_…`, or externalId; where it is both, the identifier wins."
    )

    /// What reads identities.
    static let read = Permission.anyOf(
        "identity.*.read_identity",
        "identity.{identityId}.read_identity",
        "U(projects/default/identities/*#read_identity)"
    )

    static let notFound = DeclaredError(.identityNotFound, "missing, deleted, or another workspace's")
    static let unsoundSettings = DeclaredError(
        .invalidInput,
        "two limits have one name, which the detail names; or meta has more than 1048576 bytes without white space"
    )

    /// Checks what a schema cannot say of an identity's limits, and then of its meta.
    ///
    /// - Parameters:
    ///   - limits: Those of a request; `nil` where it has none.
    ///   - meta: That of a request, as text; `nil` where it has none.
    /// - Throws: 400 for a repeated name, else for a meta that is too long.
    static func requireSound(limits: [RatelimitSetting]?, meta: String?) throws(Problem) {
        if let limits { try Ratelimits.requireUniqueNames(limits) }
        guard let count = meta?.utf8.count, count > metaBytesMax else { return }
        throw .invalid(
            at: "body.meta",
            "must have at most \(metaBytesMax) bytes, got \(count)",
            fix: "send at most \(metaBytesMax) bytes, white space between members not counted"
        )
    }

    /// An object of a request as it is stored: an empty one is none.
    static func stored(_ meta: String?) -> String? {
        meta == "{}" ? nil : meta
    }
}

/// An identity with its limits.
struct IdentityView: Sendable {
    let row: IdentityRow
    /// By name.
    let ratelimits: [RatelimitRow]

    /// An identity, as the procedures show it.
    static let members: [ReplyMember<IdentityView>] = [
        .string("id", "Identifier, `id_…`.") { $0.row.id.text },
        .string("externalId", "The customer's own identifier.") { $0.row.externalID },
        .optionalText(json: "meta", "The caller's object, if it is not empty.") { $0.row.meta },
        .optionalObjects(
            "ratelimits",
            "Limits that all its keys share, by name, if there are any.",
            { $0.ratelimits },
            Ratelimits.members
        ),
    ]

    static let example = """
        {"id":"id_4nCq7ZsVb0","externalId":"acct-2041","meta":{"tier":"gold"},"ratelimits":[{"id":"rl_0uYb6PdKs0",\
        "name":"exports","limit":20,"duration":3600000,"autoApply":true}]}
        """
}

extension Problem {
    /// No such identity: missing, deleted, or another workspace's.
    static func noIdentity(_ text: String) -> Problem {
        Problem(
            .identityNotFound,
            "No identity '\(Fault.excerpt(of: text))' in this workspace. Check the identifier or the externalId with "
                + "identities.listIdentities."
        )
    }
}

extension ReadTransaction {
    func existingIdentity(_ text: String, in workspace: WorkspaceReference) throws(Problem) -> IdentityRow {
        guard let row = try identity(text, in: workspace) else { throw .noIdentity(text) }
        return row
    }

    func view(of identity: IdentityRow) throws(Problem) -> IdentityView {
        IdentityView(row: identity, ratelimits: try ratelimits(of: .identity(identity.number)))
    }
}
