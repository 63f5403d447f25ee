import ProtocolWire
import Registry

/// `workspaces.listWorkspaces`: all tenants, paged.
enum ListWorkspaces {
    static let procedure = Procedure(
        "workspaces.listWorkspaces",
        .list(.growing(by: "workspaces.createWorkspace")),
        summary: "Lists the workspaces, by identifier.",
        sockets: .operator,
        access: .operator,
        idempotency: .idempotent,
        parameters: Parameters(Paging.init, Paging.limit(default: 100), Paging.cursor),
        reply: .page(of: Workspaces.members),
        examples: [Example(params: #"{"limit":10}"#, data: "[\(Workspaces.example)]")],
        lane: .read { _, paging, transaction throws(Problem) in
            let rows = try transaction.workspaces(from: paging.cursor, limit: paging.limit + 1)
            return Page(reading: rows, limit: paging.limit) { $0.id.text }
        }
    )
}
