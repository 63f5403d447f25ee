import JSONSyntax
import ProtocolWire
import SQLite
import Testing

/// A workspace with a root key that may do everything in it, and requests to limit.
struct LimitScene {
    let bench: Bench
    let workspace: String
    let owner: String

    init() throws {
        bench = try Bench()
        bench.time = 1_788_000_000_000
        workspace = try bench.workspace()
        owner = try bench.rootKey(in: workspace, ["*"]).secret
    }

    /// A root key with these permissions.
    func key(_ permissions: String...) throws -> String {
        try bench.rootKey(in: workspace, permissions).secret
    }

    static func request(
        _ namespace: String,
        _ identifier: String = "team_7",
        limit: Int64 = 10,
        duration: Int64 = 60_000,
        cost: Int64? = nil
    ) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("namespace", .string(namespace)), ("identifier", .string(identifier)), ("limit", .integer(limit)),
            ("duration", .integer(duration)),
        ]
        if let cost { members.append(("cost", .integer(cost))) }
        return .object(members.map { JSONValue.Member(name: $0.0, value: $0.1) })
    }

    /// The reply's `data`.
    func limit(_ request: JSONValue, as key: String? = nil) throws -> JSONValue {
        try #require(bench.call("ratelimit.limit", request, as: key ?? owner)["data"])
    }

    func multiLimit(_ requests: JSONValue..., as key: String? = nil) throws -> JSONValue {
        try #require(bench.call("ratelimit.multiLimit", .array(requests), as: key ?? owner)["data"])
    }

    func refusal(_ method: String, _ params: JSONValue, as key: String) throws -> Problem {
        try bench.refusal(method, params, as: key)
    }

    /// Sets an override and gives its identifier.
    @discardableResult
    func override(
        _ identifier: String,
        in namespace: String,
        limit: Int64,
        duration: Int64 = 60_000
    ) throws -> JSONValue {
        let reply = try bench.call(
            "ratelimit.setOverride",
            [
                "namespace": .string(namespace), "identifier": .string(identifier), "limit": .integer(limit),
                "duration": .integer(duration),
            ],
            as: owner
        )
        return try #require(reply["data"]?["overrideId"])
    }

    /// Makes namespaces, each with one identifier nobody else uses, and gives their identifiers.
    func namespaces(_ names: String...) throws -> [String] {
        for name in names { _ = try limit(Self.request(name, "nobody", cost: 0)) }
        return try names.map { name in
            let id = try bench.connection.first(
                Query(uncached: "SELECT id FROM ratelimit_namespaces WHERE name = ?1") { $0.text(0) },
                name
            )
            return try #require(id)
        }
    }

    func deleteNamespace(_ name: String) throws {
        _ = try bench.operate(
            "ratelimit.deleteNamespace",
            ["workspaceId": .string(workspace), "namespace": .string(name)]
        )
    }

    func namespaceCount() throws -> Int {
        try bench.connection.first(Query(uncached: "SELECT count(*) FROM ratelimit_namespaces") { $0.int(0) }) ?? 0
    }
}
