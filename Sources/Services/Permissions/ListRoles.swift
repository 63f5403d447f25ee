import ProtocolWire
import Registry
import Store

/// `permissions.listRoles`: all roles with their permissions, paged and searchable.
enum ListRoles {
    static let procedure = Procedure(
        "permissions.listRoles",
        .list(.growing(by: "permissions.createRole")),
        summary: "Lists the roles with their permissions, by identifier.",
        access: .before(.anyOf("rbac.*.read_role")),
        idempotency: .idempotent,
        parameters: Parameters(
            SearchedPaging.init,
            Paging.limit(default: 100),
            Paging.cursor(charactersMax: 1_024),
            SearchedPaging.search(in: "id, name or description")
        ),
        reply: .page(of: RoleView.members),
        errors: [.insufficientPermissions],
        examples: [Example(params: #"{"limit":1}"#, data: "[\(RoleView.example)]")],
        lane: .read { call, paging, transaction throws(Problem) in
            let rows = try transaction.roles(
                in: call.workspace,
                having: paging.search,
                from: paging.cursor,
                limit: paging.limit + 1
            )
            let page = Page(reading: rows, limit: paging.limit) { $0.id.text }
            var views: [RoleView] = []
            for row in page.rows { views.append(try transaction.view(of: row)) }
            return Page(rows: views, cursor: page.cursor)
        }
    )
}
