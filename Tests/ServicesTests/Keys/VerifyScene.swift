import Domain
import JSONSyntax
import ProtocolWire
import SQLite
import Store
import Testing

/// A workspace of the bench with an API, at the beginning of a minute: keys to verify, and what a verification leaves behind.
struct VerifyScene {
    /// The beginning of a minute, Unix milliseconds.
    static let start: Int64 = 1_788_000_000_000
    static let notFound: JSONValue = ["valid": false, "code": "NOT_FOUND"]

    let bench: Bench
    let workspace: String
    let owner: String
    let api: JSONValue

    init() throws {
        bench = try Bench()
        bench.time = Self.start
        workspace = try bench.workspace()
        owner = try bench.rootKey(in: workspace, ["*"]).secret
        api = try #require(try bench.call("apis.createApi", ["name": "billing"], as: owner)["data"]?["apiId"])
    }

    /// The keyspace of the API.
    func keyspace() throws -> String {
        let keyspace = Query(uncached: "SELECT keyspace_id FROM apis WHERE id = ?1") { $0.text(0) }
        return try #require(try bench.connection.first(keyspace, api.string))
    }

    /// A root key of the workspace that holds these strings only.
    func holder(of permissions: String...) throws -> String { try bench.rootKey(in: workspace, permissions).secret }

    /// A root key that may do everything in another workspace.
    func stranger() throws -> String { try bench.rootKey(in: bench.workspace(), ["*"]).secret }

    /// The `data` of a call.
    @discardableResult
    func data(_ method: String, _ params: JSONValue, as rootKey: String? = nil) throws -> JSONValue {
        try #require(try bench.call(method, params, as: rootKey ?? owner)["data"])
    }

    /// Issues a key of the API.
    func key(_ settings: JSONValue = [:]) throws -> IssuedKey {
        let reply = try data("keys.createKey", Self.joined(["apiId": api], settings))
        return IssuedKey(id: try #require(reply["keyId"]), secret: try #require(reply["key"]))
    }

    /// Changes a key.
    func update(_ key: IssuedKey, _ changes: JSONValue) throws {
        try data("keys.updateKey", Self.joined(["keyId": key.id], changes))
    }

    /// Verifies a secret.
    func verify(_ secret: JSONValue, _ params: JSONValue = [:], as rootKey: String? = nil) throws -> JSONValue {
        try data("keys.verifyKey", Self.joined(["key": secret], params), as: rootKey)
    }

    /// Verifies a key.
    func verify(_ key: IssuedKey, _ params: JSONValue = [:]) throws -> JSONValue { try verify(key.secret, params) }

    /// The code of a verification, and nothing else of it.
    func code(_ key: IssuedKey, _ params: JSONValue = [:]) throws -> String? {
        try verify(key, params)["code"]?.string
    }

    /// The refusal of a verification.
    func refusal(_ secret: JSONValue, _ params: JSONValue = [:], as rootKey: String? = nil) throws -> Problem {
        try bench.refusal("keys.verifyKey", Self.joined(["key": secret], params), as: rootKey ?? owner)
    }

    /// The locations of what is wrong with a verification; empty where it is fine.
    func faults(_ params: JSONValue) throws -> [String] {
        do {
            try data("keys.verifyKey", params)
            return []
        } catch let problem as Problem {
            try #require(problem.kind == .invalidInput, "\(problem)")
            return problem.faults.map(\.location)
        }
    }

    /// The balance of a key, as the database has it.
    func balance(_ key: IssuedKey) throws -> JSONValue? {
        try data("keys.getKey", ["keyId": key.id])["credits"]?["remaining"]
    }

    /// How much of a window's limit is left of a limit of a key or its identity, without spending any.
    func left(_ name: String, of key: IssuedKey) throws -> Int64? {
        let limits = try verify(key, ["credits": ["cost": 0], "ratelimits": [["name": .string(name), "cost": 0]]])
        return limits["ratelimits"]?.array?.first { $0["name"]?.string == name }?["remaining"]?.integer
    }

    /// One object of the members of two.
    static func joined(_ first: JSONValue, _ second: JSONValue) -> JSONValue {
        .object((first.object ?? []) + (second.object ?? []))
    }

    /// A limit of a key, of an identity, or one that a request brings along.
    static func limit(
        _ name: String,
        _ limit: Int64,
        per duration: Int64 = 60_000,
        isAutomatic: Bool? = nil,
        cost: Int64? = nil
    ) -> JSONValue {
        var setting: JSONValue = ["name": .string(name), "limit": .integer(limit), "duration": .integer(duration)]
        if let isAutomatic { setting = joined(setting, ["autoApply": .boolean(isAutomatic)]) }
        if let cost { setting = joined(setting, ["cost": .integer(cost)]) }
        return setting
    }
}

/// A key that was made: its identifier and its secret.
struct IssuedKey {
    let id: JSONValue
    let secret: JSONValue
}
