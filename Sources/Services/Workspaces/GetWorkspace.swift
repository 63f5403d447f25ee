import ProtocolWire
import Registry

/// `workspaces.getWorkspace`: one tenant with its limits.
enum GetWorkspace {
    static let procedure = Procedure(
        "workspaces.getWorkspace",
        .get,
        summary: "Reads a workspace: name, switch and limits.",
        sockets: .operator,
        access: .operatorInWorkspace,
        idempotency: .idempotent,
        parameters: .none,
        reply: Reply(Workspaces.members),
        errors: [.workspaceNotFound],
        examples: [Example(data: Workspaces.example)],
        lane: .read { call, _, transaction throws(Problem) in try transaction.existing(call.workspace) }
    )
}
