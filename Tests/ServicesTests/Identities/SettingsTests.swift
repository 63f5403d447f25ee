import JSONSyntax
import ProtocolWire
import Testing

@testable import Services

@Suite struct UpdateAPITests {
    private let scene: Scene
    private let api: JSONValue

    init() throws {
        scene = try Scene()
        api = try #require(scene.bench.call("apis.createApi", ["name": "billing"], as: scene.root)["data"]?["apiId"])
    }

    private func update(_ members: [(String, JSONValue)], as key: String? = nil) throws -> JSONValue {
        let params = JSONValue.object(([("apiId", api)] + members).map { .init(name: $0.0, value: $0.1) })
        return try #require(scene.bench.call("apis.updateApi", params, as: key ?? scene.root)["data"])
    }

    @Test("omitted keeps, null clears what can be cleared, a value sets; nothing changed, nothing written")
    func threeStates() throws {
        let plain = try update([])
        #expect(plain == ["id": api, "name": "billing", "deleteProtection": false, "keyRecovery": false])
        let before = try scene.bench.events().count
        let set = try update([
            ("deleteProtection", true), ("ipAllowlist", ["192.0.2.7", "2001:DB8:0::1", "::ffff:192.0.2.7"]),
            ("defaultPrefix", "eu"), ("defaultByteLength", 32), ("keyRecovery", true),
        ])
        #expect(set["ipAllowlist"] == ["192.0.2.7", "2001:db8::1"])
        #expect(try update([]) == set)
        #expect(try update([("defaultPrefix", "eu"), ("ipAllowlist", ["2001:db8::1", "192.0.2.7"])]) == set)
        #expect(try scene.bench.events().dropFirst(before) == ["api.update"])
        #expect(try update([("ipAllowlist", [])])["ipAllowlist"] == [])
        let off: [(String, JSONValue)] = [("deleteProtection", false), ("keyRecovery", false)]
        let cleared = ["ipAllowlist", "defaultPrefix", "defaultByteLength"].map { ($0, JSONValue.null) }
        #expect(try update(off + cleared) == plain)
    }

    @Test("bad settings are refused where they stand, and the name is no member")
    func refusals() throws {
        let bad: [(String, JSONValue, String)] = [
            ("name", "other", ""), ("deleteProtection", .null, ""), ("keyRecovery", .null, ""),
            ("ipAllowlist", ["192.0.2.7", "192.0.2.0/24"], "[1]"), ("ipAllowlist", ["192.0.2.07"], "[0]"),
            ("ipAllowlist", ["fe80::1%eth0"], "[0]"), ("ipAllowlist", ["::1\u{0}"], "[0]"),
            ("defaultByteLength", 15, ""), ("defaultByteLength", 256, ""), ("defaultPrefix", "", ""),
            ("defaultPrefix", "a b", ""),
        ]
        for (name, value, place) in bad {
            let problem = try #require(throws: Problem.self) { try update([(name, value)]) }
            #expect(problem.faults.map(\.location) == ["body.\(name)\(place)"])
        }
    }

    @Test("delete protection refuses deleteApi until it is off; new keys take the defaults")
    func effect() throws {
        _ = try update([("deleteProtection", true), ("defaultPrefix", "eu")])
        #expect(
            try scene.bench.refusal("apis.deleteApi", ["apiId": api], as: scene.root).kind == .protectedResource
        )
        let key = try scene.bench.call("keys.createKey", ["apiId": api], as: scene.root)["data"]?["key"]?.string
        #expect(key?.hasPrefix("eu_") == true)
        _ = try update([("deleteProtection", false)])
        _ = try scene.bench.call("apis.deleteApi", ["apiId": api], as: scene.root)
    }

    @Test("needs the right to update all or this one; is there for the operator too; a missing one is a 404")
    func access() throws {
        let id = try #require(api.string)
        for grant in ["api.*.update_api", "api.\(id).update_api"] {
            _ = try update([("keyRecovery", true)], as: try scene.holder(of: grant))
        }
        let weak = try scene.holder(of: "api.*.read_api", "api.api_other0000.update_api")
        let refused = try #require(throws: Problem.self) { try update([], as: weak) }
        #expect(refused.kind == .insufficientPermissions)
        let own: JSONValue = ["workspaceId": .string(scene.workspace), "apiId": api, "keyRecovery": false]
        #expect(try scene.bench.operate("apis.updateApi", own)["data"]?["keyRecovery"] == false)
        let stranger = try scene.stranger()
        let foreign = try #require(throws: Problem.self) { try update([], as: stranger) }
        #expect(foreign.kind == .apiNotFound)
    }
}

@Suite struct MigrationTests {
    @Test(
        "the operator registers, reads, lists and deletes migrations; names are labels; another workspace's is missing"
    )
    func life() throws {
        let scene = try Scene()
        let workspace = JSONValue.string(scene.workspace)
        func create(_ algorithm: String) throws -> JSONValue {
            let params: JSONValue = ["workspaceId": workspace, "name": "old", "algorithm": .string(algorithm)]
            return try #require(scene.bench.operate("migrations.createMigration", params)["data"]?["migrationId"])
        }
        let id = try create("sha256")
        #expect(id.string?.hasPrefix("migration_") == true)
        _ = try create("github.com/seamapi/prefixed-api-key")
        #expect(throws: Problem.self) { try create("md5") }
        let named: JSONValue = ["workspaceId": workspace, "migrationId": id]
        let data = try #require(scene.bench.operate("migrations.getMigration", named)["data"])
        #expect(data["name"] == "old" && data["algorithm"] == "sha256" && data["migrationId"] == id)
        let page = try scene.bench.operate("migrations.listMigrations", ["workspaceId": workspace, "limit": 1])
        #expect(page["data"]?.array?.count == 1 && page["pagination"]?["hasMore"] == true)
        let other = JSONValue.string(try scene.bench.workspace())
        let foreign: JSONValue = ["workspaceId": other, "migrationId": id]
        #expect(throws: Problem.self) { try scene.bench.operate("migrations.getMigration", foreign) }
        #expect(try scene.bench.operate("migrations.deleteMigration", named)["data"] == [:])
        for method in ["getMigration", "deleteMigration"] {
            let problem = try #require(throws: Problem.self) {
                try scene.bench.operate("migrations.\(method)", named)
            }
            #expect(problem.kind == .migrationNotFound)
        }
        #expect(
            try scene.bench.operate("migrations.listMigrations", ["workspaceId": workspace])["data"]?.array?.count == 1
        )
        #expect(try scene.bench.events().suffix(1) == ["migration.delete"])
    }
}
