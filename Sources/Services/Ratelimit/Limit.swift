import Domain
import ProtocolWire
import Registry
import Store

/// `ratelimit.limit`: counts a request, and says whether it may pass.
enum Limit {
    static let procedure = Procedure(
        "ratelimit.limit",
        .domain(
            .limit,
            effects: "Counts the cost if it fits into the window, else nothing; makes the namespace on first use",
            onRepeat: "counts again"
        ),
        summary: "Counts a request in a sliding window, and says whether it may pass.",
        access: .after(.anyOf("ratelimit.*.limit", "ratelimit.{namespaceId}.limit"), refusal: .forbidden),
        idempotency: .not,
        changes: "the counter, nothing with `cost` 0; on first use 1 namespace, audit `ratelimitNamespace.create`",
        parameters: Parameters(
            LimitRequest.init,
            LimitRequest.namespaceField,
            LimitRequest.identifierField,
            LimitRequest.limitField,
            LimitRequest.durationField,
            LimitRequest.costField
        ),
        reply: Reply(
            .boolean("success", "Whether the request may pass.") { $0.decision.passes },
            .integer("limit", "The limit that was applied.") { $0.limit },
            .integer("remaining", "Units that are left in the window.") { $0.decision.remaining },
            .integer("reset", "When the current window ends, Unix milliseconds.") { $0.window.reset },
            .optionalString("overrideId", "The override that was applied, `rlor_…`; else absent.") {
                $0.overrideID?.text
            }
        ),
        errors: [
            DeclaredError(
                .insufficientPermissions,
                "there is no such namespace, and `ratelimit.*.create_namespace` or `ratelimit.*.limit` is missing"
            ),
            DeclaredError(.ratelimitNamespaceGone, "the namespace was deleted"),
            DeclaredError(.insufficientPermissions, "the permission is missing"),
        ],
        examples: [
            Example(
                params: #"{"namespace":"mail.send","identifier":"team_7","limit":3,"duration":60000}"#,
                data: #"{"success":true,"limit":3,"remaining":2,"reset":1788000060000}"#
            )
        ],
        lane: .spending(run)
    )

    private static func run(
        _ call: Call,
        _ request: LimitRequest,
        _ state: HotState
    ) throws(Interruption) -> (LimitCheck, PendingSpend?) {
        let check = LimitCheck(request, in: try namespace(of: request, call, state), at: call.time, state)
        check.spend(state)
        return (check, call.keepsReply ? PendingSpend(windows: check.spent) : nil)
    }

    /// The namespace to count in, once the caller may; the order of the refusals is the reference's (`ratelimit.md` §4).
    private static func namespace(
        of request: LimitRequest,
        _ call: Call,
        _ state: HotState
    ) throws(Interruption) -> HotNamespace {
        let name = NamespaceName(request.namespace, in: call.workspace.number)
        switch state.namespace(name) {
        case .unknown: throw .miss(.namespaces([name]))
        case .absent:
            try interrupting { () throws(Problem) in
                try call.requireCreation()
                try call.requireLimitingAnywhere()
            }
            throw .first(call.making([request.namespace]))
        case .present(let namespace):
            if namespace.isDeleted { throw .problem(.namespaceGone(request.namespace)) }
            if !call.mayLimit(in: namespace) {
                try interrupting { () throws(Problem) in try call.refuseLimiting(in: namespace) }
            }
            return namespace
        }
    }
}
