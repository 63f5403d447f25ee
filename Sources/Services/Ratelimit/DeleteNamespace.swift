import ProtocolWire
import Registry
import Store

/// `ratelimit.deleteNamespace`: the end of a namespace, by the operator's hand.
enum DeleteNamespace {
    static let procedure = Procedure(
        "ratelimit.deleteNamespace",
        .delete(
            .soft,
            takesAlong: "its overrides and counters; its name stays taken, and limiting in it answers 410",
            onRepeat: .refused(.ratelimitNamespaceNotFound)
        ),
        summary: "Deletes a rate-limit namespace; its name cannot be used again.",
        sockets: .operator,
        access: .operatorInWorkspace,
        idempotency: .idempotent,
        changes: "tombstone on the namespace, audit `ratelimitNamespace.delete`",
        parameters: Parameters(Input.init, Namespaces.namespace),
        reply: .empty,
        errors: [.workspaceNotFound, Namespaces.notFound],
        examples: [Example(params: #"{"namespace":"mail.send"}"#, data: "{}")],
        lane: .write { call, input, transaction throws(Problem) in
            let row = try transaction.liveNamespace(input.namespace, in: call.workspace)
            try transaction.deleteNamespace(row, in: call.workspace)
        }
    )

    struct Input: Sendable { let namespace: String }
}
