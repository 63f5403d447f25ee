import JSONSyntax
import ProtocolWire
import Testing

/// Rate limits of a verification (`keys.md` §13.4).
@Suite struct VerifyLimitsTests {
    private static let month: Int64 = 2_592_000_000

    private func limit(
        _ name: String,
        _ limit: Int64,
        per duration: Int64 = 60_000,
        isAutomatic: Bool? = nil,
        cost: Int64? = nil
    ) -> JSONValue {
        VerifyScene.limit(name, limit, per: duration, isAutomatic: isAutomatic, cost: cost)
    }

    /// Identifiers of the limits of a key, by name.
    private func ids(_ scene: VerifyScene, of key: IssuedKey) throws -> [JSONValue?] {
        try scene.data("keys.getKey", ["keyId": key.id])["ratelimits"]?.array?.map { $0["id"] } ?? []
    }

    @Test("limits with autoApply are checked by every verification, at cost 1, the others where they are named")
    func automatic() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["ratelimits": [limit("named", 9), limit("always", 3, isAutomatic: true)]])
        let ids = try ids(scene, of: key)
        let reset: JSONValue = .integer(VerifyScene.start + 60_000)
        let always: JSONValue = [
            "id": ids[0] ?? .null, "name": "always", "limit": 3, "duration": 60_000, "autoApply": true,
            "exceeded": false, "remaining": 2, "reset": reset,
        ]
        #expect(try scene.verify(key)["ratelimits"] == [always])
        let named: JSONValue = [
            "id": ids[1] ?? .null, "name": "named", "limit": 9, "duration": 60_000, "autoApply": false,
            "exceeded": false, "remaining": 5, "reset": reset,
        ]
        let both = try scene.verify(key, ["ratelimits": [["name": "named", "cost": 4]]])["ratelimits"]
        #expect(both?.array?.map { $0["name"] } == ["always", "named"], "by name")
        #expect(both?.array?.map { $0["remaining"] } == [1, 5])
        #expect(both?.array?.last == named)
        #expect(try scene.verify(key, ["ratelimits": []])["ratelimits"]?.array?.count == 1, "[] switches none off")
        let denied = try scene.verify(key)
        #expect(denied["code"] == "RATE_LIMITED" && denied["valid"] == false)
        #expect(denied["ratelimits"]?.array?.map { $0["exceeded"] } == [true])
        #expect(denied["ratelimits"]?.array?.map { $0["remaining"] } == [0])
    }

    @Test("nothing checked, nothing shown; and nothing is shown of limits that were not reached")
    func absence() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["ratelimits": [limit("named", 9)]])
        #expect(try scene.verify(key)["ratelimits"] == nil)
        try scene.update(key, ["ratelimits": [limit("always", 9, isAutomatic: true)]])
        #expect(try scene.verify(key, ["permissions": "x"])["ratelimits"] == nil)
    }

    @Test("limits are sorted by the bytes of their names")
    func order() throws {
        let scene = try VerifyScene()
        let key = try scene.key([
            "ratelimits": [limit("zzz", 9, isAutomatic: true), limit("Zzz", 9, isAutomatic: true)]
        ])
        let request: JSONValue = ["ratelimits": [limit("éaa", 5), limit("aaa", 5)]]
        let names = try scene.verify(key, request)["ratelimits"]?.array?.map { $0["name"] }
        #expect(names == ["Zzz", "aaa", "zzz", "éaa"])
    }

    @Test("12 a minute and 200 in 30 days: the 13th call exceeds the minute, and the month has 188 left, not 187")
    func allOrNothing() throws {
        let scene = try VerifyScene()
        let key = try scene.key([
            "ratelimits": [
                limit("minute", 12, isAutomatic: true), limit("month", 200, per: Self.month, isAutomatic: true),
            ]
        ])
        for call in 1...12 as ClosedRange<Int64> {
            let limits = try scene.verify(key)["ratelimits"]?.array
            #expect(limits?.map { $0["remaining"] } == [.integer(12 - call), .integer(200 - call)])
        }
        for _ in 0..<2 {
            let data = try scene.verify(key)
            #expect(data["code"] == "RATE_LIMITED")
            #expect(data["ratelimits"]?.array?.map { $0["exceeded"] } == [true, false])
            #expect(data["ratelimits"]?.array?.map { $0["remaining"] } == [0, 188])
        }
    }

    @Test("the window slides: what the last one has let through counts for the share that is left of it")
    func sliding() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["ratelimits": [limit("minute", 10, isAutomatic: true)]])
        for _ in 0..<10 { #expect(try scene.code(key) == "VALID") }
        scene.bench.time = VerifyScene.start + 59_999
        #expect(try scene.code(key) == "RATE_LIMITED")
        scene.bench.time = VerifyScene.start + 60_000
        #expect(try scene.code(key) == "RATE_LIMITED", "all ten still count")
        scene.bench.time = VerifyScene.start + 60_001
        let data = try scene.verify(key)
        #expect(data["code"] == "VALID", "trunc(10 × 59999/60000) is 9")
        #expect(data["ratelimits"]?.array?.map { $0["reset"] } == [.integer(VerifyScene.start + 120_000)])
        scene.bench.time = VerifyScene.start + 90_000
        #expect(try scene.left("minute", of: key) == 4, "5 carried, 1 counted")
    }

    @Test("cost 0 looks, passes up to the limit itself and consumes nothing; a cost above the limit is always exceeded")
    func costs() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["ratelimits": [limit("units", 3)]])
        func verdict(_ cost: Int64) throws -> [JSONValue?] {
            let data = try scene.verify(key, ["ratelimits": [["name": "units", "cost": .integer(cost)]]])
            return [data["code"], data["ratelimits"]?.array?.first?["remaining"]]
        }
        #expect(try verdict(4) == ["RATE_LIMITED", 0])
        #expect(try verdict(0) == ["VALID", 3])
        #expect(try verdict(3) == ["VALID", 0])
        #expect(try verdict(0) == ["VALID", 0])
        #expect(try verdict(1) == ["RATE_LIMITED", 0])
        #expect(try verdict(1 << 53) == ["RATE_LIMITED", 0])
        try scene.update(key, ["ratelimits": [limit("units", 2)]])
        #expect(try verdict(0) == ["RATE_LIMITED", 0], "more is used than the limit is now")
    }

    @Test("an entry replaces the limit of its name, with its own cost; of a repeated name the last counts, once")
    func replaced() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["ratelimits": [limit("units", 100, isAutomatic: true)]])
        func remaining(_ entries: JSONValue...) throws -> [JSONValue?]? {
            try scene.verify(key, ["ratelimits": .array(entries)])["ratelimits"]?.array?.map { $0["remaining"] }
        }
        #expect(try remaining(["name": "units", "cost": 10]) == [90])
        #expect(try remaining(["name": "units", "cost": 50], ["name": "units", "cost": 1]) == [89])
        #expect(try remaining(["name": "units", "cost": 1], ["name": "units"], ["name": "units", "cost": 0]) == [89])
        #expect(try remaining(limit("units", 5, per: 1_000, cost: 5), ["name": "units", "cost": 9]) == [80])
        let adHoc = try scene.verify(
            key,
            ["ratelimits": [["name": "units", "cost": 50], limit("units", 7, per: 1_000)]]
        )
        #expect(adHoc["ratelimits"]?.array?.map { $0["id"] } == [""])
        #expect(adHoc["ratelimits"]?.array?.map { $0["remaining"] } == [6])
        #expect(try scene.left("units", of: key) == 80, "the configured limit was not checked")
    }

    @Test("an ad-hoc limit needs limit and duration; one of them alone is ignored")
    func lone() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["ratelimits": [limit("units", 10)]])
        for entry in [
            ["name": "units", "limit": 1, "cost": 2], ["name": "units", "duration": 1_000, "cost": 2],
            ["name": "units", "limit": 0, "cost": 2], ["name": "units", "duration": 0, "cost": 2],
        ] as [JSONValue] {
            let data = try scene.verify(key, ["ratelimits": [entry]])
            #expect(data["ratelimits"]?.array?.map { $0["limit"] } == [10])
            #expect(data["ratelimits"]?.array?.map { $0["duration"] } == [60_000])
        }
        #expect(try scene.left("units", of: key) == 2)
        let problem = try scene.refusal(key.secret, ["ratelimits": [["name": "none", "limit": 5]]])
        #expect(problem.kind == .preconditionFailed)
    }

    @Test("an ad-hoc limit below 1 or a duration below 1000 is a 400 that names the entry")
    func minimum() throws {
        let scene = try VerifyScene()
        let key = try scene.key()
        func faults(_ entries: JSONValue...) throws -> [String] {
            try scene.faults(["key": key.secret, "ratelimits": .array(entries)])
        }
        #expect(try faults(limit("abc", 1, per: 1_000)) == [])
        #expect(try faults(limit("abc", 1, per: 1_000), limit("abd", 0, per: 1_000)) == ["body.ratelimits[1].limit"])
        #expect(try faults(limit("abc", 1, per: 999)) == ["body.ratelimits[0].duration"])
        let all = try faults(limit("abc", 0, per: 0), limit("abd", 0, per: 1_000))
        #expect(all == ["body.ratelimits[0].limit", "body.ratelimits[0].duration", "body.ratelimits[1].limit"])
        #expect(try faults(limit("abc", 1 << 53, per: 1 << 53)) == [])
    }

    @Test("an ad-hoc limit is the key's own: it has no identifier, and another key's is another")
    func adHoc() throws {
        let scene = try VerifyScene()
        let (first, second) = (try scene.key(), try scene.key())
        let request: JSONValue = ["ratelimits": [limit("burst", 2, cost: 2)]]
        let shown: JSONValue = [
            "id": "", "name": "burst", "limit": 2, "duration": 60_000, "autoApply": false, "exceeded": false,
            "remaining": 0, "reset": .integer(VerifyScene.start + 60_000),
        ]
        #expect(try scene.verify(first, request)["ratelimits"] == [shown])
        #expect(try scene.code(first, request) == "RATE_LIMITED")
        #expect(try scene.code(second, request) == "VALID")
        #expect(try scene.code(first, ["ratelimits": [limit("burst", 2, per: 60_001)]]) == "VALID", "another duration")
        #expect(try scene.code(first, ["ratelimits": [limit("bursT", 2)]]) == "VALID", "another name")
    }

    @Test("counters: by name and duration, ad hoc or the key's own; raising the limit keeps the count")
    func counters() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["ratelimits": [limit("one", 5), limit("two", 5)]])
        #expect(try scene.code(key, ["ratelimits": [["name": "one", "cost": 4]]]) == "VALID")
        #expect(try scene.left("two", of: key) == 5, "equal numbers, another name")
        let adHoc = try scene.verify(key, ["ratelimits": [limit("one", 6)]])["ratelimits"]
        #expect(adHoc?.array?.map { $0["remaining"] } == [1], "one counter")
        #expect(try scene.left("one", of: key) == 0)
        try scene.update(key, ["ratelimits": [limit("one", 7), limit("two", 5)]])
        #expect(try scene.left("one", of: key) == 2)
        try scene.update(key, ["ratelimits": [limit("one", 7, per: 60_001)]])
        #expect(try scene.left("one", of: key) == 7, "another duration starts anew")
    }

    @Test("an identity's limits are shared by all its keys, and apart from a key's own of the same numbers")
    func identity() throws {
        let scene = try VerifyScene()
        let limits: JSONValue = [limit("shared", 3, isAutomatic: true), limit("named", 5)]
        try scene.data("identities.createIdentity", ["externalId": "acct", "ratelimits": limits])
        let keys = try (0..<2).map { _ in try scene.key(["externalId": "acct"]) }
        #expect(try keys.map { try scene.code($0) } == ["VALID", "VALID"])
        #expect(try scene.code(keys[0]) == "VALID")
        #expect(try keys.map { try scene.code($0) } == ["RATE_LIMITED", "RATE_LIMITED"])
        try scene.data("identities.updateIdentity", ["identity": "acct", "ratelimits": [limit("named", 5)]])
        #expect(try scene.code(keys[0], ["ratelimits": [["name": "named", "cost": 2]]]) == "VALID")
        #expect(try scene.left("named", of: keys[1]) == 3)
        // Ad hoc is the key's, whatever the identity has.
        #expect(try scene.code(keys[0], ["ratelimits": [limit("named", 5, cost: 5)]]) == "VALID")
        #expect(try scene.left("named", of: keys[1]) == 3)
        let other = try scene.key()
        #expect(try scene.refusal(other.secret, ["ratelimits": [["name": "named"]]]).kind == .preconditionFailed)
    }

    @Test("a key's limit hides its identity's of that name outright, autoApply included")
    func shadowed() throws {
        let scene = try VerifyScene()
        let limits: JSONValue = [limit("units", 2, isAutomatic: true), limit("other", 9, isAutomatic: true)]
        try scene.data("identities.createIdentity", ["externalId": "acct", "ratelimits": limits])
        let key = try scene.key(["externalId": "acct", "ratelimits": [limit("units", 50)]])
        let data = try scene.verify(key)
        #expect(data["ratelimits"]?.array?.map { $0["name"] } == ["other"], "units is not applied by itself any more")
        #expect(data["identity"]?["ratelimits"]?.array?.map { $0["name"] } == ["other"])
        let named = try scene.verify(key, ["ratelimits": [["name": "units", "cost": 40]]])
        #expect(named["ratelimits"]?.array?.map { $0["remaining"] } == [7, 10])
        let sibling = try scene.key(["externalId": "acct"])
        #expect(try scene.verify(sibling)["ratelimits"]?.array?.map { $0["remaining"] } == [6, 1])
        try scene.update(key, ["ratelimits": []])
        #expect(try scene.verify(key)["ratelimits"]?.array?.map { $0["remaining"] } == [5, 0])
    }

    @Test("an unknown limit is a 412 that names it, the key and the identity or that there is none")
    func unknown() throws {
        let scene = try VerifyScene()
        let alone = try scene.key(["credits": ["remaining": 5], "ratelimits": [limit("units", 5, isAutomatic: true)]])
        let request: JSONValue = ["ratelimits": [["name": "units", "cost": 2], ["name": "Units"]]]
        let problem = try scene.refusal(alone.secret, request)
        #expect(problem.kind == .preconditionFailed)
        #expect(problem.detail.contains("'Units'") && problem.detail.contains("'\(alone.id.string ?? "?")'"))
        #expect(problem.detail.contains("does not have"))
        #expect(try scene.left("units", of: alone) == 5 && scene.balance(alone) == 5, "nothing was consumed")
        let identity = try scene.data("identities.createIdentity", ["externalId": "acct"])["identityId"]?.string
        let key = try scene.key(["externalId": "acct"])
        let detail = try scene.refusal(key.secret, request).detail
        for word in ["'units'", "'\(key.id.string ?? "?")'", "'\(identity ?? "?")'", "'acct'"] {
            #expect(detail.contains(word), "\(detail)")
        }
    }

    @Test("limits that pass are not counted where another is exceeded or the credits are short")
    func atomic() throws {
        let scene = try VerifyScene()
        let key = try scene.key([
            "credits": ["remaining": 3], "ratelimits": [limit("one", 5, isAutomatic: true), limit("two", 1)],
        ])
        #expect(try scene.code(key, ["ratelimits": [["name": "two", "cost": 2]]]) == "RATE_LIMITED")
        let short = try scene.verify(key, ["ratelimits": [["name": "two"]], "credits": ["cost": 4]])
        #expect(short["code"] == "USAGE_EXCEEDED" && short["credits"] == 3)
        #expect(short["ratelimits"]?.array?.map { $0["remaining"] } == [5, 1], "shown as they are")
        #expect(short["ratelimits"]?.array?.map { $0["exceeded"] } == [false, false])
        let valid = try scene.verify(key, ["ratelimits": [["name": "two"]], "credits": ["cost": 3]])
        #expect(valid["ratelimits"]?.array?.map { $0["remaining"] } == [4, 0])
        #expect(valid["credits"] == 0)
    }

    @Test("a clock that goes back opens no window again")
    func clock() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["ratelimits": [limit("units", 2, isAutomatic: true)]])
        scene.bench.time = VerifyScene.start + 120_000
        #expect(try [scene.code(key), scene.code(key)] == ["VALID", "VALID"])
        for back in [1, 60_000, 600_000] as [Int64] {
            scene.bench.time = VerifyScene.start + 120_000 - back
            #expect(try scene.code(key) == "RATE_LIMITED")
        }
    }
}
