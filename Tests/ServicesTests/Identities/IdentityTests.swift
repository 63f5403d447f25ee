import JSONSyntax
import ProtocolWire
import Testing

@testable import Services

extension Scene {
    /// The `data` of a call of identities.*.
    func identities(_ procedure: String, _ params: JSONValue = [:], as key: String? = nil) throws -> JSONValue {
        try #require(try bench.call("identities.\(procedure)", params, as: key ?? root)["data"])
    }

    /// The refusal of a call of identities.*.
    func identityRefusal(_ procedure: String, _ params: JSONValue = [:], as key: String? = nil) throws -> Problem {
        try bench.refusal("identities.\(procedure)", params, as: key ?? root)
    }

    /// Makes an identity, and gives its identifier.
    @discardableResult
    func identity(_ externalID: String, meta: JSONValue = [:], _ limits: [JSONValue] = []) throws -> String {
        let params: JSONValue = ["externalId": .string(externalID), "meta": meta, "ratelimits": .array(limits)]
        return try #require(try identities("createIdentity", params)["identityId"]?.string)
    }
}

/// A limit of a request.
private func limit(_ name: String, _ limit: Int64 = 5, _ duration: Int64 = 1_000) -> JSONValue {
    ["name": .string(name), "limit": .integer(limit), "duration": .integer(duration)]
}

