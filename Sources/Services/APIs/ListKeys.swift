import Domain
import ProtocolWire
import Registry
import Store

/// `apis.listKeys`: the keys of one API, paged.
enum ListKeys {
    static let procedure = Procedure(
        "apis.listKeys",
        .list(.growing(by: "keys.createKey")),
        summary: "Lists the keys of an API with all that belongs to them, by identifier.",
        access: .after(read, refusal: .masked),
        idempotency: .idempotent,
        parameters: Parameters(
            Input.init,
            .required("apiId", .string(length: 1...Int.max), "API whose keys are listed."),
            Paging.limit(default: 100),
            Paging.cursor,
            .optional("externalId", .string(length: 1...Int.max), "Only keys of this identity, byte by byte."),
            .defaulted(
                "decrypt",
                .boolean,
                to: false,
                "Whether secrets are to be shown, where they are recoverable; asks for the action `decrypt_key` besides."
            ),
            .defaulted(
                "revalidateKeysCache",
                .boolean,
                to: false,
                "Accepted, without effect: a list always shows every acknowledged change."
            )
        ),
        reply: .page(of: KeyView.membersWithPlaintext),
        errors: [
            DeclaredError(
                .apiNotFound,
                "missing, deleted, another workspace's, or the permission to read is missing; the replies are alike"
            ),
            KeyRecovery.refused,
            DeclaredError(.insufficientPermissions, "the permission to decrypt is missing"),
        ],
        examples: [
            Example(
                params: #"{"apiId":"api_5kPq9XvTn0","externalId":"acct-2041","limit":1}"#,
                data: "[\(KeyView.example)]"
            )
        ],
        lane: .read(run)
    )

    struct Input: Sendable {
        let apiID: String
        let paging: Paging
        let externalID: String?
        let isDecrypted: Bool

        init(
            apiID: String,
            limit: Int,
            cursor: String,
            externalID: String?,
            isDecrypted: Bool,
            isRevalidated: Bool
        ) {
            self.apiID = apiID
            paging = Paging(limit, cursor)
            self.externalID = externalID
            self.isDecrypted = isDecrypted
        }
    }

    private static let read = Permission.any([
        .allOf(Keys.tuples(to: "read_key"), .anyOf("api.*.read_api", "api.{apiId}.read_api")),
        .allOf(
            .leaf("U(keyspaces/{keyspaceId}/keys/*#read_key)"),
            .leaf("U(keyspaces/{keyspaceId}#read_keyspace)")
        ),
    ])

    private static let decrypt = Permission.anyOf(
        "api.*.decrypt_key",
        "api.{apiId}.decrypt_key",
        "U(keyspaces/{keyspaceId}/keys/*#decrypt_key)"
    )

    private static func run(
        _ call: Call,
        _ input: Input,
        _ transaction: ReadTransaction
    ) throws(Problem) -> Page<KeyView> {
        let api = try transaction.existingAPI(input.apiID, in: call.workspace)
        try call.require(api.bindings, else: .noAPI(input.apiID))
        if input.isDecrypted {
            try KeyRecovery.requireSecret(transaction)
            try call.require(decrypt, api.bindings)
            try KeyRecovery.requireAllowed(api.allowsRecovery, by: api.id.text)
        }
        var identity: IdentityRow?
        if let externalID = input.externalID {
            identity = try transaction.identity(externalID: externalID, in: call.workspace)
            if identity == nil { return Page(rows: [], cursor: nil) }
        }
        let rows = try transaction.keys(
            of: api.number,
            linkedTo: identity?.number,
            from: input.paging.cursor,
            limit: input.paging.limit + 1
        )
        let page = Page(reading: rows, limit: input.paging.limit) { $0.id.text }
        var views: [KeyView] = []
        for row in page.rows { views.append(try view(of: row, input, transaction)) }
        return Page(rows: views, cursor: page.cursor)
    }

    private static func view(
        of key: KeyRow,
        _ input: Input,
        _ transaction: ReadTransaction
    ) throws(Problem) -> KeyView {
        var view = try transaction.view(of: key)
        if input.isDecrypted { view.plaintext = try transaction.recoveredSecret(of: key.reference) }
        return view
    }
}
