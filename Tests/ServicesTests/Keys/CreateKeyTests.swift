import JSONSyntax
import ProtocolWire
import Testing

@Suite struct CreateKeyTests {
    private let scene: KeyScene

    init() throws {
        scene = try KeyScene()
    }

    private func faults(_ members: JSONValue) throws -> [String] {
        try scene.faults("keys.createKey", members.with("apiId", .string(scene.api)))
    }

    // MARK: - Shapes

    @Test("createKey: every member at both sides of each bound, and null in none of them")
    func bounds() throws {
        let sound: [(String, [JSONValue])] = [
            ("prefix", ["a", KeyScene.text(16), "my_co"]),
            ("name", ["a", KeyScene.text(255), KeyScene.text(255, of: "\u{1F511}"), " a "]),
            ("byteLength", [16, 255]),
            ("externalId", ["a", KeyScene.text(255), "a.B_9-"]),
            ("meta", [[:], KeyScene.meta(bytes: 65_535), Self.object(100)]),
            ("roles", [[]]),
            ("permissions", [[], KeyScene.list(1_000) { .string("p.\($0)") }, [KeyScene.text(128)], ["a:b_c-d.*"]]),
            ("expires", [0, 4_102_444_800_000]),
            ("ratelimits", [[], KeyScene.list(50) { KeyScene.limit("limit \($0)") }]),
            ("enabled", [true, false]), ("recoverable", [false]),
        ]
        for (name, values) in sound {
            for value in values { #expect(try faults([name: value]).isEmpty, "\(name)") }
        }
        let faulty: [(String, [JSONValue])] = [
            ("prefix", ["", KeyScene.text(17), "a-b", "é"]), ("name", ["", KeyScene.text(256), 7]),
            ("byteLength", [15, 256, "16"]), ("externalId", ["", KeyScene.text(256), "a b", "é"]),
            ("meta", [[], "x", KeyScene.meta(bytes: 65_536), Self.object(101)]),
            ("roles", [KeyScene.list(101) { .string("r\($0)") }, "a"]),
            ("permissions", [KeyScene.list(1_001) { .string("p.\($0)") }, "a"]),
            ("expires", [-1, 4_102_444_800_001, .number(0.5)]),
            ("ratelimits", [KeyScene.list(51) { KeyScene.limit("limit \($0)") }, [:]]), ("enabled", ["true", 1]),
            ("recoverable", [1]), ("credits", [[], 5]), ("colour", ["red"]),
        ]
        for (name, values) in faulty {
            for value in values + [.null] { #expect(try faults([name: value]) == ["body.\(name)"], "\(name)") }
        }
    }

    private static func object(_ members: Int) -> JSONValue {
        .object((0..<members).map { JSONValue.Member(name: "m\($0)", value: .null) })
    }

    @Test(
        "createKey: the API is named by 3 to 255 letters, digits and underscores; any such name that is none is a 404"
    )
    func apiName() throws {
        for id in [JSONValue.string(""), "ab", KeyScene.text(256), "a-b-c", .null, 7] {
            #expect(try scene.faults("keys.createKey", ["apiId": id]) == ["body.apiId"])
        }
        #expect(try scene.faults("keys.createKey", [:]) == ["body.apiId"])
        for id in [JSONValue.string("abc"), KeyScene.text(255)] {
            #expect(try scene.refusal("keys.createKey", ["apiId": id]).kind == .apiNotFound)
        }
    }

    @Test(
        "createKey: faults inside lists and objects are told where they stand, all at once, in the order of the request"
    )
    func depth() throws {
        #expect(
            try faults([
                "roles": ["", KeyScene.text(129)], "permissions": ["a", "b c", KeyScene.text(129), ""],
                "credits": [
                    "remaining": -1, "refill": ["interval": "weekly", "amount": 0, "refillDay": 32, "x": 1], "y": 2,
                ],
                "ratelimits": [
                    KeyScene.limit("ok!"), KeyScene.limit("ab", 0, 999),
                    KeyScene.limit("more", 1, 1_000).with("autoApply", .null).with("z", 3), 7,
                ],
            ]) == [
                "body.roles[0]", "body.roles[1]", "body.permissions[1]", "body.permissions[2]", "body.permissions[3]",
                "body.credits.remaining", "body.credits.refill.interval", "body.credits.refill.amount",
                "body.credits.refill.refillDay", "body.credits.refill.x", "body.credits.y", "body.ratelimits[1].name",
                "body.ratelimits[1].limit", "body.ratelimits[1].duration", "body.ratelimits[2].autoApply",
                "body.ratelimits[2].z", "body.ratelimits[3]",
            ]
        )
        #expect(try faults(["meta": ["x": ["y": [["z": .null]]]]]).isEmpty, "anything may be inside meta")
    }

    @Test(
        "createKey: a rate limit needs name, limit and duration, within their bounds; autoApply is false where it is left out"
    )
    func ratelimits() throws {
        let whole = KeyScene.limit("abc", 1, 1_000)
        for name in ["name", "limit", "duration"] {
            #expect(try faults(["ratelimits": [whole.without(name)]]) == ["body.ratelimits[0].\(name)"])
            #expect(try faults(["ratelimits": [whole.with(name, .null)]]) == ["body.ratelimits[0].\(name)"])
        }
        let most: Int64 = 1 << 53
        for limit in [KeyScene.limit("abc", most, most), whole.with("name", KeyScene.text(128))] {
            #expect(try faults(["ratelimits": [limit]]).isEmpty)
        }
        for (name, value) in [("limit", most + 1), ("duration", most + 1)] {
            #expect(try faults(["ratelimits": [whole.with(name, .integer(value))]]) == ["body.ratelimits[0].\(name)"])
        }
        #expect(try faults(["ratelimits": [whole.with("name", KeyScene.text(129))]]) == ["body.ratelimits[0].name"])
        let key = try scene.read(scene.key(["ratelimits": [whole]]).id)
        #expect(key["ratelimits"]?.each("autoApply") == [false])
    }

    // MARK: - Secret

    @Test("createKey: prefix and length come from the request, else from the API, else there is no prefix and 16 bytes")
    func secret() throws {
        func shape(_ members: JSONValue) throws -> (head: String, length: Int) {
            let (id, secret) = try scene.key(members)
            let text = try #require(secret.string)
            let start = try #require(try scene.read(id)["start"]?.string)
            #expect(text.hasPrefix(start))
            let cut = text.lastIndex(of: "_").map { text.index(after: $0) } ?? text.startIndex
            #expect(start.count == text.distance(from: text.startIndex, to: cut) + 4)
            #expect(text[cut...].allSatisfy("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".contains))
            return (String(text[..<cut]), text[cut...].count)
        }
        #expect(try shape([:]).head.isEmpty)
        #expect(try (16...22).contains(shape([:]).length))
        #expect(try shape(["prefix": "my_co"]).head == "my_co_")
        #expect(try (255...349).contains(shape(["byteLength": 255]).length))
        try scene.data(
            "apis.updateApi",
            ["apiId": .string(scene.api), "defaultPrefix": "eu", "defaultByteLength": 64]
        )
        #expect(try shape([:]).head == "eu_")
        #expect(try (64...88).contains(shape([:]).length))
        #expect(try shape(["prefix": "us", "byteLength": 16]).head == "us_")
        #expect(try (16...22).contains(shape(["byteLength": 16]).length))
    }

    // MARK: - What is stored

    @Test("createKey: a bare key is enabled, without end, without limit, and shows nothing that it does not have")
    func bare() throws {
        let (id, secret) = try scene.key()
        #expect(id.string?.hasPrefix("key_") == true)
        let start = JSONValue.string(String(secret.string?.prefix(4) ?? ""))
        #expect(
            try scene.read(id) == [
                "keyId": id, "start": start, "enabled": true, "createdAt": .integer(scene.bench.time),
            ]
        )
        #expect(try scene.verdict(secret) == "VALID")
    }

