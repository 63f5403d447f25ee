import Domain
import ProtocolWire
import Registry
import Store

/// `identities.listIdentities`: all identities with their limits, paged and searchable.
enum ListIdentities {
    static let procedure = Procedure(
        "identities.listIdentities",
        .list(.growing(by: "identities.createIdentity")),
        summary: "Lists the identities with their limits, by identifier.",
        access: .after(Identities.read, refusal: .blind),
        idempotency: .idempotent,
        parameters: Parameters(
            SearchedPaging.init,
            Paging.limit(default: 100),
            Paging.cursor,
            SearchedPaging.search(in: "id or externalId")
        ),
        reply: .page(of: IdentityView.members),
        errors: [
            DeclaredError(
                .insufficientPermissions,
                "any row of the page is not covered: nothing is left out; an empty page is for everybody"
            )
        ],
        examples: [Example(params: #"{"search":"ACCT","limit":1}"#, data: "[\(IdentityView.example)]")],
        lane: .read(run)
    )

    private static func run(
        _ call: Call,
        _ paging: SearchedPaging,
        _ transaction: ReadTransaction
    ) throws(Problem) -> Page<IdentityView> {
        let rows = try transaction.identities(
            in: call.workspace,
            having: paging.search,
            from: paging.cursor,
            limit: paging.limit + 1
        )
        let page = Page(reading: rows, limit: paging.limit) { $0.id.text }
        for row in page.rows where !call.mayShow(["identityId": row.id.text]) { throw call.blindRefusal }
        let limits = try transaction.ratelimits(ofIdentities: page.rows.map(\.number))
        return Page(
            rows: page.rows.map { IdentityView(row: $0, ratelimits: limits[$0.number] ?? []) },
            cursor: page.cursor
        )
    }
}
