import ProtocolWire
import Registry
import Store

/// `trash.listItems`: what can be restored, paged.
enum ListItems {
    static let procedure = Procedure(
        "trash.listItems",
        .list(.growing(by: "apis.deleteApi")),
        summary: "Lists what was deleted and can be restored, by the time of the deletion, then by identifier.",
        sockets: .operator,
        access: .operatorInWorkspace,
        idempotency: .idempotent,
        parameters: Parameters(
            Input.init,
            .optional("type", Trash.kind, "Only things of that kind; else all of them, in one order."),
            Paging.limit(default: 100),
            Paging.cursor
        ),
        reply: .page(of: Trash.members),
        errors: [.workspaceNotFound],
        examples: [
            Example(
                params: #"{"limit":10}"#,
                data: """
                    [{"type":"api","id":"api_5kPq9XvTn0","name":"billing-eu","deletedAt":1788000000000,"purgeAt":1788172800000},\
                    {"type":"identity","id":"id_4nCq7ZsVb0","externalId":"acct-2041","deletedAt":1788000060000,\
                    "purgeAt":1788172860000}]
                    """
            ),
            Example(
                params: #"{"type":"key"}"#,
                data: """
                    [{"type":"key","id":"key_2Rb7LdQwz0","name":"ci runner","start":"eu_4XhP","deletedAt":1788000000000,\
                    "purgeAt":1788172800000}]
                    """
            ),
        ],
        lane: .read { call, input, transaction throws(Problem) in
            let items = try transaction.trash(
                in: call.workspace,
                of: input.kind,
                from: TrashPosition(cursor: input.cursor),
                limit: input.limit + 1,
                at: call.time
            )
            return Page(reading: items, limit: input.limit) { $0.position.cursor }
        }
    )

    struct Input: Sendable {
        let kind: TrashKind?
        let limit: Int
        let cursor: String
    }
}
