import Domain
import JSONSyntax
import ProtocolWire
import SQLite
import Testing

@testable import Services

extension Scene {
    /// The rows of trash.listItems.
    func trash(_ params: JSONValue = [:]) throws -> [JSONValue] {
        try #require(try bench.operate("trash.listItems", inWorkspace(params))["data"]?.array)
    }

    /// Restores something.
    @discardableResult
    func restore(_ type: String, _ id: JSONValue) throws -> JSONValue {
        try #require(
            try bench.operate("trash.restoreItem", inWorkspace(["type": .string(type), "id": id]))["data"]
        )
    }

    /// The refusal to restore something.
    func restoreRefusal(_ type: String, _ id: JSONValue) throws -> Problem {
        try #require(throws: Problem.self) { try restore(type, id) }
    }

    /// The result of a call with the root key.
    @discardableResult
    func call(_ method: String, _ params: JSONValue) throws -> JSONValue {
        try #require(try bench.call(method, params, as: root)["data"])
    }

    private func inWorkspace(_ params: JSONValue) -> JSONValue {
        .object((params.object ?? []) + [.init(name: "workspaceId", value: .string(workspace))])
    }
}

@Suite struct TrashTests {
    private let scene: Scene
    private let lifetime: Int64 = 172_800_000

    init() throws {
        scene = try Scene()
    }

    private func api(_ name: String) throws -> JSONValue {
        try #require(try scene.call("apis.createApi", ["name": .string(name)])["apiId"])
    }

    private func code(_ secret: JSONValue) throws -> String? {
        try scene.call("keys.verifyKey", ["key": secret])["code"]?.string
    }

    /// Puts a tombstone on a key, and tells the memory of it.
    private func deleteKey(_ id: JSONValue) throws {
        try scene.bench.connection.run(
            Command(uncached: "UPDATE keys SET deleted_at_ms = ?2 WHERE id = ?1"),
            id.string ?? "",
            scene.bench.time
        )
        try scene.bench.forgetKeys(in: scene.workspace)
    }

