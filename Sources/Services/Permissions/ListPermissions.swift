import ProtocolWire
import Registry
import Store

/// `permissions.listPermissions`: all permissions, paged and searchable.
enum ListPermissions {
    static let procedure = Procedure(
        "permissions.listPermissions",
        .list(.growing(by: "permissions.createPermission")),
        summary: "Lists the permissions, by identifier.",
        access: .before(.anyOf("rbac.*.read_permission")),
        idempotency: .idempotent,
        parameters: Parameters(
            SearchedPaging.init,
            Paging.limit(default: 100),
            Paging.cursor(charactersMax: 1_024),
            SearchedPaging.search(in: "id, name, slug or description")
        ),
        reply: .page(of: Permissions.members),
        errors: [.insufficientPermissions],
        examples: [Example(params: #"{"search":"invoices"}"#, data: "[\(Permissions.example)]")],
        lane: .read { call, paging, transaction throws(Problem) in
            let rows = try transaction.permissions(
                in: call.workspace,
                having: paging.search,
                from: paging.cursor,
                limit: paging.limit + 1
            )
            return Page(reading: rows, limit: paging.limit) { $0.id.text }
        }
    )
}