    @Test("createKey: text and objects come back code point for code point, an empty object is none")
    func unicode() throws {
        let name = "e\u{301}\u{E9}\u{0}\u{1F511}\u{FFFF}"
        let meta: JSONValue = ["e\u{301}": "\u{E9}", "\u{E9}": ["n": .null, "d": .number(0.5)], "": []]
        let key = try scene.read(scene.key(["name": .string(name), "meta": meta]).id)
        #expect(key["name"]?.string.map { Array($0.utf8) } == Array(name.utf8))
        #expect(key["meta"] == meta)
        #expect(try scene.read(scene.key(["meta": [:]]).id)["meta"] == nil)
    }

    @Test("createKey: a past end is accepted and kept, 0 too; the key is EXPIRED at once and can be read")
    func expiry() throws {
        for end in [0, scene.bench.time - 1] {
            let (id, secret) = try scene.key(["expires": .integer(end)])
            #expect(try scene.verdict(secret) == "EXPIRED")
            #expect(try scene.read(id)["expires"] == .integer(end))
        }
        let (_, secret) = try scene.key(["expires": .integer(scene.bench.time)])
        #expect(try scene.verdict(secret) == "VALID", "at its very end")
        #expect(try scene.verdict(scene.key(["enabled": false]).secret) == "DISABLED")
    }

