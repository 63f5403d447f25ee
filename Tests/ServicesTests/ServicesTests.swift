import JSONSyntax
import ProtocolWire
import Registry
import Testing

@testable import Services

@Suite struct CatalogueTests {
    @Test("every declaration keeps to the taxonomy, and every method is found on its sockets and nowhere else")
    func registry() throws {
        _ = try Registry(Catalogue.procedures)
        #expect(Catalogue.registry.procedures.count == Catalogue.procedures.count)
    }

    @Test("every procedure describes itself, and every error is in the catalogue")
    func descriptions() {
        let described = ProcedureDescription.values(Catalogue.registry, on: [.api, .operator])
        #expect(described.count == Catalogue.procedures.count)
        for procedure in Catalogue.procedures {
            for error in procedure.errors { #expect(ErrorKind.all.contains(error.kind), "\(procedure.method)") }
        }
        let names = ProcedureDescription.values(Catalogue.registry, on: .api).compactMap { $0["method"]?.string }
        #expect(!names.contains { $0.hasPrefix("workspaces.") })
    }
}

@Suite struct APIsTests {
    @Test("createApi, getApi, deleteApi: the name is unique among live APIs and free again afterwards")
    func life() throws {
        let bench = try Bench()
        let key = try bench.rootKey(in: bench.workspace(), ["*"]).secret
        let id = try #require(bench.call("apis.createApi", ["name": "billing"], as: key)["data"]?["apiId"])
        #expect(try bench.call("apis.getApi", ["apiId": id], as: key)["data"] == ["id": id, "name": "billing"])
        #expect(try bench.refusal("apis.createApi", ["name": "billing"], as: key).kind == .apiAlreadyExists)
        #expect(try bench.call("apis.deleteApi", ["apiId": id], as: key)["data"] == [:])
        for method in ["apis.getApi", "apis.deleteApi"] {
            #expect(try bench.refusal(method, ["apiId": id], as: key).kind == .apiNotFound)
        }
        _ = try bench.call("apis.createApi", ["name": "billing"], as: key)
        #expect(try bench.events() == ["workspace.create", "rootKey.create", "api.create", "api.delete", "api.create"])
    }

    @Test(
        "a missing permission is a 403 whether the API exists or not; another workspace's API is a missing one, to the word"
    )
    func hiding() throws {
        let bench = try Bench()
        let one = try bench.workspace()
        let owner = try bench.rootKey(in: one, ["*"]).secret
        let id = try #require(bench.call("apis.createApi", ["name": "billing"], as: owner)["data"]?["apiId"])
        let nobody = try bench.rootKey(in: one, ["api.*.create_api"]).secret
        let stranger = try bench.rootKey(in: bench.workspace(), ["*"]).secret
        let refused = try bench.refusal("apis.getApi", ["apiId": id], as: nobody)
        #expect(refused.kind == .insufficientPermissions)
        let name = id.string ?? ""
        #expect(refused.detail.hasPrefix("Missing permission: 'api.*.read_api' or 'api.\(name).read_api'"))
        #expect(
            try bench.refusal("apis.getApi", ["apiId": "api_missing00"], as: nobody).kind == .insufficientPermissions
        )
        let foreign = try bench.refusal("apis.getApi", ["apiId": id], as: stranger)
        _ = try bench.call("apis.deleteApi", ["apiId": id], as: owner)
        #expect(try bench.refusal("apis.getApi", ["apiId": id], as: owner) == foreign)
    }
}