@Suite struct IdentityTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    @Test("create and get: meta and limits are shown where there are any, limits by name, autoApply false unless set")
    func life() throws {
        let id = try scene.identity("acct-2041", meta: ["tier": "gold"], [limit("ccc"), limit("aaa")])
        #expect(id.hasPrefix("id_"))
        for name in [id, "acct-2041"] {
            let data = try scene.identities("getIdentity", ["identity": .string(name)])
            #expect(data["id"]?.string == id && data["externalId"] == "acct-2041" && data["meta"] == ["tier": "gold"])
            let limits = try #require(data["ratelimits"]?.array)
            #expect(limits.compactMap { $0["name"]?.string } == ["aaa", "ccc"])
            #expect(limits[0]["autoApply"] == false && limits[0]["id"]?.string?.hasPrefix("rl_") == true)
        }
        let bare = try scene.identity("bare")
        #expect(
            try scene.identities("getIdentity", ["identity": "bare"]) == ["id": .string(bare), "externalId": "bare"]
        )
        let events = try scene.bench.events().filter { !$0.hasPrefix("workspace") && !$0.hasPrefix("rootKey") }
        #expect(events == ["identity.create", "ratelimit.create", "ratelimit.create", "identity.create"])
    }

    @Test("create: a taken externalId is a 409 that leaves nothing behind; another case or workspace is another name")
    func conflict() throws {
        try scene.identity("acct")
        let before = try scene.bench.events()
        let problem = try scene.identityRefusal(
            "createIdentity",
            ["externalId": "acct", "ratelimits": [limit("exports")]]
        )
        #expect(problem.kind == .identityAlreadyExists)
        #expect(try scene.bench.events() == before)
        try scene.identity("Acct")
        let stranger = try scene.stranger()
        _ = try scene.identities("createIdentity", ["externalId": "acct"], as: stranger)
    }

    @Test("delete frees the externalId at once, any number of times, also with limits; a repeat is a 404")
    func cycles() throws {
        var seen: Set<String> = []
        for _ in 0..<3 {
            let id = try scene.identity("acct", [limit("exports")])
            #expect(seen.insert(id).inserted)
            #expect(try scene.identities("deleteIdentity", ["identity": "acct"]) == [:])
            for name in ["acct", id] {
                let gone: JSONValue = ["identity": .string(name)]
                #expect(try scene.identityRefusal("deleteIdentity", gone).kind == .identityNotFound)
                #expect(try scene.identityRefusal("getIdentity", gone).kind == .identityNotFound)
                #expect(try scene.identityRefusal("updateIdentity", gone).kind == .identityNotFound)
            }
        }
        #expect(try scene.identities("listIdentities") == [])
        #expect(try scene.bench.events().suffix(2) == ["identity.delete", "ratelimit.delete"])
    }

    @Test(
        "update: limits are matched by name, omitted members stay, [] and {} clear, and the reply shows what is stored"
    )
    func update() throws {
        let id = try scene.identity("acct", meta: ["a": 1], [limit("keep"), limit("gone")])
        func limits(_ data: JSONValue) -> [String: JSONValue] {
            Dictionary(uniqueKeysWithValues: (data["ratelimits"]?.array ?? []).map { ($0["name"]?.string ?? "", $0) })
        }
        let old = limits(try scene.identities("getIdentity", ["identity": .string(id)]))
        let data = try scene.identities(
            "updateIdentity",
            ["identity": "acct", "ratelimits": [limit("new"), limit("keep", 9)]]
        )
        let new = limits(data)
        #expect(data["meta"] == ["a": 1])
        #expect(Set(new.keys) == ["keep", "new"])
        #expect(new["keep"]?["id"] == old["keep"]?["id"] && new["keep"]?["limit"] == 9)
        #expect(new["new"]?["id"] != old["gone"]?["id"])
        #expect(
            try scene.bench.events().suffix(4) == [
                "ratelimit.create", "ratelimit.update", "ratelimit.delete", "identity.update",
            ]
        )
        let before = try scene.bench.events().count
        for params: JSONValue in [
            ["identity": "acct"], ["identity": "acct", "meta": ["a": 1]],
            ["identity": "acct", "ratelimits": [limit("keep", 9), limit("new")]],
        ] {
            #expect(try scene.identities("updateIdentity", params) == data)
        }
        #expect(try scene.bench.events().count == before, "an update that changes nothing writes nothing")
        let cleared = try scene.identities("updateIdentity", ["identity": "acct", "meta": [:], "ratelimits": []])
        #expect(cleared == ["id": .string(id), "externalId": "acct"])
    }

    @Test("a limit of one name twice is a 400 that names it, on create and update; names are compared by bytes")
    func repeatedNames() throws {
        try scene.identity("acct")
        for (procedure, member) in [("createIdentity", "externalId"), ("updateIdentity", "identity")] {
            let params = JSONValue.object([
                .init(name: member, value: procedure == "createIdentity" ? "other" : "acct"),
                .init(name: "ratelimits", value: [limit("exports"), limit("logins"), limit("exports", 7)]),
            ])
            let problem = try scene.identityRefusal(procedure, params)
            #expect(problem.kind == .invalidInput && problem.detail.contains("'exports'"))
            #expect(problem.faults.map(\.location) == ["body.ratelimits[2].name"])
        }
        let accents = [limit("caf\u{E9}"), limit("cafe\u{301}"), limit("Cafe\u{301}")]
        let data = try scene.identities("updateIdentity", ["identity": "acct", "ratelimits": .array(accents)])
        #expect(data["ratelimits"]?.array?.count == 3)
        #expect(try scene.identityRefusal("getIdentity", ["identity": "other"]).kind == .identityNotFound)
    }

    @Test("the size of meta is told after a missing permission and a repeated name, before a missing or taken identity")
    func metaSizeInOrder() throws {
        try scene.identity("acct")
        let long: JSONValue = ["a": .string(String(repeating: "x", count: 1_048_576))]
        let twice: JSONValue = [limit("exports"), limit("exports")]
        let stranger = try scene.holder(of: "api.*.read_api")
        for (procedure, params) in [
            ("createIdentity", ["externalId": "acct", "meta": long] as JSONValue),
            ("updateIdentity", ["identity": "missing", "meta": long]),
        ] {
            let refused = try scene.bench.refusal("identities.\(procedure)", params, as: stranger)
            #expect(refused.kind == .insufficientPermissions)
            #expect(try scene.identityRefusal(procedure, params).faults.map(\.location) == ["body.meta"])
        }
        let both: JSONValue = ["identity": "acct", "meta": long, "ratelimits": twice]
        let repeated = try scene.identityRefusal("updateIdentity", both)
        #expect(repeated.faults.map(\.location) == ["body.ratelimits[1].name"])
    }

    @Test("both sides of each limit of the parameters")
    func edges() throws {
        func names(_ count: Int) -> [JSONValue] { (0..<count).map { limit("limit-\($0)") } }
        func members(_ count: Int) -> JSONValue {
            .object((0..<count).map { .init(name: "m\($0)", value: .null) })
        }
        /// An object whose text has so many bytes.
        func object(_ bytes: Int) -> JSONValue { ["a": .string(String(repeating: "x", count: bytes - 8))] }
        let most: Int64 = 1 << 53
        let good: [(String, JSONValue)] = [
            ("ratelimits", .array(names(50))), ("ratelimits", [limit("abc", 1, 1_000)]),
            ("ratelimits", [limit(String(repeating: "é", count: 128), most, most)]), ("meta", members(100)),
            ("meta", object(1_048_576)),
        ]
        let bad: [(String, JSONValue, String)] = [
            ("ratelimits", .array(names(51)), ""), ("ratelimits", [limit("ab")], "[0].name"),
            ("ratelimits", [limit(String(repeating: "é", count: 129))], "[0].name"),
            ("ratelimits", [limit("abc", 0)], "[0].limit"), ("ratelimits", [limit("abc", most + 1)], "[0].limit"),
            ("ratelimits", [limit("abc", 1, 999)], "[0].duration"), ("meta", members(101), ""),
            ("meta", object(1_048_577), ""), ("meta", .null, ""), ("ratelimits", .null, ""), ("externalID", "x", ""),
            ("ratelimits", [["name": "abc", "limit": 1, "duration": 1_000, "colour": 1]], "[0].colour"),
            ("ratelimits", [["name": "abc", "limit": 1, "duration": 1_000, "autoApply": .null]], "[0].autoApply"),
        ]
        for (index, (name, value)) in good.enumerated() {
            let params = JSONValue.object([
                .init(name: "externalId", value: .string("good-\(index)")), .init(name: name, value: value),
            ])
            #expect(throws: Never.self) { try scene.identities("createIdentity", params) }
        }
        for (name, value, place) in bad {
            let params = JSONValue.object([
                .init(name: "externalId", value: "bad"), .init(name: name, value: value),
            ])
            let problem = try scene.identityRefusal("createIdentity", params)
            #expect(problem.kind == .invalidInput && problem.faults.map(\.location) == ["body.\(name)\(place)"])
        }
        try scene.identity("a")
        try scene.identity(String(repeating: "a", count: 255))
        for text in ["", String(repeating: "a", count: 256), "a b", "é"] {
            let problem = try scene.identityRefusal("createIdentity", ["externalId": .string(text)])
            #expect(problem.faults.map(\.location) == ["body.externalId"])
        }
        #expect(try scene.identityRefusal("getIdentity", ["identity": ""]).kind == .invalidInput)
        let long = JSONValue.string(String(repeating: "\u{1F511} ", count: 10_000))
        for procedure in ["getIdentity", "updateIdentity", "deleteIdentity"] {
            #expect(try scene.identityRefusal(procedure, ["identity": long]).kind == .identityNotFound)
        }
        let renamed = try scene.identityRefusal("updateIdentity", ["identity": "a", "externalId": "b"])
        #expect(renamed.faults.map(\.location) == ["body.externalId"])
    }

    @Test("meta comes back code point for code point, also where only the spelling of an accent changes")
    func unicode() throws {
        try scene.identity("acct", meta: ["name": "\u{E9}"])
        for text in ["e\u{301}", "\u{1F468}\u{200D}\u{1F469}\u{0}\u{FFFF}"] {
            let meta: JSONValue = ["name": .string(text)]
            _ = try scene.identities("updateIdentity", ["identity": "acct", "meta": meta])
            let stored = try scene.identities("getIdentity", ["identity": "acct"])["meta"]?["name"]?.string
            #expect(stored.map { Array($0.utf8) } == Array(text.utf8))
        }
    }

    @Test("where the externalId of one identity is the identifier of another, the identifier wins")
    func ambiguity() throws {
        let id = try scene.identity("first")
        let other = try scene.identity(id)
        #expect(try scene.identities("getIdentity", ["identity": .string(id)])["externalId"] == "first")
        _ = try scene.identities("deleteIdentity", ["identity": .string(id)])
        #expect(try scene.identities("getIdentity", ["identity": .string(id)])["id"]?.string == other)
    }
}

