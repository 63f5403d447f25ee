import Domain
import ProtocolWire
import Registry
import Store

/// Namespaces: what identifiers are limited in, and the overrides for some of them.
enum Namespaces {
    static let procedures = [
        Limit.procedure, MultiLimit.procedure, SetOverride.procedure, GetOverride.procedure, ListOverrides.procedure,
        DeleteOverride.procedure, DeleteNamespace.procedure,
    ]

    static let text = Shape.string(length: 1...512)
    static let namespace = Field.required("namespace", text, "Name or identifier (`rlns_…`) of the namespace.")
    static let identifier = Field.required(
        "identifier",
        text,
        "The identifier or the pattern with `*`, exactly as the override has it."
    )

    static let notFound = DeclaredError(.ratelimitNamespaceNotFound, "missing, deleted, or another workspace's")
    static let forbidden = DeclaredError(.insufficientPermissions, "the permission is missing")

    /// An override, as the procedures show it.
    static let members: [ReplyMember<OverrideRow>] = [
        .string("overrideId", "Identifier, `rlor_…`.") { $0.id.text },
        .string("identifier", "The identifier or pattern that it is for.") { $0.identifier.text },
        .integer("limit", "Units that a window lets through; 0 = none.") { $0.limit },
        .integer("duration", "Length of the window, milliseconds.") { $0.durationMilliseconds },
    ]

    static let example = #"{"overrideId":"rlor_7TtQm2WcB0","identifier":"team_*","limit":50,"duration":60000}"#

    /// What names one override.
    struct Target: Sendable {
        let namespace: String
        let identifier: String
    }
}

extension ReadTransaction {
    /// The live namespace that a call names, once the caller may act in it.
    func existingNamespace(_ text: String, for call: Call) throws(Problem) -> NamespaceRow {
        let row = try liveNamespace(text, in: call.workspace)
        try call.require(["namespaceId": row.id.text], else: .noNamespace(text))
        return row
    }

    /// The live namespace of that name or identifier.
    func liveNamespace(_ text: String, in workspace: WorkspaceReference) throws(Problem) -> NamespaceRow {
        guard let row = try namespace(NamespaceName(text, in: workspace.number)), !row.isDeleted else {
            throw .noNamespace(text)
        }
        return row
    }
}

extension Problem {
    /// No such namespace: missing, deleted, or another workspace's.
    static func noNamespace(_ text: String) -> Problem {
        Problem(
            .ratelimitNamespaceNotFound,
            "No namespace '\(Fault.excerpt(of: text))' in this workspace. Check the name; ratelimit.limit makes it on first use."
        )
    }

    /// No such override, or one that the caller may not see.
    static func noOverride(_ identifier: String) -> Problem {
        Problem(
            .ratelimitOverrideNotFound,
            "No override for '\(Fault.excerpt(of: identifier))' in this namespace. Name it exactly as it was set; "
                + "ratelimit.listOverrides shows those there are."
        )
    }
}
