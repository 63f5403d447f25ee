import Domain
import ProtocolWire
import Registry
import Store

/// What `ratelimit.limit` takes, and each item of `ratelimit.multiLimit`.
struct LimitRequest: Sendable {
    let namespace: String
    let identifier: String
    let limit: Int
    let duration: Int
    let cost: Int

    static let namespaceField = Field.required(
        "namespace",
        Namespaces.text,
        "Name or identifier (`rlns_…`) of the namespace; made on first use."
    )
    static let identifierField = Field.required("identifier", Namespaces.text, "Who is limited.")
    static let limitField = Field.required("limit", .integer(1...Int.max), "Units that a window lets through.")
    static let durationField = Field.required(
        "duration",
        .integer(1_000...2_592_000_000),
        "Length of the window, milliseconds; up to 30 days."
    )
    static let costField = Field.defaulted(
        "cost",
        .integer(0...Int.max),
        to: 1,
        "Units that this request spends; 0 only looks."
    )
}

/// One request against its window: the override that applies, and whether it may pass.
struct LimitCheck {
    let overrideID: OverrideID?
    let limit: Int64
    let window: Window
    let decision: WindowDecision
    private let cost: Int64
    private let key: WindowKey

    /// Looks at the window; nothing is counted yet.
    init(_ request: LimitRequest, in namespace: HotNamespace, at time: UnixMilliseconds, _ state: HotState) {
        let override = namespace.override(for: request.identifier)
        cost = Int64(request.cost)
        overrideID = override?.id
        limit = override?.limit ?? Int64(request.limit)
        // Also under a pattern each identifier has a window of its own.
        key = .identifier(
            request.identifier,
            in: namespace.number,
            durationMilliseconds: override?.durationMilliseconds ?? Int64(request.duration)
        )
        window = state.windows.window(of: key, at: time)
        decision = window.decide(limit: limit, cost: cost)
    }

    /// Counts the request, if it may pass.
    func spend(_ state: HotState) {
        if decision.passes { state.windows.spend(cost, in: window, of: key) }
    }

    /// What ``spend(_:)`` has counted.
    var spent: [WindowSpend] { decision.passes ? [WindowSpend(cost, in: window, of: key)] : [] }

    /// Takes back what ``spend(_:)`` has counted in the same turn.
    func giveBack(_ state: HotState) {
        if decision.passes { state.windows.giveBack(cost, in: window, of: key) }
    }
}

extension Call {
    /// Whether the caller may count in a namespace that is there.
    func mayLimit(in namespace: HotNamespace) -> Bool {
        mayShow(["namespaceId": namespace.id.text])
    }

    /// Checks that the caller may make a namespace.
    func requireCreation() throws(Problem) {
        try require(.leaf("ratelimit.*.create_namespace"))
    }

    /// Checks that the caller may count in a namespace that is still to be made: no grant can name it yet.
    func requireLimitingAnywhere() throws(Problem) {
        try require(.leaf("ratelimit.*.limit"))
    }

    /// Says that the caller may not count in a namespace.
    func refuseLimiting(in namespace: HotNamespace) throws(Problem) {
        try require(["namespaceId": namespace.id.text], else: .internalFailure)
    }

    /// The namespaces that have to be made before the call can go on.
    func making(_ names: [String]) -> Prerequisite {
        let workspace = workspace
        return Prerequisite(.namespaces(names.map(ByteText.init), in: workspace.number), of: self) {
            transaction throws(Problem) in
            try transaction.makeNamespaces(names, in: workspace)
        }
    }
}

extension Problem {
    /// The namespace was deleted; its name stays taken.
    static func namespaceGone(_ text: String) -> Problem {
        Problem(
            .ratelimitNamespaceGone,
            "The namespace '\(Fault.excerpt(of: text))' was deleted, and its name cannot be used again. Use another one."
        )
    }
}

/// Throws a refusal as what interrupts a call on the reactor's thread.
func interrupting(_ body: () throws(Problem) -> Void) throws(Interruption) {
    do throws(Problem) {
        try body()
    } catch {
        throw .problem(error)
    }
}
