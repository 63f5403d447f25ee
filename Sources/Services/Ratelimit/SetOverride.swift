import Domain
import ProtocolWire
import Registry
import Store

/// `ratelimit.setOverride`: another limit for an identifier, or for all that match a pattern.
enum SetOverride {
    static let procedure = Procedure(
        "ratelimit.setOverride",
        .set(
            ["limit", "duration"],
            omitted: "nothing can be left out, and the identifier stays"
        ),
        summary: "Sets another limit for one identifier of a namespace, or for all that match a pattern.",
        access: .after(
            .anyOf("ratelimit.*.set_override", "ratelimit.{namespaceId}.set_override"),
            refusal: .forbidden
        ),
        idempotency: .idempotent,
        changes: "1 override, audit `ratelimit.set_override`; nothing when no value differs",
        parameters: Parameters(
            Input.init,
            Namespaces.namespace,
            .required(
                "identifier",
                Namespaces.text,
                "The identifier, or a pattern in which `*` is any run of characters."
            ),
            .required("limit", .integer(0...Int.max), "Units that a window lets through; 0 = none."),
            .required("duration", .integer(1_000...Int.max), "Length of the window, milliseconds.")
        ),
        reply: Reply(.string("overrideId", "Identifier of the override, `rlor_…`.") { $0.id.text }),
        errors: [Namespaces.notFound, Namespaces.forbidden],
        examples: [
            Example(
                params: #"{"namespace":"mail.send","identifier":"team_*","limit":50,"duration":60000}"#,
                data: #"{"overrideId":"rlor_7TtQm2WcB0"}"#
            )
        ],
        lane: .write { call, input, transaction throws(Problem) in
            let namespace = try transaction.existingNamespace(input.namespace, for: call)
            return try transaction.setOverride(
                input.identifier,
                limit: Int64(input.limit),
                durationMilliseconds: Int64(input.duration),
                of: namespace,
                in: call.workspace
            )
        }
    )

    struct Input: Sendable {
        let namespace: String
        let identifier: String
        let limit: Int
        let duration: Int
    }
}