    @Test("an API comes back with its settings and its keys: the next verification says VALID")
    func apis() throws {
        let id = try api("billing")
        try scene.call("apis.updateApi", ["apiId": id, "defaultPrefix": "eu"])
        let key = try #require(try scene.call("keys.createKey", ["apiId": id])["key"])
        #expect(try code(key) == "VALID")
        try scene.call("apis.deleteApi", ["apiId": id])
        #expect(try code(key) == "NOT_FOUND")
        scene.bench.time += 5
        #expect(
            try scene.trash() == [
                [
                    "type": "api", "id": id, "name": "billing", "deletedAt": 1_000_000,
                    "purgeAt": .integer(1_000_000 + lifetime),
                ]
            ]
        )
        let audit = try scene.audited { _ = try scene.restore("api", id) }
        #expect(audit == ["api.restore \(id.string ?? "")"])
        #expect(try code(key) == "VALID")
        #expect(try scene.call("apis.getApi", ["apiId": id])["name"] == "billing")
        #expect(try scene.call("keys.createKey", ["apiId": id])["key"]?.string?.hasPrefix("eu_") == true)
        #expect(try scene.trash().isEmpty)
        #expect(try scene.restoreRefusal("api", id).kind == .apiNotFound)
    }

    @Test("a key comes back; while its API is deleted it does not, and the refusal names the API")
    func keys() throws {
        let api = try api("billing")
        let created = try scene.call("keys.createKey", ["apiId": api, "name": "ci", "prefix": "eu"])
        let (id, secret) = (try #require(created["keyId"]), try #require(created["key"]))
        #expect(try scene.restoreRefusal("key", id).kind == .keyNotFound)
        try deleteKey(id)
        #expect(try code(secret) == "NOT_FOUND")
        let item = try #require(try scene.trash(["type": "key"]).first)
        #expect(item["id"] == id && item["name"] == "ci" && item["start"]?.string?.hasPrefix("eu_") == true)
        #expect(item["start"]?.string?.count == 7)
        try scene.call("apis.deleteApi", ["apiId": api])
        #expect(Set(try scene.trash().compactMap { $0["type"]?.string }) == ["api", "key"])
        let refusal = try scene.restoreRefusal("key", id)
        #expect(refusal.kind == .preconditionFailed && refusal.detail.contains(api.string ?? "?"))
        try scene.restore("api", api)
        #expect(try code(secret) == "NOT_FOUND")
        #expect(try scene.audited { try scene.restore("key", id) } == ["key.restore \(id.string ?? "")"])
        #expect(try code(secret) == "VALID")
        #expect(try scene.restoreRefusal("key", id).kind == .keyNotFound)
    }

    @Test("an identity comes back with its meta and limits, which keep their identifiers")
    func identities() throws {
        let limit: JSONValue = ["name": "exports", "limit": 5, "duration": 1_000, "autoApply": true]
        let id = JSONValue.string(try scene.identity("acct", meta: ["tier": "gold"], [limit]))
        let before = try scene.identities("getIdentity", ["identity": id])
        _ = try scene.identities("deleteIdentity", ["identity": id])
        #expect(try scene.trash(["type": "identity"]).first?["externalId"] == "acct")
        let limitID = before["ratelimits"]?.array?.first?["id"]?.string ?? ""
        #expect(
            try scene.audited { try scene.restore("identity", id) } == [
                "identity.restore \(id.string ?? "")", "ratelimit.restore \(limitID)",
            ]
        )
        #expect(try scene.identities("getIdentity", ["identity": "acct"]) == before)
        #expect(try scene.restoreRefusal("identity", id).kind == .identityNotFound)
    }

    @Test(
        "a role comes back with its permissions, and a permission to its roles, but not to one that was set anew since"
    )
    func accessModel() throws {
        let role = try scene.role("Accounting", ["invoices.read", "ledger.close"], description: "books")
        let other = try scene.role("Other", ["invoices.read"])
        let permission = try #require(try scene.data("getPermission", ["permission": "invoices.read"])["id"])
        let before = try scene.data("getRole", ["role": role])
        _ = try scene.data("deleteRole", ["role": role])
        _ = try scene.data("deletePermission", ["permission": permission])
        _ = try scene.data("setRolePermissions", ["role": other, "permissions": ["ledger.close"]])
        #expect(try scene.trash(["type": "role"]).first?["name"] == "Accounting")
        #expect(try scene.trash(["type": "permission"]).first?["slug"] == "invoices.read")
        #expect(try scene.audited { try scene.restore("role", role) } == ["role.restore \(role.string ?? "")"])
        #expect(try scene.slugs(of: role) == ["ledger.close"])
        #expect(
            try scene.audited { try scene.restore("permission", permission) } == [
                "permission.restore \(permission.string ?? "")"
            ]
        )
        #expect(try scene.data("getRole", ["role": role]) == before)
        #expect(try scene.slugs(of: other) == ["ledger.close"])
        #expect(try scene.restoreRefusal("role", role).kind == .roleNotFound)
        #expect(try scene.restoreRefusal("permission", permission).kind == .permissionNotFound)
    }

    @Test("a unique name that was taken since is a 409 that names who has it; freed again, the thing comes back")
    func conflicts() throws {
        let api = try api("billing")
        try scene.call("apis.deleteApi", ["apiId": api])
        let identity = JSONValue.string(try scene.identity("acct"))
        _ = try scene.identities("deleteIdentity", ["identity": identity])
        let role = try scene.role("Accounting")
        _ = try scene.data("deleteRole", ["role": role])
        let permission = try scene.permission("invoices.read")
        _ = try scene.data("deletePermission", ["permission": permission])

        let newAPI = try self.api("billing")
        let newIdentity = JSONValue.string(try scene.identity("acct"))
        let newRole = try scene.role("ACCOUNTING")
        let newPermission = try scene.permission("Invoices.Read")
        let cases: [(String, JSONValue, JSONValue, ErrorKind)] = [
            ("api", api, newAPI, .apiAlreadyExists), ("identity", identity, newIdentity, .identityAlreadyExists),
            ("role", role, newRole, .roleAlreadyExists),
            ("permission", permission, newPermission, .permissionAlreadyExists),
        ]
        for (type, id, holder, kind) in cases {
            let audit = try scene.audited {
                let refusal = try scene.restoreRefusal(type, id)
                #expect(refusal.kind == kind && refusal.detail.contains(holder.string ?? "?"))
            }
            #expect(audit.isEmpty)
        }
        #expect(try scene.trash().count == 4)
        try scene.call("apis.deleteApi", ["apiId": newAPI])
        _ = try scene.identities("deleteIdentity", ["identity": newIdentity])
        _ = try scene.data("updateRole", ["role": newRole, "name": "Books"])
        _ = try scene.data("updatePermission", ["permission": newPermission, "slug": "invoices.write"])
        for (type, id, _, _) in cases { try scene.restore(type, id) }
        #expect(try scene.trash().count == 2)
    }

    @Test(
        "what is live, unknown, of another kind, another workspace's or 48 hours old is a 404 of its kind, in one wording"
    )
    func missing() throws {
        let api = try api("billing")
        let identity = JSONValue.string(try scene.identity("acct"))
        let kinds: [(String, ErrorKind)] = [
            ("api", .apiNotFound), ("key", .keyNotFound), ("identity", .identityNotFound), ("role", .roleNotFound),
            ("permission", .permissionNotFound),
        ]
        for (type, kind) in kinds {
            for id in [api, identity, "api_missing00"] {
                let refusal = try scene.restoreRefusal(type, id)
                #expect(refusal.kind == kind)
                #expect(refusal.detail.contains("trash.listItems") && refusal.detail.contains(id.string ?? "?"))
            }
        }
        try scene.call("apis.deleteApi", ["apiId": api])
        let other = try scene.bench.workspace()
        let foreign: JSONValue = ["workspaceId": .string(other), "type": "api", "id": api]
        let refusal = try #require(throws: Problem.self) { try scene.bench.operate("trash.restoreItem", foreign) }
        #expect(refusal.kind == .apiNotFound)
        #expect(try scene.bench.operate("trash.listItems", ["workspaceId": .string(other)])["data"] == [])

        scene.bench.time += lifetime
        #expect(try scene.restoreRefusal("api", api).kind == .apiNotFound)
        #expect(try scene.trash().isEmpty)
        scene.bench.time -= 1
        #expect(try scene.trash().count == 1)
        try scene.restore("api", api)
    }

    @Test("what was purged is a 404, and its name is free")
    func purged() throws {
        let api = try api("billing")
        try scene.call("keys.createKey", ["apiId": api])
        try scene.call("apis.deleteApi", ["apiId": api])
        scene.bench.time += lifetime
        try scene.bench.transaction.purge(at: UnixMilliseconds(scene.bench.time), most: 100)
        scene.bench.time -= lifetime
        #expect(try scene.restoreRefusal("api", api).kind == .apiNotFound)
        #expect(try scene.trash().isEmpty)
        _ = try self.api("billing")
    }

    @Test("pages are whole, of all kinds and of one, and their cursors meet")
    func pages() throws {
        var ids: [String] = []
        for number in 0..<4 {
            scene.bench.time += 1
            let api = try api("api-\(number)")
            try scene.call("apis.deleteApi", ["apiId": api])
            let identity = try scene.identity("acct-\(number)")
            scene.bench.time += 1
            _ = try scene.identities("deleteIdentity", ["identity": .string(identity)])
            ids += [api.string ?? "", identity]
        }
        for limit in 1...9 {
            for type in [nil, "api", "identity", "role"] {
                let wanted = ids.filter { id in
                    type.map { id.hasPrefix($0 == "api" ? "api_" : $0 == "role" ? "role_" : "id_") } ?? true
                }
                #expect(try walk(limit: Int64(limit), type) == wanted, "pages of \(limit), \(type ?? "all")")
            }
        }
    }

    private func walk(limit: Int64, _ type: String?) throws -> [String] {
        var shown: [String] = []
        var cursor: JSONValue = ""
        while true {
            var members: [JSONValue.Member] = [
                .init(name: "workspaceId", value: .string(scene.workspace)),
                .init(name: "limit", value: .integer(limit)),
                .init(name: "cursor", value: cursor),
            ]
            if let type { members.append(.init(name: "type", value: .string(type))) }
            let page = try scene.bench.operate("trash.listItems", .object(members))
            let rows = try #require(page["data"]).ids
            #expect(rows.count <= Int(limit))
            shown += rows
            guard let next = page["pagination"]?["cursor"] else { return shown }
            #expect(page["pagination"]?["hasMore"] == true && rows.count == Int(limit))
            cursor = next
        }
    }
}