    @Test("createKey: credits are absent or null for a key without limit, else a balance and maybe a refill")
    func credits() throws {
        func stored(_ credits: JSONValue) throws -> JSONValue? {
            try scene.read(scene.key(["credits": credits]).id)["credits"]
        }
        #expect(try stored(["remaining": .null]) == nil)
        for balance: Int64 in [0, 1, 1 << 53] {
            #expect(try stored(["remaining": .integer(balance)]) == ["remaining": .integer(balance)])
        }
        #expect(try stored(["remaining": 5, "refill": KeyScene.daily]) == ["remaining": 5, "refill": KeyScene.daily])
        #expect(
            try stored(["remaining": 5, "refill": KeyScene.daily.with("refillDay", 3)])
                == ["remaining": 5, "refill": KeyScene.daily],
            "a day that daily does not need is passed over"
        )
        for day: Int64 in [1, 31] {
            let refill = KeyScene.monthly.with("refillDay", .integer(day))
            #expect(try stored(["remaining": 0, "refill": refill]) == ["remaining": 0, "refill": refill])
        }
        let refused: [(JSONValue, String)] = [
            ([:], "remaining"), (["refill": KeyScene.daily], "remaining"),
            (["remaining": .null, "refill": KeyScene.daily], "remaining"), (["remaining": -1], "remaining"),
            (["remaining": .integer(1 << 53 + 1)], "remaining"), (["remaining": 1, "refill": .null], "refill"),
            (["remaining": 1, "refill": ["amount": 1]], "refill.interval"),
            (["remaining": 1, "refill": ["interval": "daily"]], "refill.amount"),
            (["remaining": 1, "refill": KeyScene.daily.with("amount", 0)], "refill.amount"),
            (["remaining": 1, "refill": KeyScene.monthly.without("refillDay")], "refill.refillDay"),
            (["remaining": 1, "refill": KeyScene.monthly.with("refillDay", 0)], "refill.refillDay"),
            (["remaining": 1, "refill": KeyScene.monthly.with("refillDay", 32)], "refill.refillDay"),
            (["remaining": 1, "refill": KeyScene.monthly.with("refillDay", .null)], "refill.refillDay"),
        ]
        for (credits, place) in refused { #expect(try faults(["credits": credits]) == ["body.credits.\(place)"]) }
    }

    @Test("createKey: of rate limits of one name the last one counts, byte by byte; they are shown by name")
    func repeatedLimits() throws {
        let limits: JSONValue = [
            KeyScene.limit("zzz"), KeyScene.limit("abc", 1), KeyScene.limit("e\u{301}xx"), KeyScene.limit("\u{E9}xx"),
            KeyScene.limit("abc", 2, 2_000).with("autoApply", true), KeyScene.limit("ABC"),
        ]
        let stored = try #require(try scene.read(scene.key(["ratelimits": limits]).id)["ratelimits"])
        #expect(stored.each("name") == ["ABC", "abc", "e\u{301}xx", "zzz", "\u{E9}xx"])
        #expect(stored.each("limit") == [5, 2, 5, 5, 5] && stored.each("duration")[1] == 2_000)
        #expect(stored.each("autoApply") == [false, true, false, false, false])
        #expect(Set(stored.each("id").compactMap { $0?.string }).count == 5)
        #expect(stored.each("id").allSatisfy { $0?.string?.hasPrefix("rl_") == true })
    }