@Suite struct KeysTests {
    @Test("a key verifies until it is disabled, expired or its API is gone; at the exact millisecond it is still valid")
    func verify() throws {
        let bench = try Bench()
        let root = try bench.rootKey(in: bench.workspace(), ["*"]).secret
        let api = try #require(bench.call("apis.createApi", ["name": "billing"], as: root)["data"]?["apiId"])
        func issue(_ members: [(String, JSONValue)]) throws -> JSONValue {
            let params = JSONValue.object(
                ([("apiId", api)] + members).map { JSONValue.Member(name: $0.0, value: $0.1) }
            )
            return try #require(bench.call("keys.createKey", params, as: root)["data"]?["key"])
        }
        func code(_ key: JSONValue) throws -> String? {
            try bench.call("keys.verifyKey", ["key": key], as: root)["data"]?["code"]?.string
        }
        let plain = try issue([("prefix", "eu"), ("name", "ci"), ("meta", ["plan": ["pro", 1]])])
        #expect(plain.string?.hasPrefix("eu_") == true)
        let data = try #require(bench.call("keys.verifyKey", ["key": plain], as: root)["data"])
        #expect(data["valid"] == true && data["code"] == "VALID" && data["name"] == "ci" && data["enabled"] == true)
        #expect(data["meta"] == ["plan": ["pro", 1]] && data["expires"] == nil)
        #expect(try code(issue([("enabled", false)])) == "DISABLED")
        let expiring = try issue([("expires", .integer(bench.time))])
        #expect(try code(expiring) == "VALID")
        bench.time += 1
        #expect(try code(expiring) == "EXPIRED")
        #expect(
            try bench.call("keys.verifyKey", ["key": "nothing"], as: root)["data"] == [
                "valid": false, "code": "NOT_FOUND",
            ]
        )
        _ = try bench.call("apis.deleteApi", ["apiId": api], as: root)
        #expect(
            try bench.call("keys.verifyKey", ["key": plain], as: root)["data"] == ["valid": false, "code": "NOT_FOUND"]
        )
    }

    @Test("without the right a key is NOT_FOUND and its API is missing, as if neither existed")
    func masked() throws {
        let bench = try Bench()
        let workspace = try bench.workspace()
        let root = try bench.rootKey(in: workspace, ["*"]).secret
        let weak = try bench.rootKey(in: workspace, ["api.*.read_api"]).secret
        let api = try #require(bench.call("apis.createApi", ["name": "billing"], as: root)["data"]?["apiId"])
        let key = try #require(bench.call("keys.createKey", ["apiId": api], as: root)["data"]?["key"])
        #expect(
            try bench.call("keys.verifyKey", ["key": key], as: weak)["data"] == ["valid": false, "code": "NOT_FOUND"]
        )
        #expect(try bench.refusal("keys.createKey", ["apiId": api], as: weak).kind == .apiNotFound)
        let foreign = try bench.rootKey(in: bench.workspace(), ["*"]).secret
        #expect(
            try bench.refusal("keys.createKey", ["apiId": api], as: foreign)
                == bench.refusal("keys.createKey", ["apiId": api], as: weak)
        )
    }

    @Test("a change of the workspace does not leave its keys in a loop of look-ups")
    func workspaceChange() throws {
        let bench = try Bench()
        let workspace = try bench.workspace()
        let root = try bench.rootKey(in: workspace, ["*"]).secret
        let api = try #require(bench.call("apis.createApi", ["name": "billing"], as: root)["data"]?["apiId"])
        let key = try #require(bench.call("keys.createKey", ["apiId": api], as: root)["data"]?["key"])
        for name in ["one", "two"] {
            #expect(try bench.call("keys.verifyKey", ["key": key], as: root)["data"]?["code"] == "VALID")
            _ = try bench.operate(
                "workspaces.updateWorkspace",
                ["workspaceId": .string(workspace), "name": .string(name)]
            )
        }
    }
}

@Suite struct RootKeysTests {
    private func fault(_ problem: Problem) -> String? {
        problem.kind == .invalidInput ? problem.faults.first?.location : nil
    }

