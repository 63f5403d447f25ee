import Domain
import ProtocolWire
import Registry
import Store

/// `apis.updateApi`: the settings of an API; its name stays.
enum UpdateAPI {
    static let procedure = Procedure(
        "apis.updateApi",
        .update,
        summary: "Changes an API's settings; the next verification of any of its keys sees them.",
        sockets: [.api, .operator],
        access: .before(.anyOf("api.*.update_api", "api.{apiId}.update_api")),
        idempotency: .idempotent,
        changes: "the API, audit `api.update`; nothing when no value differs",
        parameters: Parameters(
            Input.init,
            .required("apiId", APIs.strictID, "API to change."),
            .change("deleteProtection", .boolean, "Whether apis.deleteApi is refused."),
            .patch(
                "ipAllowlist",
                Shape<[IPAddress]>.array(of: address, count: 0...1_000),
                "Where its keys may be used from; null = from anywhere, `[]` = from nowhere."
            ),
            .patch(
                "defaultPrefix",
                Keys.prefix,
                "What new secrets start with unless the request says otherwise; null = nothing."
            ),
            .patch(
                "defaultByteLength",
                .integer(16...255),
                "Random bytes of new secrets unless the request says otherwise; null = 16."
            ),
            .change("keyRecovery", .boolean, "Whether new keys may be recoverable.")
        ),
        reply: Reply(
            .string("id", "Identifier, `api_…`.") { $0.id.text },
            .string("name", "Its name in the workspace.") { $0.name },
            .boolean("deleteProtection", "Whether apis.deleteApi is refused.") { $0.isProtected },
            .optionalStrings("ipAllowlist", "Where its keys may be used from, sorted, if that is limited.") {
                $0.allowedAddresses
            },
            .optionalString("defaultPrefix", "What new secrets start with, if set.") { $0.defaultPrefix },
            .optionalInteger("defaultByteLength", "Random bytes of new secrets, if set.") {
                $0.defaultByteLength.map(Int64.init)
            },
            .boolean("keyRecovery", "Whether new keys may be recoverable.") { $0.allowsRecovery }
        ),
        errors: [
            .insufficientPermissions,
            DeclaredError(.apiNotFound, "missing, deleted, or another workspace's"),
        ],
        examples: [
            Example(
                params:
                    #"{"apiId":"api_5kPq9XvTn0","deleteProtection":true,"ipAllowlist":["192.0.2.7"],"defaultPrefix":null}"#,
                data: """
                    {"id":"api_5kPq9XvTn0","name":"billing-eu","deleteProtection":true,"ipAllowlist":["192.0.2.7"],\
                    "keyRecovery":false}
                    """
            )
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let apiID: String
        let isProtected: Patch<Bool>
        let allowedAddresses: Patch<[IPAddress]>
        let defaultPrefix: Patch<String>
        let defaultByteLength: Patch<Int>
        let allowsRecovery: Patch<Bool>
    }

    private static let address = Shape.string(length: 2...45)
        .parsed("must be an IPv4 or IPv6 address", fix: "send one address, such as 192.0.2.7, without port or mask") {
            IPAddress($0)
        }

    private static func run(_ call: Call, _ input: Input, _ transaction: WriteTransaction) throws(Problem) -> APIRow {
        let current = try transaction.existingAPI(input.apiID, in: call.workspace)
        var row = current
        row.isProtected = input.isProtected.applied(toValue: row.isProtected)
        switch input.allowedAddresses {
        case .keep: break
        case .clear: row.allowedAddresses = nil
        case .set(let addresses): row.allowedAddresses = Set(addresses.map(\.text)).sorted()
        }
        row.defaultPrefix = input.defaultPrefix.applied(to: row.defaultPrefix)
        row.defaultByteLength = input.defaultByteLength.applied(to: row.defaultByteLength)
        row.allowsRecovery = input.allowsRecovery.applied(toValue: row.allowsRecovery)
        if !row.hasSameSettings(as: current) { try transaction.updateAPI(row, in: call.workspace) }
        return row
    }
}