@Suite struct IdentityAccessTests {
    private let scene: Scene
    private let id: String

    init() throws {
        scene = try Scene()
        id = try scene.identity("acct", meta: ["tier": "gold"])
    }

    @Test("getIdentity without the permission: one and the same 403, whatever is asked for, that names no identity")
    func blind() throws {
        let other = try scene.identity("other")
        let covered = try scene.holder(of: "identity.\(other).read_identity")
        let holders = [try scene.holder(of: "api.*.read_api"), covered]
        for key in holders {
            let refusals = try [id, "acct", "missing", "id_missing000"].map {
                try scene.identityRefusal("getIdentity", ["identity": .string($0)], as: key)
            }
            for refusal in refusals { #expect(refusal == refusals[0]) }
            #expect(refusals[0].kind == .insufficientPermissions)
            #expect(refusals[0].detail.contains("identity.*.read_identity") && !refusals[0].detail.contains("id_"))
        }
        for name in [other, "other"] {
            #expect(
                try scene.identities("getIdentity", ["identity": .string(name)], as: covered)["id"]?.string == other
            )
        }
        _ = try scene.identities("deleteIdentity", ["identity": "other"])
        let gone = try scene.identityRefusal("getIdentity", ["identity": .string(other)], as: covered)
        #expect(gone.kind == .identityNotFound, "the text that was sent is a covered identifier, but gone")
        let byName = try scene.identityRefusal("getIdentity", ["identity": "other"], as: covered)
        #expect(byName.kind == .insufficientPermissions)
    }

