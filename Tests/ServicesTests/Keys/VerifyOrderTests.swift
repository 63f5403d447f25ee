import Domain
import JSONSyntax
import ProtocolWire
import Testing

/// Who learns what, and in which order (`keys.md` §13.1 and §13.2).
@Suite struct VerifyOrderTests {
    @Test("verifyKey: each of the permissions that are asked for is enough")
    func permissions() throws {
        let scene = try VerifyScene()
        let key = try scene.key()
        let path = "unkey:v1:\(scene.workspace):keyspaces/"
        let keyspace = try scene.keyspace()
        let (api, id) = (scene.api.string ?? "", key.id.string ?? "")
        for held in [
            "api.*.verify_key", "api.\(api).verify_key", "\(path)\(keyspace)/keys/\(id)#verify_key",
            "\(path)*/keys/*#verify_key", "\(path)\(keyspace)/**#verify_key", "unkey:v1:\(scene.workspace):**#*",
        ] {
            #expect(try scene.verify(key.secret, as: scene.holder(of: held))["code"] == "VALID", "\(held)")
        }
        for held in [
            "api.*.read_key", "api.other.verify_key", "api.\(api).update_key",
            "\(path)\(keyspace)/keys/other#verify_key",
            "\(path)\(keyspace)#verify_key", "unkey:v1:ws_other:**#*",
        ] {
            #expect(try scene.verify(key.secret, as: scene.holder(of: held)) == VerifyScene.notFound, "\(held)")
        }
    }

    @Test("NOT_FOUND shows valid and code only, is the same for everything that is masked, and consumes nothing")
    func masking() throws {
        let scene = try VerifyScene()
        let key = try scene.key([
            "credits": ["remaining": 5], "ratelimits": [VerifyScene.limit("requests", 5, isAutomatic: true)],
        ])
        #expect(try scene.verify("eu_unknown") == VerifyScene.notFound)
        #expect(try scene.verify(key.secret, as: scene.stranger()) == VerifyScene.notFound, "another workspace's")
        #expect(try scene.verify(key.secret, as: scene.holder()) == VerifyScene.notFound, "no right at all")
        let elsewhere = try scene.holder(of: "api.other.verify_key")
        #expect(try scene.verify(key.secret, as: elsewhere) == VerifyScene.notFound, "a right elsewhere")
        #expect(try scene.verify(key, ["keyspaces": ["ks_other"]]) == VerifyScene.notFound)
        // Masked, a query that does not parse and a limit that there is not are not looked at.
        let wrong: JSONValue = ["permissions": "a AND", "ratelimits": [["name": "none"]]]
        #expect(try scene.verify(key.secret, wrong, as: elsewhere) == VerifyScene.notFound)
        #expect(try scene.verify("eu_unknown", wrong) == VerifyScene.notFound)
        #expect(scene.bench.state.takeKeyUses(most: 10).isEmpty, "nothing was used")
        #expect(try scene.balance(key) == 5)
        #expect(try scene.left("requests", of: key) == 5)
    }

