import ProtocolWire
import Registry

/// `apis.getApi`: identifier and name of one API.
enum GetAPI {
    static let procedure = Procedure(
        "apis.getApi",
        .get,
        summary: "Reads an API: its identifier and its name.",
        access: .before(.anyOf("api.*.read_api", "api.{apiId}.read_api")),
        idempotency: .idempotent,
        parameters: Parameters(Input.init, .required("apiId", APIs.strictID, "API to read.")),
        reply: Reply(
            .string("id", "Identifier, `api_…`.") { $0.id.text },
            .string("name", "Its name in the workspace.") { $0.name }
        ),
        errors: [
            .insufficientPermissions,
            DeclaredError(.apiNotFound, "missing, deleted, or another workspace's"),
        ],
        examples: [
            Example(params: #"{"apiId":"api_5kPq9XvTn0"}"#, data: #"{"id":"api_5kPq9XvTn0","name":"billing-eu"}"#)
        ],
        lane: .read { call, input, transaction throws(Problem) in
            try transaction.existingAPI(input.apiID, in: call.workspace)
        }
    )

    struct Input: Sendable { let apiID: String }
}
