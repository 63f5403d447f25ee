import JSONSyntax
import ProtocolWire
import Testing

/// A workspace of the bench, with a root key that may do everything in it.
struct Scene {
    let bench: Bench
    let workspace: String
    let root: String

    init() throws {
        bench = try Bench()
        workspace = try bench.workspace()
        root = try bench.rootKey(in: workspace, ["*"]).secret
    }

    /// A root key of the workspace that holds these strings only.
    func holder(of permissions: String...) throws -> String {
        try bench.rootKey(in: workspace, permissions).secret
    }

    /// A root key that may do everything in another workspace.
    func stranger() throws -> String {
        try bench.rootKey(in: bench.workspace(), ["*"]).secret
    }

    /// The `data` of a call of the service.
    func data(_ procedure: String, _ params: JSONValue = [:], as key: String? = nil) throws -> JSONValue {
        try #require(try bench.call("permissions.\(procedure)", params, as: key ?? root)["data"])
    }

    /// The refusal of a call of the service.
    func refusal(_ procedure: String, _ params: JSONValue = [:], as key: String? = nil) throws -> Problem {
        try bench.refusal("permissions.\(procedure)", params, as: key ?? root)
    }

    /// The locations of what is wrong with a request; empty where it is fine.
    func faults(_ procedure: String, _ params: JSONValue) throws -> [String] {
        do {
            _ = try data(procedure, params)
            return []
        } catch let problem as Problem {
            try #require(problem.kind == .invalidInput, "\(problem)")
            return problem.faults.map(\.location)
        }
    }

    /// Defines a permission, and gives its identifier.
    @discardableResult
    func permission(_ slug: String, named name: String = "label", description: String = "") throws -> JSONValue {
        try #require(
            try data(
                "createPermission",
                ["name": .string(name), "slug": .string(slug), "description": .string(description)]
            )["permissionId"]
        )
    }

    /// Defines a role, and gives its identifier.
    @discardableResult
    func role(_ name: String, _ slugs: [String] = [], description: String = "") throws -> JSONValue {
        try #require(
            try data(
                "createRole",
                [
                    "name": .string(name), "permissions": .array(slugs.map(JSONValue.string)),
                    "description": .string(description),
                ]
            )["roleId"]
        )
    }

    /// The slugs of a role, as getRole shows them.
    func slugs(of role: JSONValue) throws -> [String] {
        try data("getRole", ["role": role])["permissions"]?.array?.compactMap { $0["slug"]?.string } ?? []
    }

    /// The identifiers of a list, read page by page.
    func walk(_ procedure: String, limit: Int, search: String = "") throws -> [String] {
        var ids: [String] = []
        var cursor: JSONValue = ""
        while true {
            let params: JSONValue = ["limit": .integer(Int64(limit)), "cursor": cursor, "search": .string(search)]
            let page = try bench.call("permissions.\(procedure)", params, as: root)
            let rows = try #require(page["data"]).ids
            try #require(rows.count <= limit)
            ids += rows
            guard let next = page["pagination"]?["cursor"] else {
                #expect(page["pagination"] == ["hasMore": false])
                return ids
            }
            #expect(page["pagination"]?["hasMore"] == true && rows.count == limit)
            cursor = next
        }
    }

    /// What a body leaves in the audit log, `event subject`.
    func audited(_ body: () throws -> Void) throws -> [String] {
        let before = try bench.auditRows().count
        try body()
        return try Array(bench.auditRows().dropFirst(before))
    }

    /// A number of code points.
    static func text(_ count: Int, of character: String = "a") -> JSONValue {
        .string(String(repeating: character, count: count))
    }
}

extension Problem {
    /// What goes over the wire of a refusal, its request identifier aside.
    var bytes: [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return Array(json.buffer.readable)
    }
}

extension JSONValue {
    /// The identifiers of a page's rows.
    var ids: [String] { array?.compactMap { $0["id"]?.string } ?? [] }
}
