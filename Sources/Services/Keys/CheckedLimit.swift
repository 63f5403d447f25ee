import Domain
import ProtocolWire
import Registry
import Store

/// A limit that a verification asks to check.
struct RequestedLimit: Sendable {
    let name: String
    let cost: Int
    let limit: Int?
    let duration: Int?

    /// The bounds of a limit that the request brings along; one of the two alone means nothing.
    var adHoc: (limit: Int, duration: Int)? {
        if let limit, let duration { (limit, duration) } else { nil }
    }

    private static let whole = Shape<RequestedLimit>.object(
        RequestedLimit.init(name:cost:limit:duration:),
        .required(
            "name",
            .string(length: 3...255),
            "A limit of the key or of its identity, or one that is brought along."
        ),
        .defaulted("cost", .integer(0...ClosedRange.exact.upperBound), to: 1, "Units that it takes; 0 only looks."),
        .optional(
            "limit",
            .integer(0...ClosedRange.exact.upperBound),
            "With duration: units of a limit that is brought along, 1 or more."
        ),
        .optional(
            "duration",
            .integer(0...ClosedRange.exact.upperBound),
            "With limit: length of its window, 1000 milliseconds or more."
        )
    )

    static let shape =
        whole
        .requiring("must be at least 1 where a duration goes with it", at: "limit", fix: "send 1 or more") {
            ($0.adHoc?.limit ?? 1) >= 1
        }
        .requiring("must be at least 1000 where a limit goes with it", at: "duration", fix: "send 1000 or more") {
            ($0.adHoc?.duration ?? 1_000) >= 1_000
        }
}

/// One limit of a verification: what it allows, and whether the request may pass it.
struct CheckedLimit {
    /// `nil` for one that the request brought along.
    let id: RatelimitID?
    let name: String
    let limit: Int64
    let durationMilliseconds: Int64
    let isAutomatic: Bool
    private let cost: Int64
    private let key: WindowKey
    private let window: Window
    private let decision: WindowDecision
    private var isSpent = false

    /// A limit, as a verdict shows it.
    static let members: [ReplyMember<CheckedLimit>] = [
        .string("id", "Identifier, `rl_…`; empty for one that the request brought along.") { $0.id?.text ?? "" },
        .string("name", "Its name.") { $0.name },
        .integer("limit", "Units that a window lets through.") { $0.limit },
        .integer("duration", "Length of the window, milliseconds.") { $0.durationMilliseconds },
        .boolean("autoApply", "Whether every verification checks it.") { $0.isAutomatic },
        .boolean("exceeded", "Whether this limit, taken alone, refuses.") { $0.isExceeded },
        .integer("remaining", "Units that are left in the window.") { $0.remaining },
        .integer("reset", "When the current window ends, Unix milliseconds.") { $0.window.reset },
    ]

    var isExceeded: Bool { !decision.passes }

    var remaining: Int64 { isSpent ? decision.remaining : decision.unspent }

    /// What has been counted.
    var spent: WindowSpend? { isSpent && cost > 0 ? WindowSpend(cost, in: window, of: key) : nil }

    /// Counts it.
    mutating func spend(_ state: HotState) {
        state.windows.spend(cost, in: window, of: key)
        isSpent = true
    }

    /// The limits that a verification has to check, by name, each as it stands (`keys.md` §13.4).
    ///
    /// - Throws: 412, where a limit is named that there is not.
    static func all(
        _ requested: [RequestedLimit],
        _ key: HotKey,
        _ call: Call,
        _ state: HotState
    ) throws(Interruption) -> [CheckedLimit] {
        var checked: [CheckedLimit] = []
        for limit in key.detail?.limits ?? [] where limit.isAutomatic {
            checked.append(CheckedLimit(limit, cost: 1, of: key, at: call.time, state))
        }
        for request in requested {
            let limit = try limit(request, of: key, at: call.time, state)
            if let place = checked.firstIndex(where: { $0.name.utf8.elementsEqual(limit.name.utf8) }) {
                checked[place] = limit
            } else {
                checked.append(limit)
            }
        }
        if !requested.isEmpty { checked.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
        return checked
    }

    /// The limit that a request names, or brings along.
    private static func limit(
        _ request: RequestedLimit,
        of key: HotKey,
        at time: UnixMilliseconds,
        _ state: HotState
    ) throws(Interruption) -> CheckedLimit {
        if let (limit, duration) = request.adHoc {
            return CheckedLimit(
                name: request.name,
                limit: Int64(limit),
                cost: Int64(request.cost),
                .limit(request.name, of: key.number, durationMilliseconds: Int64(duration)),
                Int64(duration),
                at: time,
                state
            )
        }
        guard let configured = key.detail?.limit(named: request.name) else {
            throw .problem(.noLimit(request.name, key))
        }
        return CheckedLimit(configured, cost: Int64(request.cost), of: key, at: time, state)
    }

    private init(_ configured: HotLimit, cost: Int64, of key: HotKey, at time: UnixMilliseconds, _ state: HotState) {
        let (name, duration) = (configured.name, configured.durationMilliseconds)
        let window: WindowKey =
            if configured.isOfIdentity, let identity = key.detail?.identity {
                .limit(name, of: identity.number, durationMilliseconds: duration)
            } else {
                .limit(name, of: key.number, durationMilliseconds: duration)
            }
        self.init(
            id: configured.id,
            name: name,
            limit: configured.limit,
            isAutomatic: configured.isAutomatic,
            cost: cost,
            window,
            duration,
            at: time,
            state
        )
    }

    private init(
        id: RatelimitID? = nil,
        name: String,
        limit: Int64,
        isAutomatic: Bool = false,
        cost: Int64,
        _ key: WindowKey,
        _ durationMilliseconds: Int64,
        at time: UnixMilliseconds,
        _ state: HotState
    ) {
        self.id = id
        self.name = name
        self.limit = limit
        self.durationMilliseconds = durationMilliseconds
        self.isAutomatic = isAutomatic
        self.cost = cost
        self.key = key
        window = state.windows.window(of: key, at: time)
        decision = window.decide(limit: limit, cost: cost)
    }
}

extension Problem {
    /// A limit is named that neither the key nor its identity has.
    fileprivate static func noLimit(_ name: String, _ key: HotKey) -> Problem {
        let owner =
            key.detail?.identity.map { "its identity '\($0.id)' ('\(Fault.excerpt(of: $0.externalID))')" }
            ?? "an identity, which it does not have"
        return Problem(
            .preconditionFailed,
            "No limit '\(Fault.excerpt(of: name))' on the key '\(key.id)' or on \(owner). Configure it with keys.updateKey or "
                + "identities.updateIdentity, or send limit and duration with it."
        )
    }
}
