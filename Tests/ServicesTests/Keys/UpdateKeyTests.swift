import JSONSyntax
import ProtocolWire
import Testing

@Suite struct UpdateKeyTests {
    private let scene: KeyScene

    init() throws {
        scene = try KeyScene()
        try scene.role("Role", ["b"])
    }

    /// A key that has everything.
    private func whole() throws -> JSONValue {
        try scene.key([
            "name": "ci", "meta": ["a": 1], "externalId": "acct", "permissions": ["a"], "roles": ["Role"],
            "expires": 4_000_000_000_000, "credits": ["remaining": 3, "refill": KeyScene.monthly],
            "ratelimits": [KeyScene.limit("requests")],
        ]).id
    }

    private func update(_ id: JSONValue, _ members: JSONValue) throws {
        #expect(try scene.data("keys.updateKey", members.with("keyId", id)) == [:])
    }

    private func faults(_ id: JSONValue, _ members: JSONValue) throws -> [String] {
        try scene.faults("keys.updateKey", members.with("keyId", id))
    }

    // MARK: - Three states

    @Test("updateKey: with nothing but the key, and with all values as they are, nothing is written")
    func nothing() throws {
        let id = try whole()
        let before = try scene.read(id)
        let rows = try scene.audited {
            try update(id, [:])
            try update(id, ["credits": [:]])
            try update(
                id,
                [
                    "name": "ci", "meta": ["a": 1], "externalId": "acct", "permissions": ["A", "a"], "roles": ["ROLE"],
                    "expires": 4_000_000_000_000, "enabled": true,
                    "credits": ["remaining": 3, "refill": KeyScene.monthly],
                    "ratelimits": [KeyScene.limit("requests", 9), KeyScene.limit("requests").with("autoApply", false)],
                ]
            )
        }
        #expect(rows.isEmpty && before["updatedAt"] == nil)
        #expect(try scene.read(id) == before)
    }

    @Test("updateKey: null clears what can be cleared, and only that")
    func null() throws {
        let id = try whole()
        scene.bench.time += 1_000
        for name in ["name", "externalId", "meta", "expires", "credits", "ratelimits"] {
            let before = try scene.read(id)
            try update(id, [name: .null])
            let shown = name == "externalId" ? "identity" : name
            #expect(before[shown] != nil)
            #expect(try scene.read(id).without("updatedAt") == before.without(shown).without("updatedAt"))
        }
        #expect(try scene.read(id)["updatedAt"] == .integer(scene.bench.time))
        for name in ["enabled", "permissions", "roles"] {
            #expect(try faults(id, ["name": "x", name: .null]) == ["body.\(name)"])
        }
        #expect(try scene.faults("keys.updateKey", ["keyId": .null]) == ["body.keyId"])
    }

