import ProtocolWire
import Registry

/// `migrations.listMigrations`: all sources of keys, paged.
enum ListMigrations {
    static let procedure = Procedure(
        "migrations.listMigrations",
        .list(.growing(by: "migrations.createMigration")),
        summary: "Lists the key migrations of a workspace, by identifier.",
        sockets: .operator,
        access: .operatorInWorkspace,
        idempotency: .idempotent,
        parameters: Parameters(Paging.init, Paging.limit(default: 100), Paging.cursor),
        reply: .page(of: Migrations.members),
        errors: [.workspaceNotFound],
        examples: [Example(params: #"{"limit":10}"#, data: "[\(Migrations.example)]")],
        lane: .read { call, paging, transaction throws(Problem) in
            let rows = try transaction.keyMigrations(in: call.workspace, from: paging.cursor, limit: paging.limit + 1)
            return Page(reading: rows, limit: paging.limit) { $0.id.text }
        }
    )
}