    @Test("a deleted key, for good or not, and a key of a deleted API are not found, from the reply on")
    func deletions() throws {
        let scene = try VerifyScene()
        let keys = try (0..<3).map { _ in try scene.key() }
        for key in keys { #expect(try scene.code(key) == "VALID") }
        try scene.data("keys.deleteKey", ["keyId": keys[0].id])
        try scene.data("keys.deleteKey", ["keyId": keys[1].id, "permanent": true])
        #expect(try scene.verify(keys[0]) == VerifyScene.notFound)
        #expect(try scene.verify(keys[1]) == VerifyScene.notFound)
        #expect(try scene.code(keys[2]) == "VALID")
        try scene.data("apis.deleteApi", ["apiId": scene.api])
        #expect(try scene.verify(keys[2]) == VerifyScene.notFound)
    }

    @Test("keyspaces: the key has to be in one of them, by exact identifier")
    func keyspaces() throws {
        let scene = try VerifyScene()
        let key = try scene.key()
        let keyspace = try scene.keyspace()
        #expect(try scene.code(key, ["keyspaces": [.string(keyspace)]]) == "VALID")
        #expect(try scene.code(key, ["keyspaces": ["ks_other", .string(keyspace)]]) == "VALID")
        for other in [keyspace.lowercased() + "x", String(keyspace.dropLast()), "*", keyspace + "*"] {
            #expect(try scene.verify(key, ["keyspaces": [.string(other)]]) == VerifyScene.notFound)
        }
    }

    @Test("the first hit wins, in the order of the reference, and whatever is not VALID consumes nothing")
    func order() throws {
        let scene = try VerifyScene()
        let key = try scene.key([
            "enabled": false, "expires": 1, "permissions": ["docs.read"], "credits": ["remaining": 5],
            "ratelimits": [VerifyScene.limit("requests", 3, isAutomatic: true)],
        ])
        try scene.data("apis.updateApi", ["apiId": scene.api, "ipAllowlist": ["192.0.2.7"]])
        func request(_ query: String, _ limits: JSONValue..., cost: Int64 = 6) -> JSONValue {
            ["permissions": .string(query), "ratelimits": .array(limits), "credits": ["cost": .integer(cost)]]
        }
        let unknown: JSONValue = ["name": "none"]
        let tooMuch: JSONValue = ["name": "requests", "cost": 4]
        // Syntax comes before anything about the key, and everything about the key before what the query asks for.
        #expect(try scene.refusal(key.secret, request("docs.write AND", unknown)).kind == .permissionQuerySyntax)
        #expect(try scene.code(key, request("docs.write", unknown)) == "DISABLED")
        try scene.update(key, ["enabled": true])
        #expect(try scene.refusal(key.secret, request("()", unknown)).kind == .permissionQuerySyntax)
        #expect(try scene.code(key, request("docs.write", unknown)) == "EXPIRED")
        try scene.update(key, ["expires": .null])
        #expect(try scene.code(key, request("docs.write", unknown)) == "FORBIDDEN")
        scene.bench.clientAddress = "192.0.2.7"
        #expect(try scene.code(key, request("docs.write", unknown)) == "INSUFFICIENT_PERMISSIONS")
        #expect(try scene.refusal(key.secret, request("docs.read", tooMuch, unknown)).kind == .preconditionFailed)
        #expect(try scene.code(key, request("docs.read", tooMuch)) == "RATE_LIMITED")
        #expect(try scene.code(key, request("docs.read")) == "USAGE_EXCEEDED")
        #expect(try scene.balance(key) == 5, "nothing was spent so far")
        #expect(try scene.left("requests", of: key) == 3, "nothing was counted so far")
        #expect(try scene.code(key, request("docs.read", cost: 5)) == "VALID")
        #expect(try scene.balance(key) == 0)
        #expect(try scene.left("requests", of: key) == 2)
    }

    @Test("a disabled workspace forbids its keys")
    func disabledWorkspace() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["enabled": false])
        let params: JSONValue = ["workspaceId": .string(scene.workspace), "enabled": false]
        _ = try scene.bench.operate("workspaces.updateWorkspace", params)
        let data = try scene.verify(key)
        #expect(data["code"] == "FORBIDDEN")
        #expect(data["keyId"] == key.id)
    }

    @Test("a key is valid up to the very millisecond of its end, and EXPIRED behind it")
    func expiry() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["expires": .integer(VerifyScene.start + 10)])
        for (time, code) in [(9, "VALID"), (10, "VALID"), (11, "EXPIRED"), (10, "VALID")] as [(Int64, String)] {
            scene.bench.time = VerifyScene.start + time
            #expect(try scene.code(key) == code)
        }
        #expect(try scene.code(scene.key(["expires": 0])) == "EXPIRED")
    }

    @Test("every verdict on a key is a use of it, a refusal is none")
    func use() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["enabled": false])
        func uses() -> [Int64] { scene.bench.state.takeKeyUses(most: 10).map(\.1.value) }
        _ = try scene.refusal(key.secret, ["permissions": ")"])
        #expect(uses() == [])
        scene.bench.time += 5
        #expect(try scene.code(key) == "DISABLED")
        scene.bench.time += 5
        #expect(try scene.code(key) == "DISABLED")
        #expect(uses() == [VerifyScene.start + 10], "the latest counts")
        try scene.update(key, ["enabled": true])
        _ = try scene.refusal(key.secret, ["ratelimits": [["name": "none"]]])
        #expect(uses() == [])
        #expect(try scene.code(key) == "VALID")
        #expect(uses().count == 1)
    }
}
