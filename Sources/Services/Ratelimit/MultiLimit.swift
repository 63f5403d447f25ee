import Domain
import ProtocolWire
import Registry
import Store

/// `ratelimit.multiLimit`: several limits at once, all or nothing.
enum MultiLimit {
    static let procedure = Procedure(
        "ratelimit.multiLimit",
        .domain(
            .limit,
            effects: "Counts every item if all fit into their windows, else none; makes namespaces on first use",
            onRepeat: "counts again"
        ),
        summary: "Counts several limits at once: all of them pass, or nothing is counted.",
        access: .after(.anyOf("ratelimit.*.limit", "ratelimit.{namespaceId}.limit"), refusal: .forbidden),
        idempotency: .not,
        changes: "the counters; on first use a namespace each, audit `ratelimitNamespace.create`",
        parameters: Parameters(
            arrayOf: 1...100,
            LimitRequest.init,
            LimitRequest.namespaceField,
            LimitRequest.identifierField,
            LimitRequest.limitField,
            LimitRequest.durationField,
            LimitRequest.costField
        ),
        reply: Reply(
            .boolean("passed", "Whether every item passed.") { $0.passed },
            .objects(
                "limits",
                "Each item's own result, in the order of the request.",
                { $0.items },
                .string("namespace", "As it was sent.") { $0.request.namespace },
                .string("identifier", "As it was sent.") { $0.request.identifier },
                .integer("limit", "The limit that was applied.") { $0.check.limit },
                .integer("remaining", "Units that are left in the window.") { $0.remaining },
                .integer("reset", "When the current window ends, Unix milliseconds.") { $0.check.window.reset },
                .boolean("passed", "Whether this item passes by itself.") { $0.check.decision.passes },
                .optionalString("overrideId", "The override that was applied, `rlor_…`; else absent.") {
                    $0.check.overrideID?.text
                }
            )
        ),
        errors: [
            DeclaredError(
                .insufficientPermissions,
                "a namespace is missing, and so is `ratelimit.*.create_namespace`; none is made"
            ),
            DeclaredError(.insufficientPermissions, "the permission is missing for any of the namespaces"),
            DeclaredError(.ratelimitNamespaceGone, "any of the namespaces was deleted"),
        ],
        examples: [
            Example(
                params: """
                    [{"namespace":"mail.send","identifier":"team_7","limit":3,"duration":60000},\
                    {"namespace":"mail.bytes","identifier":"team_7","limit":1000,"duration":60000,"cost":1200}]
                    """,
                data: """
                    {"passed":false,"limits":[{"namespace":"mail.send","identifier":"team_7","limit":3,"remaining":3,\
                    "reset":1788000060000,"passed":true},{"namespace":"mail.bytes","identifier":"team_7","limit":1000,\
                    "remaining":0,"reset":1788000060000,"passed":false}]}
                    """
            )
        ],
        namingException: "it is `limit` for several at once, and keeps the name that clients know",
        lane: .spending(run)
    )

    struct Output {
        let passed: Bool
        let items: [Item]
    }

    /// An item's result.
    struct Item {
        let request: LimitRequest
        let check: LimitCheck
        let remaining: Int64
    }

    private static func run(
        _ call: Call,
        _ requests: [LimitRequest],
        _ state: HotState
    ) throws(Interruption) -> (Output, PendingSpend?) {
        let namespaces = try namespaces(of: requests, call, state)
        var checks: [LimitCheck] = []
        checks.reserveCapacity(requests.count)
        for (request, namespace) in zip(requests, namespaces) {
            let check = LimitCheck(request, in: namespace, at: call.time, state)
            // At once, so that a second item on the same counter sees the first.
            check.spend(state)
            checks.append(check)
        }
        let passed = checks.allSatisfy(\.decision.passes)
        if !passed { for check in checks.reversed() { check.giveBack(state) } }
        let items = zip(requests, checks).map { request, check in
            Item(request: request, check: check, remaining: passed ? check.decision.remaining : check.decision.unspent)
        }
        let spent = passed && call.keepsReply ? checks.flatMap(\.spent) : []
        return (Output(passed: passed, items: items), spent.isEmpty ? nil : PendingSpend(windows: spent))
    }

    /// The namespaces to count in, once the caller may in all of them; the order of the refusals is the reference's
    /// (`ratelimit.md` §5), and only a batch that nothing refuses makes any.
    private static func namespaces(
        of requests: [LimitRequest],
        _ call: Call,
        _ state: HotState
    ) throws(Interruption) -> [HotNamespace] {
        var found: [HotNamespace] = []
        found.reserveCapacity(requests.count)
        var missing: [NamespaceName] = []
        var isKnown = true
        for request in requests {
            let name = NamespaceName(request.namespace, in: call.workspace.number)
            switch state.namespace(name) {
            case .present(let namespace): found.append(namespace)
            case .absent: missing.append(name)
            case .unknown:
                missing.append(name)
                isKnown = false
            }
        }
        // All of them together, because what is absent is known for one turn only.
        guard isKnown else { throw .miss(.namespaces(missing.uniqued)) }
        try interrupting { () throws(Problem) in
            if !missing.isEmpty {
                try call.requireCreation()
                try call.requireLimitingAnywhere()
            }
            for namespace in found where !call.mayLimit(in: namespace) { try call.refuseLimiting(in: namespace) }
            if found.contains(where: \.isDeleted) { throw gone(requests, call, state) }
        }
        guard missing.isEmpty else { throw .first(call.making(missing.uniqued.map(\.text.text))) }
        return found
    }

    /// 410 that names the first of the deleted namespaces.
    private static func gone(_ requests: [LimitRequest], _ call: Call, _ state: HotState) -> Problem {
        let first = requests.first { request in
            let name = NamespaceName(request.namespace, in: call.workspace.number)
            if case .present(let namespace) = state.namespace(name) { return namespace.isDeleted }
            return false
        }
        return .namespaceGone(first?.namespace ?? "")
    }
}

extension [NamespaceName] {
    /// Each once, in the order of the first.
    fileprivate var uniqued: [NamespaceName] {
        var seen: Set<NamespaceName> = []
        return filter { seen.insert($0).inserted }
    }
}
