import JSONSyntax
import ProtocolWire
import Testing

@Suite struct ReadKeyTests {
    private let scene: KeyScene

    init() throws {
        scene = try KeyScene()
    }

    @Test(
        "getKey: keyId has 3 to 255 letters, digits and underscores; a well-formed one that is none is a 404, never a 400"
    )
    func bounds() throws {
        for id in [JSONValue.string(""), "ab", KeyScene.text(256), "a-b-c", .null, 7] {
            #expect(try scene.faults("keys.getKey", ["keyId": id]) == ["body.keyId"])
        }
        #expect(try scene.faults("keys.getKey", [:]) == ["body.keyId"])
        for id in [JSONValue.string("abc"), KeyScene.text(255), "key_unknown000", "api_123"] {
            #expect(try scene.refusal("keys.getKey", ["keyId": id]).kind == .keyNotFound)
        }
        let (id, _) = try scene.key()
        for (name, value) in [("decrypt", JSONValue.null), ("decrypt", 1), ("key", "x")] {
            #expect(try scene.faults("keys.getKey", ["keyId": id, name: value]) == ["body.\(name)"])
        }
    }

    @Test("whoami: a secret has 1 to 512 code points")
    func secretBounds() throws {
        for secret in [JSONValue.string(""), KeyScene.text(513), .null, 7] {
            #expect(try scene.faults("keys.whoami", ["key": secret]) == ["body.key"])
        }
        #expect(try scene.faults("keys.whoami", [:]) == ["body.key"])
        #expect(try scene.faults("keys.whoami", ["key": "a", "decrypt": true]) == ["body.decrypt"])
        for secret in [KeyScene.text(1), KeyScene.text(512, of: "\u{1F511}")] {
            #expect(try scene.refusal("keys.whoami", ["key": secret]).kind == .keyNotFound)
        }
    }

    @Test("getKey and whoami show the same key, and reading changes nothing: no counter, no audit row, no event")
    func same() throws {
        try scene.role("Role", ["b"])
        let (id, secret) = try scene.key([
            "name": "ci", "meta": ["a": 1], "externalId": "acct", "permissions": ["a"], "roles": ["Role"], "expires": 7,
            "credits": ["remaining": 3, "refill": KeyScene.monthly], "ratelimits": [KeyScene.limit("requests")],
        ])
        let before = try scene.rowCounts()
        let key = try scene.read(id)
        #expect(try scene.data("keys.whoami", ["key": secret]) == key)
        #expect(try scene.read(id) == key)
        #expect(try scene.rowCounts() == before)
        let members: Set = [
            "keyId", "start", "enabled", "createdAt", "name", "meta", "expires", "permissions", "roles", "credits",
            "identity",
            "ratelimits",
        ]
        guard case .object(let shown) = key else { throw Problem.internalFailure }
        #expect(Set(shown.map(\.name)) == members)
        #expect(
            key["ratelimits"]?.array?[0]
                == KeyScene.limit("requests").with("autoApply", false)
                .with("id", key["ratelimits"]?.array?[0]["id"] ?? .null)
        )
    }

    @Test("disabled, expired and exhausted keys read normally")
    func unusable() throws {
        let settings: [JSONValue] = [["enabled": false], ["expires": 0], ["credits": ["remaining": 0]]]
        for members in settings {
            let (id, secret) = try scene.key(members)
            #expect(try scene.read(id)["keyId"] == id)
            #expect(try scene.data("keys.whoami", ["key": secret])["keyId"] == id)
        }
    }

    @Test(
        "missing, deleted, another workspace's and of a deleted API: all the same 404, but for the identifier that was sent"
    )
    func missing() throws {
        let (id, secret) = try scene.key()
        let stranger = try scene.stranger()
        let unknown = try scene.refusal("keys.getKey", ["keyId": id], as: stranger)
        #expect(unknown.kind == .keyNotFound)
        let nobody = try scene.refusal("keys.whoami", ["key": "nobody"])
        #expect(try scene.refusal("keys.whoami", ["key": secret], as: stranger).bytes == nobody.bytes)
        try scene.data("keys.deleteKey", ["keyId": id])
        #expect(try scene.refusal("keys.getKey", ["keyId": id]).bytes == unknown.bytes)
        #expect(try scene.refusal("keys.whoami", ["key": secret]).bytes == nobody.bytes)
        let (other, otherSecret) = try scene.key()
        try scene.data("apis.deleteApi", ["apiId": .string(scene.api)])
        #expect(try scene.refusal("keys.getKey", ["keyId": other]).kind == .keyNotFound)
        #expect(try scene.refusal("keys.whoami", ["key": otherSecret]).bytes == nobody.bytes)
    }

    @Test("an identifier is compared byte by byte")
    func caseMatters() throws {
        let id = try #require(scene.key().id.string)
        let swapped =
            String(id.prefix(4)) + id.dropFirst(4).map { $0.isUppercase ? $0.lowercased() : $0.uppercased() }.joined()
        #expect(try scene.refusal("keys.getKey", ["keyId": .string(swapped)]).kind == .keyNotFound || swapped == id)
    }

    @Test("whoami does not find a key that waits for its migration, not even by its own hash")
    func pending() throws {
        let params: JSONValue = [
            "apiId": .string(scene.api), "migrationId": try scene.migration("github.com/seamapi/prefixed-api-key"),
            // SHA-256 of "hello".
            "keys": [["hash": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"]],
        ]
        let id = try #require(try scene.data("keys.migrateKeys", params)["migrated"]?.array?[0]["keyId"])
        #expect(try scene.refusal("keys.whoami", ["key": "hello"]).kind == .keyNotFound)
        #expect(try scene.verdict("hello") == "NOT_FOUND")
        #expect(try scene.read(id)["start"] == "")
    }
}
