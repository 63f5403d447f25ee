import Cryptography
import JSONSyntax
import Testing

@Suite struct PermissionsInVerificationTests {
    @Test("a change of the access model is seen by the next verification: the key in memory is asked for again")
    func staleness() throws {
        let scene = try Scene()
        let api = try #require(
            try scene.bench.call("apis.createApi", ["name": "billing"], as: scene.root)["data"]?["apiId"]
        )
        let key = try #require(
            try scene.bench.call("keys.createKey", ["apiId": api], as: scene.root)["data"]?["key"]?.string
        )
        func isKnown(after procedure: String? = nil, _ params: JSONValue = [:]) throws -> Bool {
            let verification = try scene.bench.call("keys.verifyKey", ["key": .string(key)], as: scene.root)
            try #require(verification["data"]?["code"] == "VALID")
            if let procedure { _ = try scene.data(procedure, params) }
            if case .present = scene.bench.state.key(SHA256.hash(key)) { return true }
            return false
        }
        #expect(try isKnown())
        #expect(try isKnown(after: "createPermission", ["name": "n", "slug": "a"]))
        #expect(try isKnown(after: "createRole", ["name": "Role", "permissions": ["b"]]))
        #expect(try isKnown(after: "updatePermission", ["permission": "a", "slug": "a"]))
        let changes: [(String, JSONValue)] = [
            ("updatePermission", ["permission": "a", "slug": "A"]), ("updateRole", ["role": "Role", "name": "role"]),
            ("setRolePermissions", ["role": "Role", "permissions": ["a"]]), ("deletePermission", ["permission": "a"]),
            ("deleteRole", ["role": "Role"]),
        ]
        for (procedure, params) in changes { #expect(try !isKnown(after: procedure, params), "\(procedure)") }
        let stranger = try scene.stranger()
        #expect(try isKnown())
        _ = try scene.data("createRole", ["name": "Role", "permissions": ["a"]], as: stranger)
        _ = try scene.data("deleteRole", ["role": "Role"], as: stranger)
        guard case .present = scene.bench.state.key(SHA256.hash(key)) else {
            Issue.record("another workspace's change made the key stale")
            return
        }
    }
}
