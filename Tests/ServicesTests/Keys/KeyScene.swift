import Domain
import JSONSyntax
import ProtocolWire
import SQLite
import Store
import Testing

/// An API of the bench with a root key that may do everything in its workspace.
struct KeyScene {
    let bench: Bench
    let workspace: String
    let root: String
    let api: String
    let keyspace: String

    init(recovery: RecoverySecrets? = nil) throws {
        bench = try Bench(recovery: recovery)
        workspace = try bench.workspace()
        root = try bench.rootKey(in: workspace, ["*"]).secret
        api = try #require(
            try bench.call("apis.createApi", ["name": "billing"], as: root)["data"]?["apiId"]?.string
        )
        let keyspaceOfAPI = Query(uncached: "SELECT keyspace_id FROM apis WHERE id = ?1") { $0.text(0) }
        keyspace = try #require(try bench.connection.first(keyspaceOfAPI, api))
    }

    /// A root key of the workspace that holds these strings only.
    func holder(of permissions: [String]) throws -> String {
        try bench.rootKey(in: workspace, permissions).secret
    }

    /// A root key that may do everything in another workspace.
    func stranger() throws -> String {
        try bench.rootKey(in: bench.workspace(), ["*"]).secret
    }

    /// A URN of the workspace.
    func urn(_ path: String) -> String { "unkey:v1:\(workspace):\(path)" }

    /// The `data` of a call.
    @discardableResult
    func data(_ method: String, _ params: JSONValue = [:], as key: String? = nil) throws -> JSONValue {
        try #require(try bench.call(method, params, as: key ?? root)["data"])
    }

    /// The refusal of a call.
    func refusal(_ method: String, _ params: JSONValue = [:], as key: String? = nil) throws -> Problem {
        try bench.refusal(method, params, as: key ?? root)
    }

    /// The locations of what is wrong with a request; empty where it is fine.
    func faults(_ method: String, _ params: JSONValue) throws -> [String] {
        do {
            _ = try data(method, params)
            return []
        } catch let problem as Problem {
            try #require(problem.kind == .invalidInput, "\(problem)")
            return problem.faults.map(\.location)
        }
    }

    /// Issues a key.
    func key(_ members: JSONValue = [:]) throws -> (id: JSONValue, secret: JSONValue) {
        let reply = try data("keys.createKey", members.with("apiId", .string(api)))
        return (try #require(reply["keyId"]), try #require(reply["key"]))
    }

    /// A key as getKey shows it.
    func read(_ id: JSONValue) throws -> JSONValue { try data("keys.getKey", ["keyId": id]) }

    /// The outcome of a verification.
    func verdict(_ secret: JSONValue) throws -> JSONValue? { try data("keys.verifyKey", ["key": secret])["code"] }

    /// What a body leaves in the audit log, `event subject`.
    func audited(_ body: () throws -> Void) throws -> [String] {
        let before = try bench.auditRows().count
        try body()
        return try Array(bench.auditRows().dropFirst(before))
    }

    /// Only the events of what a body leaves in the audit log.
    func events(_ body: () throws -> Void) throws -> [String] {
        try audited(body).map { String($0.prefix { $0 != " " }) }
    }

    /// Rows of all tables that a call may leave something in.
    func rowCounts() throws -> [String: Int] {
        let tables = [
            "keys", "identities", "permissions", "roles", "key_permissions", "key_roles", "role_permissions",
            "ratelimits",
            "credits", "sealed_secrets", "audit_log",
        ]
        return try tables.reduce(into: [:]) { counts, table in
            counts[table] = try bench.connection.first(Query(uncached: "SELECT count(*) FROM \(table)") { $0.int(0) })
        }
    }

    /// Expects that a refused call leaves nothing behind, and gives the refusal.
    func cleanRefusal(
        _ method: String,
        _ params: JSONValue,
        as key: String? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) throws -> Problem {
        let before = try rowCounts()
        let problem = try refusal(method, params, as: key)
        #expect(try rowCounts() == before, "something is left behind", sourceLocation: location)
        return problem
    }

    /// Registers a migration.
    func migration(_ algorithm: String = "sha256", in workspace: String? = nil) throws -> JSONValue {
        let params: JSONValue = [
            "workspaceId": .string(workspace ?? self.workspace), "name": "old", "algorithm": .string(algorithm),
        ]
        return try #require(try bench.operate("migrations.createMigration", params)["data"]?["migrationId"])
    }

    /// Defines a role with permissions.
    func role(_ name: String, _ slugs: [String] = []) throws {
        try data(
            "permissions.createRole",
            ["name": .string(name), "permissions": .array(slugs.map(JSONValue.string))]
        )
    }

    static let daily: JSONValue = ["interval": "daily", "amount": 9]
    static let monthly: JSONValue = ["interval": "monthly", "amount": 9, "refillDay": 31]

    /// A limit of a request.
    static func limit(_ name: String, _ limit: Int64 = 5, _ duration: Int64 = 1_000) -> JSONValue {
        ["name": .string(name), "limit": .integer(limit), "duration": .integer(duration)]
    }

    /// An object whose text has so many bytes.
    static func meta(bytes: Int) -> JSONValue { ["k": text(bytes - #"{"k":""}"#.utf8.count)] }

    static func text(_ count: Int, of character: String = "a") -> JSONValue {
        .string(String(repeating: character, count: count))
    }

    static func list(_ count: Int, _ element: (Int) -> JSONValue) -> JSONValue { .array((0..<count).map(element)) }
}

extension JSONValue {
    /// The object with one more member, or another value of it.
    func with(_ name: String, _ value: JSONValue) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { $0.name != name } + [.init(name: name, value: value)])
    }

    /// The object without a member.
    func without(_ name: String) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { $0.name != name })
    }

    /// What the elements of a list have under a name.
    func each(_ name: String) -> [JSONValue?] { array?.map { $0[name] } ?? [] }
}
