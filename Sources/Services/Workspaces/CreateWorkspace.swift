import ProtocolWire
import Registry

/// `workspaces.createWorkspace`: a new tenant.
enum CreateWorkspace {
    static let procedure = Procedure(
        "workspaces.createWorkspace",
        .create(onRepeat: .another("makes another workspace of the same name; names are labels")),
        summary: "Creates a workspace, in which everything else lives.",
        sockets: .operator,
        access: .operator,
        idempotency: .conditional,
        changes: "1 workspace, audit `workspace.create`",
        parameters: Parameters(
            Input.init,
            .required("name", Workspaces.name, "The operator's label; need not be unique.")
        ),
        reply: Reply(.string("workspaceId", "Identifier of the new workspace, `ws_…`.") { $0 }),
        examples: [Example(params: #"{"name":"acme"}"#, data: #"{"workspaceId":"ws_3fQz81LmK0"}"#)],
        lane: .write { _, input, transaction throws(Problem) in
            try transaction.insertWorkspace(named: input.name).id.text
        }
    )

    struct Input: Sendable { let name: String }
}
