import ProtocolWire
import Registry
import Store

/// `rootKeys.listKeys`: the root keys that the caller may read, paged.
enum ListRootKeys {
    static let procedure = Procedure(
        "rootKeys.listKeys",
        .list(.growing(by: "rootKeys.createKey")),
        summary: "Lists the root keys that the caller may read, by identifier.",
        sockets: [.api, .operator],
        access: .filtered(.anyOf("U(rootKeys/{keyId}#read)")),
        idempotency: .idempotent,
        parameters: Parameters(
            Paging.init,
            Paging.limit(default: 100),
            Paging.cursor(charactersMax: 256)
        ),
        reply: .page(
            of: .string("keyId", "Identifier, `key_…`.") { $0.id.text },
            .stringOrNull("name", "Label; null = none.") { $0.name },
            .string("start", "The beginning of the secret, for display.") { $0.start },
            .string("end", "The end of the secret, for display.") { $0.end },
            .boolean("enabled", "The switch alone; an enabled key may have expired.") { $0.isEnabled },
            .integer("createdAt", "When it was made, Unix milliseconds.") { $0.createdAt.value },
            .integer("lastUsedAt", "When a request was last authenticated with it; 0 = never; may lag a minute.") {
                $0.lastUsedAt.value
            },
            .integerOrNull("expires", "When it stops, Unix milliseconds; null = never.") { $0.expires?.value },
            .strings("permissions", "What it may do, sorted.") { $0.permissions }
        ),
        examples: [
            Example(
                params: #"{"limit":1}"#,
                data: """
                    [{"keyId":"key_0pWd4RsYu0","name":"backup job","start":"latchkey_8sKq","end":"Gf31","enabled":true,\
                    "createdAt":1787400000000,"lastUsedAt":0,"expires":null,"permissions":["api.*.read_api"]}]
                    """
            )
        ],
        lane: .read(run)
    )

    /// Rows that may not be read are left out before paging: they neither shorten a page nor show up as a cursor.
    private static func run(_ call: Call, _ paging: Paging, _ transaction: ReadTransaction) throws(Problem) -> Page<
        RootKeyRow
    > {
        var shown: [RootKeyRow] = []
        var cursor = paging.cursor
        while shown.count <= paging.limit {
            let rows = try transaction.rootKeys(in: call.workspace, from: cursor, limit: batch)
            shown += rows.filter { call.mayShow(["keyId": $0.id.text]) }
            guard rows.count == batch, let last = rows.last else { break }
            cursor = last.id.text + "\0"  // The least text that is greater.
        }
        return Page(reading: shown, limit: paging.limit) { $0.id.text }
    }

    private static let batch = 128
}
