import ProtocolWire
import Registry
import Store

/// `ratelimit.getOverride`: one override, by exactly its identifier.
enum GetOverride {
    static let procedure = Procedure(
        "ratelimit.getOverride",
        .get,
        summary: "Reads one override of a namespace, by exactly its identifier.",
        access: .after(
            .anyOf(
                "ratelimit.*.read_override",
                "ratelimit.{namespaceId}.read_override",
                "U(ratelimits/namespaces/{namespaceId}/overrides/{overrideId}#read_override)"
            ),
            refusal: .masked
        ),
        idempotency: .idempotent,
        parameters: Parameters(Namespaces.Target.init, Namespaces.namespace, Namespaces.identifier),
        reply: Reply(Namespaces.members),
        errors: [
            Namespaces.notFound,
            DeclaredError(
                .ratelimitOverrideNotFound,
                "no override has exactly this identifier, or the permission is missing; the replies are alike"
            ),
        ],
        examples: [Example(params: #"{"namespace":"mail.send","identifier":"team_*"}"#, data: Namespaces.example)],
        lane: .read { call, input, transaction throws(Problem) in
            let namespace = try transaction.liveNamespace(input.namespace, in: call.workspace)
            guard let row = try transaction.override(input.identifier, of: namespace) else {
                throw .noOverride(input.identifier)
            }
            try call.require(
                ["namespaceId": namespace.id.text, "overrideId": row.id.text],
                else: .noOverride(input.identifier)
            )
            return row
        }
    )
}
