import ProtocolWire
import Registry

/// `apis.deleteApi`: the end of an API; its keys stop at once.
enum DeleteAPI {
    static let procedure = Procedure(
        "apis.deleteApi",
        .delete(
            .soft,
            takesAlong: "its keys stop with it and can be read no more; they come back with it if it is restored",
            onRepeat: .refused(.apiNotFound)
        ),
        summary: "Deletes an API; the next verification of any of its keys says NOT_FOUND.",
        access: .before(.anyOf("api.*.delete_api", "api.{apiId}.delete_api")),
        idempotency: .idempotent,
        changes: "tombstone on the API, audit `api.delete`",
        parameters: Parameters(Input.init, .required("apiId", APIs.strictID, "API to delete.")),
        reply: .empty,
        errors: [
            .insufficientPermissions,
            DeclaredError(.apiNotFound, "missing, another workspace's, or already deleted"),
            DeclaredError(.protectedResource, "delete protection is on"),
        ],
        examples: [Example(params: #"{"apiId":"api_5kPq9XvTn0"}"#, data: "{}")],
        lane: .write { call, input, transaction throws(Problem) in
            let api = try transaction.existingAPI(input.apiID, in: call.workspace)
            if api.isProtected {
                throw Problem(
                    .protectedResource,
                    "Delete protection of the API is on. Turn it off first, then delete the API."
                )
            }
            try transaction.deleteAPI(api, in: call.workspace)
        }
    )

    struct Input: Sendable { let apiID: String }
}