    @Test("getIdentity with a right to all: 200 or 404; the URN may be wider, one on a single identity opens nothing")
    func wide() throws {
        let urn = "unkey:v1:\(scene.workspace):projects"
        for grant in ["identity.*.read_identity", "\(urn)/*/identities/*#read_identity", "\(urn)/**#read_identity"] {
            let key = try scene.holder(of: grant)
            #expect(try scene.identities("getIdentity", ["identity": "acct"], as: key)["id"]?.string == id)
            let missing = try scene.identityRefusal("getIdentity", ["identity": "missing"], as: key)
            #expect(missing.kind == .identityNotFound)
        }
        let single = try scene.holder(of: "\(urn)/default/identities/\(id)#read_identity")
        let refused = try scene.identityRefusal("getIdentity", ["identity": .string(id)], as: single)
        #expect(refused.kind == .insufficientPermissions)
    }

    @Test("create, update, delete: 403 before the look-up, the same for existing and missing ones; no single form")
    func before() throws {
        let keys = [
            try scene.holder(of: "identity.*.read_identity"),
            try scene.holder(of: "identity.\(id).update_identity", "identity.\(id).delete_identity"),
        ]
        for key in keys {
            for procedure in ["updateIdentity", "deleteIdentity"] {
                let refusals = try ["acct", "missing"].map {
                    try scene.identityRefusal(procedure, ["identity": .string($0)], as: key)
                }
                #expect(refusals[0] == refusals[1] && refusals[0].kind == .insufficientPermissions)
            }
            let create = try scene.identityRefusal("createIdentity", ["externalId": "acct"], as: key)
            #expect(create.kind == .insufficientPermissions)
        }
        let limits: JSONValue = [limit("exports"), limit("exports")]
        let refused = try scene.identityRefusal(
            "updateIdentity",
            ["identity": "acct", "ratelimits": limits],
            as: keys[0]
        )
        #expect(refused.kind == .insufficientPermissions, "the permission comes before the names of the limits")
    }