    @Test("updateKey: a value replaces what was there, and leaves everything else; each change is noted once")
    func values() throws {
        let id = try whole()
        let changes: [(String, JSONValue, String, JSONValue?)] = [
            ("name", "e\u{301}", "name", "e\u{301}"), ("name", "\u{E9}", "name", "\u{E9}"),
            ("meta", ["b": [2]], "meta", ["b": [2]]), ("meta", [:], "meta", nil), ("expires", 0, "expires", 0),
            ("enabled", false, "enabled", false), ("permissions", [], "permissions", ["b"]),
            ("roles", [], "permissions", nil),
            ("ratelimits", [], "ratelimits", nil),
        ]
        for (name, value, shown, result) in changes {
            scene.bench.time += 1
            let before = try scene.read(id)
            let events = try scene.events { try update(id, [name: value]) }
            let after = try scene.read(id)
            #expect(after[shown] == result, "\(name)")
            #expect(after["updatedAt"] == .integer(scene.bench.time))
            #expect(events.filter { $0 == "key.update" }.count == 1, "\(name)")
            let touched = [shown, "updatedAt"] + (name == "roles" ? ["roles"] : [])
            #expect(
                touched.reduce(after) { $0.without($1) } == touched.reduce(before) { $0.without($1) },
                "\(name)"
            )
        }
    }

    @Test("updateKey: the externalId links another identity, made where there is none; null unlinks and leaves it")
    func identity() throws {
        let id = try whole()
        let first = try scene.read(id)["identity"]
        #expect(
            try scene.events { try update(id, ["externalId": "new"]) }.sorted() == ["identity.create", "key.update"]
        )
        let second = try scene.read(id)["identity"]
        #expect(second?["externalId"] == "new" && second?["id"] != first?["id"])
        try update(id, ["externalId": .null])
        #expect(try scene.read(id)["identity"] == nil)
        try update(id, ["externalId": "acct"])
        #expect(try scene.read(id)["identity"] == first)
        for text in [JSONValue.string(""), "a b", KeyScene.text(256)] {
            #expect(try faults(id, ["externalId": text]) == ["body.externalId"])
        }
    }

    // MARK: - Credits

    @Test("updateKey: credits keep, clear and set balance and refill, each for itself")
    func credits() throws {
        let whole: JSONValue = ["remaining": 3, "refill": KeyScene.monthly]
        let cases: [(JSONValue, JSONValue?)] = [
            ([:], whole), (.null, nil), (["remaining": .null], nil), (["remaining": .null, "refill": .null], nil),
            (["refill": .null], ["remaining": 3]), (["remaining": 0], ["remaining": 0, "refill": KeyScene.monthly]),
            (["remaining": 7, "refill": .null], ["remaining": 7]),
            (["refill": KeyScene.daily], ["remaining": 3, "refill": KeyScene.daily]),
            (["remaining": 8, "refill": KeyScene.daily], ["remaining": 8, "refill": KeyScene.daily]),
        ]
        for (patch, result) in cases {
            let id = try self.whole()
            try update(id, ["credits": patch])
            #expect(try scene.read(id)["credits"] == result, "\(patch.serialized)")
        }
        let (free, _) = try scene.key()
        try update(free, ["credits": ["refill": .null]])
        #expect(try scene.read(free)["updatedAt"] == nil)
        try update(free, ["credits": ["remaining": 1, "refill": KeyScene.daily]])
        #expect(try scene.read(free)["credits"] == ["remaining": 1, "refill": KeyScene.daily])
    }

    @Test(
        "updateKey: monthly needs a day, daily takes none, and a refill needs a balance; null for a part is told apart"
    )
    func refillRules() throws {
        let id = try whole()
        let (free, _) = try scene.key()
        let refused: [(JSONValue, JSONValue, String)] = [
            (id, ["refill": KeyScene.monthly.without("refillDay")], "refill.refillDay"),
            (id, ["refill": KeyScene.daily.with("refillDay", 3)], "refill.refillDay"),
            (id, ["remaining": .null, "refill": KeyScene.daily], "refill"),
            (free, ["refill": KeyScene.daily], "refill"),
            (id, ["refill": KeyScene.daily.with("refillDay", .null)], "refill.refillDay"),
            (id, ["refill": ["amount": 1]], "refill.interval"),
            (id, ["refill": ["interval": "daily"]], "refill.amount"),
            (id, ["refill": KeyScene.daily.with("amount", 0)], "refill.amount"), (id, ["remaining": -1], "remaining"),
            (id, ["refill": KeyScene.daily.with("x", 0)], "refill.x"), (id, ["limit": 1], "limit"),
        ]
        for (key, patch, place) in refused {
            #expect(try faults(key, ["credits": patch]) == ["body.credits.\(place)"], "\(patch.serialized)")
        }
        let day = try scene.refusal(
            "keys.updateKey",
            ["keyId": id, "credits": ["refill": KeyScene.daily.with("refillDay", 3)]]
        )
        #expect(day.faults[0].message.contains("daily") && day.faults[0].location.contains("refillDay"))
    }

    // MARK: - Collections

    @Test(
        "updateKey: of rate limits one of the same name keeps its identifier, others come and go; of one name the last counts"
    )
    func ratelimits() throws {
        let (id, _) = try scene.key([
            "ratelimits": [KeyScene.limit("keep"), KeyScene.limit("change"), KeyScene.limit("drop")]
        ])
        let before = try #require(try scene.read(id)["ratelimits"]?.array)
        let events = try scene.events {
            try update(
                id,
                [
                    "ratelimits": [
                        KeyScene.limit("new"), KeyScene.limit("keep"), KeyScene.limit("change", 1),
                        KeyScene.limit("change", 8, 2_000).with("autoApply", true),
                    ]
                ]
            )
        }
        let after = try #require(try scene.read(id)["ratelimits"]?.array)
        #expect(after.map { $0["name"] } == ["change", "keep", "new"])
        #expect(after[0]["id"] == before[0]["id"] && after[1] == before[2])
        #expect(after[0]["limit"] == 8 && after[0]["duration"] == 2_000 && after[0]["autoApply"] == true)
        #expect(events.sorted() == ["key.update", "ratelimit.create", "ratelimit.delete", "ratelimit.update"])
        #expect(
            try faults(id, ["ratelimits": [KeyScene.limit("ok!"), KeyScene.limit("ab", 0, 999).with("x", 1)]]) == [
                "body.ratelimits[1].name", "body.ratelimits[1].limit", "body.ratelimits[1].duration",
                "body.ratelimits[1].x",
            ]
        )
        #expect(try faults(id, ["ratelimits": KeyScene.list(51) { KeyScene.limit("l \($0)") }]) == ["body.ratelimits"])
        #expect(try faults(id, ["ratelimits": KeyScene.list(50) { KeyScene.limit("l \($0)") }]).isEmpty)
    }

    @Test(
        "updateKey: permissions and roles are replaced whole; unknown permissions are made without a right to, roles never"
    )
    func access() throws {
        let id = try whole()
        let editor = try scene.holder(of: ["api.*.update_key"])
        let params: JSONValue = ["keyId": id, "permissions": ["new", "New", "a"], "roles": ["role", "ROLE"]]
        #expect(
            try scene.events { try scene.data("keys.updateKey", params, as: editor) } == [
                "permission.create", "authorization.connect_permission_and_key", "key.update",
            ]
        )
        #expect(try scene.read(id)["permissions"] == ["a", "b", "new"])
        let before = try scene.read(id)
        let problem = try scene.cleanRefusal(
            "keys.updateKey",
            [
                "keyId": id, "name": "other", "externalId": "orphan", "permissions": ["orphan"],
                "roles": ["Role", "Gone"],
                "credits": ["remaining": 99], "ratelimits": [],
            ]
        )
        #expect(problem.kind == .roleNotFound && problem.detail.contains("'Gone'"))
        #expect(try scene.read(id) == before)
        #expect(try faults(id, ["permissions": KeyScene.list(1_001) { .string("p.\($0)") }]) == ["body.permissions"])
        #expect(try faults(id, ["roles": KeyScene.list(101) { .string("r\($0)") }]) == ["body.roles"])
        #expect(
            try faults(id, ["permissions": ["a", "b c"], "roles": [""]]) == ["body.permissions[1]", "body.roles[0]"]
        )
    }

    @Test("updateKey: members have the bounds of createKey, and unknown ones are refused")
    func bounds() throws {
        let id = try whole()
        let faulty: [(String, [JSONValue])] = [
            ("name", ["", KeyScene.text(256)]), ("meta", [[], KeyScene.meta(bytes: 65_536)]),
            ("expires", [-1, 4_102_444_800_001]), ("enabled", ["true", 0]), ("credits", [5]), ("prefix", ["eu"]),
            ("recoverable", [true]), ("byteLength", [16]),
        ]
        for (name, values) in faulty {
            for value in values { #expect(try faults(id, [name: value]) == ["body.\(name)"]) }
        }
        let sound: [(String, JSONValue)] = [
            ("name", KeyScene.text(255)), ("meta", KeyScene.meta(bytes: 65_535)), ("expires", 4_102_444_800_000),
            ("expires", 0), ("enabled", true), ("permissions", KeyScene.list(1_000) { .string("p.\($0)") }),
        ]
        for (name, value) in sound { #expect(try faults(id, [name: value]).isEmpty) }
    }

    @Test("updateKey: the next verification sees the change")
    func seen() throws {
        let (id, secret) = try scene.key()
        #expect(try scene.verdict(secret) == "VALID")
        try update(id, ["enabled": false])
        #expect(try scene.verdict(secret) == "DISABLED")
        try update(id, ["enabled": true, "expires": 0])
        #expect(try scene.verdict(secret) == "EXPIRED")
        try update(id, ["expires": .null])
        #expect(try scene.verdict(secret) == "VALID")
    }
}

@Suite struct DeleteKeyTests {
    private let scene: KeyScene

    init() throws {
        scene = try KeyScene()
        try scene.role("Role", ["b"])
    }

    private func whole() throws -> (id: JSONValue, secret: JSONValue) {
        try scene.key([
            "externalId": "acct", "permissions": ["a"], "roles": ["Role"], "credits": ["remaining": 3],
            "ratelimits": [KeyScene.limit("requests")],
        ])
    }

    private func migrated(_ hash: String) throws -> JSONValue? {
        try scene.data(
            "keys.migrateKeys",
            ["apiId": .string(scene.api), "migrationId": try scene.migration(), "keys": [["hash": .string(hash)]]]
        )["failed"]
    }

    @Test(
        "deleteKey: soft or permanent, the key is gone from the reply on, and a second delete of either kind is a 404"
    )
    func gone() throws {
        for isPermanent in [false, true] {
            let (id, secret) = try whole()
            #expect(try scene.verdict(secret) == "VALID")
            let rows = try scene.audited {
                let reply = try scene.data("keys.deleteKey", ["keyId": id, "permanent": .boolean(isPermanent)])
                #expect(reply == [:])
            }
            #expect(rows == ["key.delete \(id.string ?? "")"])
            #expect(try scene.verdict(secret) == "NOT_FOUND")
            #expect(try scene.data("apis.listKeys", ["apiId": .string(scene.api)]) == [])
            for (method, more) in [
                ("keys.getKey", JSONValue.object([])), ("keys.updateKey", ["name": "x"]),
                ("keys.deleteKey", ["permanent": true]), ("keys.deleteKey", ["permanent": false]),
                ("keys.rerollKey", ["expiration": 0]), ("keys.updateCredits", ["operation": "set", "value": 1]),
                ("keys.addPermissions", ["permissions": ["a"]]), ("keys.removePermissions", ["permissions": ["a"]]),
                ("keys.setPermissions", ["permissions": []]), ("keys.addRoles", ["roles": ["Role"]]),
                ("keys.removeRoles", ["roles": ["Role"]]), ("keys.setRoles", ["roles": []]),
            ] {
                #expect(try scene.cleanRefusal(method, more.with("keyId", id)).kind == .keyNotFound, "\(method)")
            }
            #expect(try scene.refusal("keys.whoami", ["key": secret]).kind == .keyNotFound)
        }
    }

    @Test("deleteKey: a soft one leaves row, links and hash; a permanent one takes them, and frees the hash")
    func left() throws {
        let hash = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
        let before = try scene.rowCounts()
        let soft = try whole().id
        let full = try scene.rowCounts()
        try scene.data("keys.deleteKey", ["keyId": soft])
        #expect(try scene.rowCounts().filter { $0.key != "audit_log" } == full.filter { $0.key != "audit_log" })
        let hard = try whole().id
        try scene.data("keys.deleteKey", ["keyId": hard, "permanent": true])
        #expect(try scene.rowCounts().filter { $0.key != "audit_log" } == full.filter { $0.key != "audit_log" })
        #expect(full["permissions"] == (before["permissions"] ?? 0) + 1, "permissions, roles and identities stay")

        #expect(try migrated(hash) == [])
        let id = try #require(try scene.data("apis.listKeys", ["apiId": .string(scene.api)]).array?[0]["keyId"])
        #expect(try migrated(hash) == [.string(hash)])
        try scene.data("keys.deleteKey", ["keyId": id, "permanent": true])
        #expect(try migrated(hash) == [], "erased: free again")
        let again = try #require(try scene.data("apis.listKeys", ["apiId": .string(scene.api)]).array?[0]["keyId"])
        #expect(again != id)
        try scene.data("keys.deleteKey", ["keyId": again])
        #expect(try migrated(hash) == [.string(hash)], "a tombstone keeps the hash")
    }

    @Test("deleteKey: bounds")
    func bounds() throws {
        let id = try whole().id
        for value in [JSONValue.null, 1, "true"] {
            #expect(try scene.faults("keys.deleteKey", ["keyId": id, "permanent": value]) == ["body.permanent"])
        }
        #expect(try scene.faults("keys.deleteKey", ["keyId": "ab", "x": 1]) == ["body.keyId", "body.x"])
    }
}
