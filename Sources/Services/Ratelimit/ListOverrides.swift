import ProtocolWire
import Registry
import Store

/// `ratelimit.listOverrides`: the overrides of a namespace, paged.
enum ListOverrides {
    static let procedure = Procedure(
        "ratelimit.listOverrides",
        .list(.growing(by: "ratelimit.setOverride")),
        summary: "Lists the overrides of a namespace, by identifier of the override.",
        access: .after(
            .anyOf("ratelimit.*.read_override", "ratelimit.{namespaceId}.read_override"),
            refusal: .forbidden
        ),
        idempotency: .idempotent,
        parameters: Parameters(Input.init, Namespaces.namespace, Paging.limit(default: 10), Paging.cursor),
        reply: .page(of: Namespaces.members),
        errors: [Namespaces.notFound, Namespaces.forbidden],
        examples: [Example(params: #"{"namespace":"mail.send","limit":10}"#, data: "[\(Namespaces.example)]")],
        lane: .read { call, input, transaction throws(Problem) in
            let namespace = try transaction.existingNamespace(input.namespace, for: call)
            let rows = try transaction.overrides(of: namespace, from: input.cursor, limit: input.limit + 1)
            return Page(reading: rows, limit: input.limit) { $0.id.text }
        }
    )

    struct Input: Sendable {
        let namespace: String
        let limit: Int
        let cursor: String
    }
}