    @Test("another workspace's identity is a missing one, to the word")
    func foreign() throws {
        let stranger = try scene.stranger()
        let foreign = try ["getIdentity", "updateIdentity", "deleteIdentity"].map {
            try scene.identityRefusal($0, ["identity": .string(id)], as: stranger)
        }
        #expect(try scene.identities("listIdentities", as: stranger) == [])
        _ = try scene.identities("deleteIdentity", ["identity": .string(id)])
        for (procedure, problem) in zip(["getIdentity", "updateIdentity", "deleteIdentity"], foreign) {
            #expect(try scene.identityRefusal(procedure, ["identity": .string(id)]) == problem)
        }
    }

    @Test("listIdentities: one row that is not covered refuses the page; an empty page is for everybody")
    func list() throws {
        try scene.identity("other")
        let single = try scene.holder(of: "identity.\(id).read_identity")
        let nobody = try scene.holder(of: "api.*.read_api")
        let refused = try scene.identityRefusal("listIdentities", as: single)
        #expect(refused.kind == .insufficientPermissions && !refused.detail.contains("id_"))
        #expect(try scene.identityRefusal("listIdentities", as: nobody) == refused)
        let narrowed = try scene.identities("listIdentities", ["search": .string(id)], as: single)
        #expect(narrowed.array?.compactMap { $0["id"]?.string } == [id])
        #expect(try scene.identities("listIdentities", ["search": "nothing-like-it"], as: nobody) == [])
    }
}

@Suite struct IdentityListTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    @Test("a walk shows each identity once, by identifier, with its limits; a page that ends at the end has no cursor")
    func walk() throws {
        var ids: [String] = []
        for index in 0..<7 {
            ids.append(try scene.identity("acct-\(index)", [limit("exports", Int64(index + 1)), limit("aaa")]))
        }
        for size in [1, 3, 7, 100] {
            var seen: [JSONValue] = []
            var cursor: JSONValue? = ""
            while let from = cursor {
                let params: JSONValue = ["limit": .integer(Int64(size)), "cursor": from]
                let reply = try scene.bench.call("identities.listIdentities", params, as: scene.root)
                seen += reply["data"]?.array ?? []
                cursor = reply["pagination"]?["cursor"]
                #expect(reply["pagination"]?["hasMore"] == .boolean(cursor != nil))
            }
            #expect(seen.compactMap { $0["id"]?.string } == ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
            for row in seen {
                #expect(try scene.identities("getIdentity", ["identity": row["id"] ?? .null]) == row)
            }
        }
    }

    @Test("search is a literal piece of id or externalId without regard to case, trimmed, and goes with the cursor")
    func search() throws {
        let id = try scene.identity("Acct_1")
        try scene.identity("acctX1")
        func found(_ search: String) throws -> Int? {
            try scene.identities("listIdentities", ["search": .string(search)]).array?.count
        }
        #expect(try found("ACCT") == 2 && found("  acct_1\n") == 1 && found("%") == 0 && found("t_1") == 1)
        #expect(try found(id.uppercased()) == 1 && found(" \t") == 2 && found("\u{E9}") == 0)
        #expect(try found(String(repeating: "x", count: 256)) == 0)
        let long = try scene.identityRefusal(
            "listIdentities",
            ["search": .string(String(repeating: "x", count: 257))]
        )
        #expect(long.faults.map(\.location) == ["body.search"])
        let reply = try scene.bench.call("identities.listIdentities", ["search": "acct", "limit": 1], as: scene.root)
        let cursor = try #require(reply["pagination"]?["cursor"])
        let rest = try scene.identities("listIdentities", ["search": "acct", "cursor": cursor])
        #expect(rest.array?.count == 1)
    }
}
