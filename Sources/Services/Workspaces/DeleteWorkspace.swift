import ProtocolWire
import Registry

/// `workspaces.deleteWorkspace`: the end of a tenant.
enum DeleteWorkspace {
    static let procedure = Procedure(
        "workspaces.deleteWorkspace",
        .delete(
            .soft,
            takesAlong: "everything in the workspace stops with it: root keys, APIs, keys",
            onRepeat: .refused(.workspaceNotFound)
        ),
        summary: "Deletes a workspace; its root keys and keys stop at once.",
        sockets: .operator,
        access: .operatorInWorkspace,
        idempotency: .idempotent,
        changes: "tombstone on the workspace, audit `workspace.delete`",
        parameters: .none,
        reply: .empty,
        errors: [.workspaceNotFound],
        examples: [Example(data: "{}")],
        lane: .write { call, _, transaction throws(Problem) in try transaction.deleteWorkspace(call.workspace) }
    )
}