    @Test("createKey: permission, then expiry, then what can be granted, then the ceiling; a refusal leaves nothing")
    func create() throws {
        let bench = try Bench()
        let workspace = try bench.workspace()
        let weak = try bench.rootKey(
            in: workspace,
            ["workspace.*.create_root_key", "api.*.read_api"],
            expires: 2_000_000
        ).secret
        let none = try bench.rootKey(in: workspace, []).secret
        let later: JSONValue = 1_500_000
        func refusal(_ permissions: JSONValue, _ expires: JSONValue) throws -> Problem {
            try bench.refusal("rootKeys.createKey", ["permissions": permissions, "expires": expires], as: weak)
        }
        let before = try bench.events()
        #expect(
            try bench.refusal("rootKeys.createKey", ["permissions": ["*"]], as: none).kind == .insufficientPermissions
        )
        #expect(try fault(refusal(["*"], .integer(bench.time))) == "body.expires")
        #expect(try fault(refusal(["*"], .null)) == "body.expires")
        #expect(try fault(refusal([], 2_000_001)) == "body.expires")
        #expect(
            try refusal(["api.*.read_api", "*", "x"], later).faults.map(\.location) == [
                "body.permissions[1]", "body.permissions[2]",
            ]
        )
        #expect(try refusal(["api.*.read_key"], later).kind == .insufficientPermissions)
        #expect(try bench.events() == before)
        let made = try bench.call(
            "rootKeys.createKey",
            ["permissions": ["api.api_1.read_api"], "expires": 2_000_000],
            as: weak
        )
        #expect(made["data"]?["key"]?.string?.hasPrefix("latchkey_") == true)
    }

    @Test("listKeys shows what may be read, page by page, and unreadable rows neither shorten a page nor name a cursor")
    func list() throws {
        let bench = try Bench()
        let workspace = try bench.workspace()
        let ids = try (0..<9).map { _ in try bench.rootKey(in: workspace, []).id }.sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        let readable = ids.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        let reader = try bench.rootKey(in: workspace, readable.map { "unkey:v1:\(workspace):rootKeys/\($0)#read" })
            .secret
        var seen: [String] = []
        var cursor: JSONValue? = ""
        while let from = cursor {
            let page = try bench.call("rootKeys.listKeys", ["limit": 2, "cursor": from], as: reader)
            seen += try #require(page["data"]?.array).compactMap { $0["keyId"]?.string }
            cursor = page["pagination"]?["cursor"]
            #expect(page["pagination"]?["hasMore"]?.boolean == (cursor != nil))
            if let cursor = cursor?.string { #expect(readable.contains(cursor)) }
        }
        #expect(seen == readable)
        let none = try bench.call("rootKeys.listKeys", as: bench.rootKey(in: workspace, []).secret)
        #expect(none["data"] == [] && none["pagination"] == ["hasMore": false])
    }

    @Test("updateKey is three-state, writes nothing when nothing differs, and needs one member besides keyId")
    func update() throws {
        let bench = try Bench()
        let workspace = try bench.workspace()
        let root = try bench.rootKey(in: workspace, ["*"]).secret
        let id = JSONValue.string(try bench.rootKey(in: workspace, ["api.*.read_api"]).id)
        #expect(try fault(bench.refusal("rootKeys.updateKey", ["keyId": id], as: root)) == "body")
        func row() throws -> JSONValue? {
            try bench.call("rootKeys.listKeys", as: root)["data"]?.array?.first { $0["keyId"] == id }
        }
        _ = try bench.call("rootKeys.updateKey", ["keyId": id, "name": "\u{E9}", "enabled": false], as: root)
        let events = try bench.events().count
        _ = try bench.call("rootKeys.updateKey", ["keyId": id, "name": "\u{E9}"], as: root)
        #expect(try bench.events().count == events)
        _ = try bench.call("rootKeys.updateKey", ["keyId": id, "name": "e\u{301}"], as: root)
        #expect(
            try row()?["name"] == "e\u{301}" && row()?["enabled"] == false
                && row()?["permissions"] == ["api.*.read_api"]
        )
        _ = try bench.call("rootKeys.updateKey", ["keyId": id, "name": nil, "permissions": []], as: root)
        #expect(try row()?["name"] == .null && row()?["permissions"] == [])
        #expect(
            try bench.refusal("rootKeys.updateKey", ["keyId": "key_nobody", "name": nil], as: root).kind == .keyNotFound
        )
        let short = try bench.rootKey(in: workspace, ["*"], expires: 2_000_000).secret
        #expect(
            try fault(bench.refusal("rootKeys.updateKey", ["keyId": id, "enabled": true], as: short)) == "body.keyId"
        )
    }

    @Test("rerollKey copies the settings; the original ends by the earlier of its own expiry and the one asked for")
    func reroll() throws {
        let bench = try Bench()
        let workspace = try bench.workspace()
        let root = try bench.rootKey(in: workspace, ["*"]).secret
        func expiry(after expiration: JSONValue, of expires: Int64?) throws -> [JSONValue?] {
            let id = JSONValue.string(try bench.rootKey(in: workspace, ["api.*.read_api"], expires: expires).id)
            let new = try bench.call("rootKeys.rerollKey", ["keyId": id, "expiration": expiration], as: root)["data"]?[
                "keyId"
            ]
            let rows = try bench.call("rootKeys.listKeys", as: root)["data"]?.array ?? []
            return [id, new].map { id in rows.first { $0["keyId"] == id }?["expires"] }
        }
        #expect(try expiry(after: .null, of: nil) == [.null, .null])
        #expect(try expiry(after: 0, of: nil) == [1_000_000, .null])
        #expect(try expiry(after: 5_000, of: nil) == [1_005_000, .null])
        #expect(try expiry(after: 5_000, of: 1_004_999) == [1_004_999, 1_004_999])
        #expect(try expiry(after: 5_000, of: 1_005_001) == [1_005_000, 1_005_001])
        let id = try bench.rootKey(in: workspace, ["rbac.*.read_role"]).id
        #expect(try fault(bench.refusal("rootKeys.rerollKey", ["keyId": .string(id)], as: root)) == "body.expiration")
        let writer = try bench.rootKey(in: workspace, ["unkey:v1:\(workspace):rootKeys/\(id)#write"]).secret
        let needsDelete = try bench.refusal("rootKeys.rerollKey", ["keyId": .string(id), "expiration": 0], as: writer)
        #expect(needsDelete.detail.contains("#delete"))
        let needsCover = try bench.refusal(
            "rootKeys.rerollKey",
            ["keyId": .string(id), "expiration": .null],
            as: writer
        )
        #expect(needsCover.detail.contains("rbac.*.read_role"))
    }

    @Test("deleteKey: 403 before 404, the second time 404, and the secret is gone at once")
    func delete() throws {
        let bench = try Bench()
        let workspace = try bench.workspace()
        let root = try bench.rootKey(in: workspace, ["*"]).secret
        let victim = try bench.rootKey(in: workspace, ["*"])
        let weak = try bench.rootKey(in: workspace, []).secret
        #expect(
            try bench.refusal("rootKeys.deleteKey", ["keyId": "key_nobody"], as: weak).kind == .insufficientPermissions
        )
        #expect(try bench.call("rootKeys.deleteKey", ["keyId": .string(victim.id)], as: root)["data"] == [:])
        #expect(try bench.refusal("rootKeys.deleteKey", ["keyId": .string(victim.id)], as: root).kind == .keyNotFound)
        #expect(try bench.refusal("rootKeys.listKeys", as: victim.secret).kind == .credentialUnknown)
    }

    @Test("workspaceId is required on the operator socket and an unknown member on the API socket")
    func sockets() throws {
        let bench = try Bench()
        let workspace = try bench.workspace()
        let root = try bench.rootKey(in: workspace, ["*"]).secret
        #expect(
            try fault(bench.refusal("rootKeys.listKeys", ["workspaceId": .string(workspace)], as: root))
                == "body.workspaceId"
        )
        let missing = #expect(throws: Problem.self) { try bench.operate("rootKeys.listKeys") }
        #expect(missing?.faults.map(\.location) == ["body.workspaceId"])
        let unknown = #expect(throws: Problem.self) {
            try bench.operate("rootKeys.listKeys", ["workspaceId": "ws_nobody"])
        }
        #expect(unknown?.kind == .workspaceNotFound)
    }
}

