import ProtocolWire
import Registry
import Store

/// `ratelimit.deleteOverride`: the end of one override.
enum DeleteOverride {
    static let procedure = Procedure(
        "ratelimit.deleteOverride",
        .delete(
            .soft,
            takesAlong:
                "nothing; what it matched falls back to the next override or to the request's own limit, and counts stay",
            onRepeat: .refused(.ratelimitOverrideNotFound)
        ),
        summary: "Deletes one override of a namespace, by exactly its identifier.",
        access: .after(
            .anyOf("ratelimit.*.delete_override", "ratelimit.{namespaceId}.delete_override"),
            refusal: .forbidden
        ),
        idempotency: .idempotent,
        changes: "tombstone on the override, audit `ratelimit.delete_override`",
        parameters: Parameters(Namespaces.Target.init, Namespaces.namespace, Namespaces.identifier),
        reply: .empty,
        errors: [
            Namespaces.notFound, Namespaces.forbidden,
            DeclaredError(.ratelimitOverrideNotFound, "no live override has exactly this identifier"),
        ],
        examples: [Example(params: #"{"namespace":"mail.send","identifier":"team_*"}"#, data: "{}")],
        lane: .write { call, input, transaction throws(Problem) in
            let namespace = try transaction.existingNamespace(input.namespace, for: call)
            guard let row = try transaction.override(input.identifier, of: namespace) else {
                throw .noOverride(input.identifier)
            }
            try transaction.deleteOverride(row, of: namespace, in: call.workspace)
        }
    )
}