    @Test(
        "createKey: an externalId links the live identity, as it is, or makes one without meta; a deleted one is not linked"
    )
    func identity() throws {
        let made = try scene.data(
            "identities.createIdentity",
            ["externalId": "acct", "meta": ["tier": 1], "ratelimits": [KeyScene.limit("exports")]]
        )["identityId"]
        let linked = try #require(try scene.read(scene.key(["externalId": "acct"]).id)["identity"])
        #expect(
            linked["id"] == made && linked["meta"] == ["tier": 1] && linked["ratelimits"]?.each("name") == ["exports"]
        )
        let fresh = try scene.read(scene.key(["externalId": "Acct"]).id)["identity"]
        #expect(fresh?["externalId"] == "Acct" && fresh?["id"] != made && fresh?["meta"] == nil)
        #expect(try scene.events { _ = try scene.key(["externalId": "Acct"]) } == ["key.create"])
        #expect(try scene.read(scene.key(["externalId": "Acct"]).id)["identity"]?["id"] == fresh?["id"])
        let (old, _) = try scene.key(["externalId": "acct"])
        try scene.data("identities.deleteIdentity", ["identity": "acct"])
        #expect(try scene.read(old)["identity"] == nil)
        #expect(try scene.read(scene.key(["externalId": "acct"]).id)["identity"]?["id"] != made)
    }

    @Test(
        "createKey: unknown permissions are made without a right to, named as they are spelt; repeated ones count once"
    )
    func permissions() throws {
        try scene.data("permissions.createPermission", ["name": "Read", "slug": "Invoices.Read"])
        let maker = try scene.holder(of: ["api.*.create_key"])
        let params: JSONValue = [
            "apiId": .string(scene.api), "permissions": ["new.one", "invoices.READ", "NEW.one", "new.one", "docs.*"],
        ]
        let id = try #require(try scene.data("keys.createKey", params, as: maker)["keyId"])
        #expect(try scene.read(id)["permissions"] == ["Invoices.Read", "docs.*", "new.one"])
        let made = try scene.data("permissions.getPermission", ["permission": "new.one"])
        #expect(made["name"] == "new.one" && made["description"] == nil)
    }

    @Test(
        "createKey: roles have to exist; repeated ones count once, their permissions show with the direct ones, each once"
    )
    func roles() throws {
        try scene.role("Zoo", ["b", "c"])
        try scene.role("Billing Admin", ["a"])
        let (id, _) = try scene.key(["roles": ["zoo", "Billing Admin", "ZOO"], "permissions": ["b", "A.x"]])
        let key = try scene.read(id)
        #expect(key["roles"] == ["Billing Admin", "Zoo"] && key["permissions"] == ["A.x", "a", "b", "c"])
        let problem = try scene.cleanRefusal(
            "keys.createKey",
            [
                "apiId": .string(scene.api), "roles": ["Zoo", "Nobody's", "Other"], "externalId": "orphan",
                "permissions": ["orphan.slug"], "credits": ["remaining": 1], "ratelimits": [KeyScene.limit("abc")],
            ]
        )
        #expect(problem.kind == .roleNotFound && problem.detail.contains("'Nobody's'"))
    }

    // MARK: - Changes

    @Test("createKey: one audit row for the key and one for each thing that is made or linked, and nothing else")
    func audit() throws {
        try scene.role("Role")
        #expect(try scene.events { _ = try scene.key() } == ["key.create"])
        let events = try scene.events {
            _ = try scene.key([
                "externalId": "new", "permissions": ["p", "q"], "roles": ["Role"], "credits": ["remaining": 1],
                "ratelimits": [KeyScene.limit("abc")],
            ])
        }
        #expect(
            events.sorted() == [
                "authorization.connect_permission_and_key", "authorization.connect_permission_and_key",
                "authorization.connect_role_and_key", "identity.create", "key.create", "permission.create",
                "permission.create", "ratelimit.create",
            ]
        )
    }

    @Test("createKey: a plain repeat issues another key")
    func again() throws {
        let (one, two) = (try scene.key(["name": "same"]), try scene.key(["name": "same"]))
        #expect(one.id != two.id && one.secret != two.secret)
    }
}
