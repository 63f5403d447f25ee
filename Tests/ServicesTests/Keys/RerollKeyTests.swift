import JSONSyntax
import ProtocolWire
import Testing

@Suite struct RerollKeyTests {
    private let scene: KeyScene

    init() throws {
        scene = try KeyScene()
        try scene.role("Role", ["b"])
    }

    @discardableResult
    private func reroll(_ id: JSONValue, _ expiration: JSONValue) throws -> (id: JSONValue, secret: JSONValue) {
        let reply = try scene.data("keys.rerollKey", ["keyId": id, "expiration": expiration])
        return (try #require(reply["keyId"]), try #require(reply["key"]))
    }

    @Test("rerollKey: expiration has to be there, is 0 to 4,102,444,800,000 or null, and nothing else is taken")
    func bounds() throws {
        let (id, _) = try scene.key()
        #expect(try scene.faults("keys.rerollKey", ["keyId": id]) == ["body.expiration"])
        for value in [JSONValue.integer(-1), 4_102_444_800_001, "0", .number(0.5)] {
            #expect(try scene.faults("keys.rerollKey", ["keyId": id, "expiration": value]) == ["body.expiration"])
        }
        #expect(try scene.faults("keys.rerollKey", ["keyId": id, "expiration": 0, "prefix": "a"]) == ["body.prefix"])
        for value in [JSONValue.null, 4_102_444_800_000, 0] { try reroll(id, value) }
    }

    @Test("rerollKey: everything is copied but identifier, secret, times; rate limits get identifiers of their own")
    func copies() throws {
        let (old, oldSecret) = try scene.key([
            "prefix": "my_co", "name": "e\u{301}", "meta": ["a": [1]], "externalId": "acct", "permissions": ["a"],
            "roles": ["Role"], "expires": 4_000_000_000_000, "enabled": false,
            "credits": ["remaining": 3, "refill": KeyScene.monthly],
            "ratelimits": [KeyScene.limit("one").with("autoApply", true), KeyScene.limit("two", 7, 9_000)],
        ])
        try scene.data("keys.updateKey", ["keyId": old, "name": "changed"])
        let before = try scene.read(old)
        scene.bench.time += 1_000
        let (new, secret) = try reroll(old, .null)
        let copy = try scene.read(new)
        #expect(new != old && secret != oldSecret)
        #expect(secret.string?.hasPrefix("my_co_") == true && copy["start"]?.string?.hasPrefix("my_co_") == true)
        #expect(copy["createdAt"] == .integer(scene.bench.time) && copy["updatedAt"] == nil)
        let fresh = ["keyId", "start", "createdAt", "updatedAt", "ratelimits"]
        #expect(fresh.reduce(copy) { $0.without($1) } == fresh.reduce(before) { $0.without($1) })
        let (limits, originals) = (copy["ratelimits"]?.array ?? [], before["ratelimits"]?.array ?? [])
        #expect(limits.map { $0.without("id") } == originals.map { $0.without("id") })
        #expect(Set((limits + originals).compactMap { $0["id"]?.string }).count == 4)
        #expect(try scene.read(old) == before, "null leaves the original as it is")
    }

    @Test("rerollKey: 0 ends the original at once, and the very next verification says so; it can still be read")
    func endsNow() throws {
        let (id, secret) = try scene.key()
        #expect(try scene.verdict(secret) == "VALID")
        let (_, fresh) = try reroll(id, 0)
        #expect(try scene.verdict(secret) == "EXPIRED")
        #expect(try scene.verdict(fresh) == "VALID")
        let key = try scene.read(id)
        #expect(key["expires"] == .integer(scene.bench.time - 1) && key["updatedAt"] == .integer(scene.bench.time))
        #expect(key["enabled"] == true)
    }

    @Test("rerollKey: the end is rounded up to the full minute")
    func rounding() throws {
        scene.bench.time = 600_000
        for (expiration, end) in [(1, 660_000), (60_000, 660_000), (60_001, 720_000), (59_999, 660_000)]
            as [(Int64, Int64)]
        {
            let (id, secret) = try scene.key()
            try reroll(id, .integer(expiration))
            #expect(try scene.read(id)["expires"] == .integer(end))
            #expect(try scene.verdict(secret) == "VALID")
        }
        scene.bench.time = 600_001
        let (id, _) = try scene.key()
        try reroll(id, 59_999)
        #expect(try scene.read(id)["expires"] == 660_000)
    }

    @Test(
        "rerollKey: the original never ends later than it would have, and one that has expired stays so, as its copy is"
    )
    func neverLater() throws {
        let end = scene.bench.time + 5_000
        for expires in [0, end] {
            for expiration in [0, 3_600_000] {
                let (id, _) = try scene.key(["expires": .integer(expires)])
                let (new, secret) = try reroll(id, .integer(Int64(expiration)))
                let isSooner = expires == end && expiration == 0
                #expect(try scene.read(id)["expires"] == .integer(isSooner ? scene.bench.time - 1 : expires))
                #expect(try scene.read(id)["updatedAt"] == (isSooner ? .integer(scene.bench.time) : nil))
                #expect(try scene.read(new)["expires"] == .integer(expires), "the copy has the original value")
                #expect(try scene.verdict(secret) == (expires == 0 ? "EXPIRED" : "VALID"))
            }
        }
    }

    @Test("rerollKey: prefix of the original, else of the API; length of the API, never the original's")
    func secret() throws {
        let bare = try scene.key(["byteLength": 255]).id
        let length = try reroll(bare, .null).secret.string?.count
        #expect((16...22).contains(length ?? 0))
        try scene.data("apis.updateApi", ["apiId": .string(scene.api), "defaultPrefix": "eu", "defaultByteLength": 64])
        let text = try #require(try reroll(bare, .null).secret.string)
        #expect(text.hasPrefix("eu_") && (67...91).contains(text.count))
        let named = try scene.key(["prefix": "us", "byteLength": 16]).id
        let other = try #require(try reroll(named, .null).secret.string)
        #expect(other.hasPrefix("us_") && (67...91).contains(other.count))
        let odd = try scene.key(["prefix": "__a_"]).id
        #expect(try reroll(odd, .null).secret.string?.hasPrefix("__a__") == true)
    }

    @Test("rerollKey: both keys spend their own balance; a plain repeat issues another key")
    func balances() throws {
        let (id, _) = try scene.key(["credits": ["remaining": 3]])
        let new = try reroll(id, 3_600_000).id
        try scene.data("keys.updateCredits", ["keyId": new, "operation": "decrement", "value": 2])
        #expect(try scene.read(id)["credits"] == ["remaining": 3])
        #expect(try scene.read(new)["credits"] == ["remaining": 1])
        #expect(try reroll(id, 0).id != new)
    }

    @Test("rerollKey: a key that waits for its migration gives one that does not, and has no prefix to keep")
    func pending() throws {
        let params: JSONValue = [
            "apiId": .string(scene.api), "migrationId": try scene.migration("github.com/seamapi/prefixed-api-key"),
            "keys": [["hash": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", "name": "old"]],
        ]
        let id = try #require(try scene.data("keys.migrateKeys", params)["migrated"]?.array?[0]["keyId"])
        let (new, secret) = try reroll(id, .null)
        #expect(try scene.verdict(secret) == "VALID")
        #expect(try scene.read(new)["name"] == "old")
        #expect(secret.string?.contains("_") == false)
    }

    @Test("rerollKey: the audit log names both keys, first the original")
    func audit() throws {
        let (id, _) = try scene.key()
        var new: JSONValue?
        let rows = try scene.audited { new = try reroll(id, 0).id }
        #expect(rows == ["key.reroll \(id.string ?? "") \(new?.string ?? "")"])
        let (linked, _) = try scene.key([
            "permissions": ["a"], "roles": ["Role"], "ratelimits": [KeyScene.limit("abc")],
        ])
        #expect(
            try scene.events { _ = try reroll(linked, 0) } == [
                "key.reroll", "authorization.connect_permission_and_key", "authorization.connect_role_and_key",
                "ratelimit.create",
            ]
        )
    }
}
