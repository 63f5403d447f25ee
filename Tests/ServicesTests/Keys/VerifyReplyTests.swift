import JSONSyntax
import ProtocolWire
import Testing

/// What a verdict shows, and what a request may say (`keys.md` §13).
@Suite struct VerifyReplyTests {
    @Test("a key without settings shows its identifier, its keyspace and that it is switched on")
    func bare() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["meta": [:]])
        let keyspace: JSONValue = .string(try scene.keyspace())
        #expect(
            try scene.verify(key) == [
                "valid": true, "code": "VALID", "keyId": key.id, "keyspaceId": keyspace, "enabled": true,
            ]
        )
    }

    @Test("a key shows all that is set, in every verdict but NOT_FOUND, whether or not a query was sent")
    func full() throws {
        let scene = try VerifyScene()
        try scene.data("permissions.createRole", ["name": "Reader é", "permissions": ["docs.read", "b"]])
        let identity = try scene.data("identities.createIdentity", ["externalId": "acct", "meta": ["tier": 1]])
        let end: JSONValue = .integer(VerifyScene.start + 1)
        let key = try scene.key([
            "name": "ci", "meta": ["plan": "pro"], "expires": end, "externalId": "acct", "roles": ["Reader é"],
            "permissions": ["docs.read", "a"], "credits": ["remaining": 5],
        ])
        let shown: [(String, JSONValue)] = [
            ("keyId", key.id), ("keyspaceId", .string(try scene.keyspace())), ("enabled", true), ("name", "ci"),
            ("meta", ["plan": "pro"]), ("expires", end), ("permissions", ["a", "b", "docs.read"]),
            ("roles", ["Reader é"]),
            (
                "identity",
                ["id": identity["identityId"] ?? .null, "externalId": "acct", "meta": ["tier": 1]]
            ),
        ]
        func verdict(_ code: String, enabled: Bool = true, credits: Int64) -> JSONValue {
            .object(
                [.init(name: "valid", value: .boolean(code == "VALID")), .init(name: "code", value: .string(code))]
                    + shown.map { .init(name: $0.0, value: $0.0 == "enabled" ? .boolean(enabled) : $0.1) }
                    + [.init(name: "credits", value: .integer(credits))]
            )
        }
        #expect(try scene.verify(key) == verdict("VALID", credits: 4))
        #expect(try scene.verify(key, ["permissions": "x"]) == verdict("INSUFFICIENT_PERMISSIONS", credits: 4))
        #expect(try scene.verify(key, ["credits": ["cost": 5]]) == verdict("USAGE_EXCEEDED", credits: 4))
        scene.bench.time += 2
        #expect(try scene.verify(key) == verdict("EXPIRED", credits: 4))
        try scene.update(key, ["enabled": false])
        #expect(try scene.verify(key) == verdict("DISABLED", enabled: false, credits: 4))
        try scene.update(key, ["enabled": true, "expires": .integer(VerifyScene.start + 2)])
        try scene.data("apis.updateApi", ["apiId": scene.api, "ipAllowlist": []])
        let forbidden = try scene.verify(key)
        #expect(forbidden["code"] == "FORBIDDEN" && forbidden["credits"] == 4 && forbidden["name"] == "ci")
    }

    @Test("a deleted identity is not shown, and its limits are not checked")
    func deletedIdentity() throws {
        let scene = try VerifyScene()
        let limits: JSONValue = [VerifyScene.limit("shared", 1, isAutomatic: true)]
        try scene.data("identities.createIdentity", ["externalId": "acct", "ratelimits": limits])
        let key = try scene.key(["externalId": "acct"])
        #expect(try scene.code(key) == "VALID")
        #expect(try scene.code(key) == "RATE_LIMITED")
        try scene.data("identities.deleteIdentity", ["identity": "acct"])
        let data = try scene.verify(key)
        #expect(data["code"] == "VALID" && data["identity"] == nil && data["ratelimits"] == nil)
    }

    @Test("every bound of the request holds on both sides")
    func bounds() throws {
        let scene = try VerifyScene()
        func text(_ count: Int, _ character: String = "a") -> JSONValue {
            .string(String(repeating: character, count: count))
        }
        func list(_ count: Int, _ item: JSONValue) -> JSONValue { .array(Array(repeating: item, count: count)) }
        func with(_ name: String, _ value: JSONValue) -> JSONValue {
            .object([.init(name: "key", value: "x"), .init(name: name, value: value)])
        }
        let good: [JSONValue] = [
            ["key": text(1)], ["key": text(512, "é")], with("permissions", "a"), with("permissions", text(1_000)),
            with("credits", [:]), with("credits", ["cost": 0]), with("credits", ["cost": 1_000_000_000_000]),
            with("ratelimits", []), with("ratelimits", list(50, ["name": "abc"])), with("tags", []),
            with("tags", list(20, text(512, "é"))), with("tags", ["x"]), with("migrationId", ""),
            with("migrationId", text(256)), with("keyspaces", [text(1)]), with("keyspaces", list(100, text(256))),
        ]
        for params in good { #expect(try scene.faults(params) == [], "\(params.serialized.prefix(80))") }
        let bad: [(JSONValue, String)] = [
            ([:], "body.key"), (["key": ""], "body.key"), (["key": text(513)], "body.key"),
            (["key": .null], "body.key"), (["key": 1], "body.key"),
            (with("permissions", ""), "body.permissions"), (with("permissions", text(1_001)), "body.permissions"),
            (with("permissions", .null), "body.permissions"), (with("permissions", ["a"]), "body.permissions"),
            (with("credits", .null), "body.credits"), (with("credits", 1), "body.credits"),
            (with("credits", ["cost": -1]), "body.credits.cost"),
            (with("credits", ["cost": 1_000_000_000_001]), "body.credits.cost"),
            (with("credits", ["cost": 1.5]), "body.credits.cost"),
            (with("credits", ["cost": .null]), "body.credits.cost"),
            (with("credits", ["colour": 1]), "body.credits.colour"),
            (with("ratelimits", .null), "body.ratelimits"),
            (with("ratelimits", list(51, ["name": "abc"])), "body.ratelimits"),
            (with("ratelimits", [[:]]), "body.ratelimits[0].name"),
            (with("ratelimits", [["name": "abc"], ["name": "ab"]]), "body.ratelimits[1].name"),
            (with("ratelimits", [["name": text(256)]]), "body.ratelimits[0].name"),
            (with("ratelimits", [["name": "abc", "cost": -1]]), "body.ratelimits[0].cost"),
            (with("ratelimits", [["name": "abc", "limit": -1]]), "body.ratelimits[0].limit"),
            (with("ratelimits", [["name": "abc", "limit": .null]]), "body.ratelimits[0].limit"),
            (with("ratelimits", [["name": "abc", "duration": -1]]), "body.ratelimits[0].duration"),
            (with("ratelimits", [["name": "abc", "autoApply": true]]), "body.ratelimits[0].autoApply"),
            (with("tags", .null), "body.tags"), (with("tags", list(21, "a")), "body.tags"),
            (with("tags", ["a", ""]), "body.tags[1]"), (with("tags", [text(513)]), "body.tags[0]"),
            (with("migrationId", text(257)), "body.migrationId"), (with("migrationId", .null), "body.migrationId"),
            (with("keyspaces", []), "body.keyspaces"), (with("keyspaces", list(101, "a")), "body.keyspaces"),
            (with("keyspaces", [""]), "body.keyspaces[0]"), (with("keyspaces", [text(257)]), "body.keyspaces[0]"),
            (with("apiId", "api_5kPq9XvTn0"), "body.apiId"), (with("colour", 1), "body.colour"),
        ]
        for (params, location) in bad {
            #expect(try scene.faults(params) == [location], "\(params.serialized.prefix(80))")
        }
    }

    @Test("all faults of a request are told at once")
    func faults() throws {
        let scene = try VerifyScene()
        let params: JSONValue = [
            "colour": 1, "tags": [""], "ratelimits": [VerifyScene.limit("ab", 1)], "credits": ["cost": -1],
        ]
        #expect(
            Set(try scene.faults(params)) == [
                "body.colour", "body.tags[0]", "body.ratelimits[0].name", "body.credits.cost", "body.key",
            ]
        )
    }

    @Test("tags never change the outcome")
    func tags() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["credits": ["remaining": 5]])
        let plain = try scene.verify(key, ["credits": ["cost": 0]])
        #expect(try scene.verify(key, ["credits": ["cost": 0], "tags": ["path=/é", "\u{0}", "path=/é"]]) == plain)
    }
}
