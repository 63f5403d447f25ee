import JSONSyntax
import Registry

/// `system.listProcedures`: the registry itself, from which clients take their help and completion.
enum ListProcedures {
    static let procedure = Procedure(
        "system.listProcedures",
        .list(.fixed),
        summary: "Describes every procedure of this socket: parameters, reply, permission, retry behaviour, errors.",
        sockets: [.api, .operator],
        access: .anyone,
        idempotency: .idempotent,
        parameters: .none,
        reply: .rendered(ProcedureDescription.schema) { $0 },
        examples: [
            Example(
                data: """
                    [{"method":"system.getHealth","verb":"get","summary":"Says that the daemon answers.","promise":"Reads one thing. \
                    No effect.","idempotency":"idempotent","contract":{"repeat":"same"},"effect":"hot","changes":"nothing","sockets":["api","operator"],\
                    "access":"Anyone; no root key is looked at.","permission":"","parameters":{"type":"object"},\
                    "reply":{"type":"object"},"paged":false,"errors":[],"examples":[]}]
                    """
            )
        ],
        lane: .hot { call, _, _ in
            if case .operator = call.caller { onOperatorSocket } else { onAPISocket }
        }
    )

    // Rendered once: the list is the same for the life of the process, and the reactor should not spend its time on it.
    private static let onAPISocket = ProcedureDescription.render(Catalogue.registry, on: .api)
    private static let onOperatorSocket = ProcedureDescription.render(Catalogue.registry, on: .operator)
}
