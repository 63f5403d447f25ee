import ProtocolWire
import Registry

/// `apis.createApi`: a new API, the namespace that keys are issued in.
enum CreateAPI {
    static let procedure = Procedure(
        "apis.createApi",
        .create(onRepeat: .refused(.apiAlreadyExists, because: "the name is unique in the workspace")),
        summary: "Creates an API, the namespace that keys are issued in.",
        access: .before(.anyOf("api.*.create_api")),
        idempotency: .conditional,
        changes: "1 API, 1 keyspace, audit `api.create`",
        parameters: Parameters(
            Input.init,
            .required(
                "name",
                APIs.name,
                "Unique among the live APIs of the workspace, byte by byte; cannot be changed."
            )
        ),
        reply: Reply(.string("apiId", "Identifier of the new API, `api_…`.") { $0 }),
        errors: [
            .insufficientPermissions,
            DeclaredError(.apiAlreadyExists, "a live API of the workspace has the name"),
        ],
        examples: [Example(params: #"{"name":"billing-eu"}"#, data: #"{"apiId":"api_5kPq9XvTn0"}"#)],
        lane: .write { call, input, transaction throws(Problem) in
            if let existing = try transaction.api(named: input.name, in: call.workspace) {
                throw Problem(
                    .apiAlreadyExists,
                    "The API \(existing) already has the name '\(input.name.prefix(64))'. Choose another name, or use that API."
                )
            }
            return try transaction.insertAPI(named: input.name, in: call.workspace).text
        }
    )

    struct Input: Sendable { let name: String }
}