@Suite struct WorkspacesTests {
    @Test("limits have the reference's defaults, are three-state, and a workspace is gone when it is deleted")
    func life() throws {
        let bench = try Bench()
        let id = JSONValue.string(try bench.workspace())
        let fresh = try #require(bench.operate("workspaces.getWorkspace", ["workspaceId": id])["data"])
        #expect(fresh["apiRequestsCountMaxPerMinute"] == .null && fresh["logsRetentionDaysMax"] == 365)
        #expect(fresh["logsAuditRetentionDaysMax"] == 90 && fresh["logdrainsMax"] == 0)
        let changed = try bench.operate(
            "workspaces.updateWorkspace",
            ["workspaceId": id, "apiRequestsCountMaxPerMinute": 0, "logsRetentionDaysMax": nil, "enabled": false]
        )
        #expect(
            changed["data"]?["apiRequestsCountMaxPerMinute"] == 0 && changed["data"]?["logsRetentionDaysMax"] == .null
        )
        #expect(changed["data"]?["enabled"] == false && changed["data"]?["name"] == "acme")
        #expect(try bench.operate("workspaces.listWorkspaces", ["limit": 1])["pagination"] == ["hasMore": false])
        _ = try bench.operate("workspaces.deleteWorkspace", ["workspaceId": id])
        let gone = #expect(throws: Problem.self) { try bench.operate("workspaces.getWorkspace", ["workspaceId": id]) }
        #expect(gone?.kind == .workspaceNotFound)
        #expect(try bench.operate("workspaces.listWorkspaces")["data"] == [])
    }
}
