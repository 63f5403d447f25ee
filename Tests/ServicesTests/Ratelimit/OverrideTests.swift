import JSONSyntax
import ProtocolWire
import Testing

@Suite struct OverrideTests {
    private func applied(_ scene: LimitScene, _ identifier: String) throws -> JSONValue? {
        try scene.limit(LimitScene.request("mail", identifier, limit: 99, cost: 0))["overrideId"]
    }

    private func scene() throws -> LimitScene {
        let scene = try LimitScene()
        _ = try scene.namespaces("mail")
        return scene
    }

    private func target(_ identifier: String) -> JSONValue { ["namespace": "mail", "identifier": .string(identifier)] }

    @Test(
        "an equal identifier comes first, then the pattern with the most characters, among equals the oldest, else none"
    )
    func precedence() throws {
        let scene = try scene()
        let any = try scene.override("*", in: "mail", limit: 1)
        let older = try scene.override("team_*", in: "mail", limit: 2)
        let longest = try scene.override("*team_7", in: "mail", limit: 3)
        let newer = try scene.override("*am_*7", in: "mail", limit: 4)
        let exact = try scene.override("team_9", in: "mail", limit: 5)
        #expect(try applied(scene, "team_9") == exact)
        #expect(try applied(scene, "team_7") == longest)
        #expect(try applied(scene, "team_8") == older)
        #expect(try applied(scene, "xam_7") == newer)
        #expect(try applied(scene, "team_*") == older, "a pattern's own text is equal to it")
        #expect(try applied(scene, "Team_8") == any)
        #expect(try applied(scene, "a\nb") == nil)
    }

    @Test("among patterns of one length the oldest applies, also when it is set again")
    func oldest() throws {
        let scene = try scene()
        let first = try scene.override("*b", in: "mail", limit: 1)
        let second = try scene.override("a*", in: "mail", limit: 2)
        #expect(try applied(scene, "ab") == first)
        #expect(try scene.override("*b", in: "mail", limit: 7) == first)
        #expect(try applied(scene, "ab") == first)
        _ = try scene.bench.call("ratelimit.deleteOverride", target("*b"), as: scene.owner)
        #expect(try applied(scene, "ab") == second)
        _ = try scene.override("*b", in: "mail", limit: 1)
        #expect(try applied(scene, "ab") == second)
    }

    @Test("an override replaces limit and duration; identifiers under a pattern do not share a counter")
    func replaces() throws {
        let scene = try scene()
        let id = try scene.override("team_*", in: "mail", limit: 3, duration: 3_600_000)
        let data = try scene.limit(LimitScene.request("mail", "team_1", limit: 1, duration: 1_000, cost: 2))
        let hour: Int64 = 3_600_000
        let reset = (scene.bench.time / hour + 1) * hour
        #expect(data == ["success": true, "limit": 3, "remaining": 1, "reset": .integer(reset), "overrideId": id])
        #expect(try scene.limit(LimitScene.request("mail", "team_2"))["remaining"] == 2)
    }

    @Test("an override of 0 blocks, also a cost of 0")
    func block() throws {
        let scene = try scene()
        try scene.override("bad", in: "mail", limit: 0)
        for cost in [0, 1] as [Int64] {
            let data = try scene.limit(LimitScene.request("mail", "bad", cost: cost))
            #expect(data["success"] == false && data["limit"] == 0 && data["remaining"] == 0)
        }
    }

    @Test("limit and duration take all of int64 from 0 and 1,000 up, and the end of such a window is a time")
    func greatValues() throws {
        let scene = try scene()
        try scene.override("a", in: "mail", limit: .max, duration: .max)
        let data = try scene.limit(LimitScene.request("mail", "a"))
        #expect(data["limit"] == .integer(.max) && data["reset"] == .integer(.max))
        #expect(data["remaining"] == .integer(.max - 1))
        for (limit, duration) in [(-1, 1_000), (0, 999)] as [(Int64, Int64)] {
            let params: JSONValue = [
                "namespace": "mail", "identifier": "a", "limit": .integer(limit), "duration": .integer(duration),
            ]
            #expect(try scene.refusal("ratelimit.setOverride", params, as: scene.owner).kind == .invalidInput)
        }
        try scene.override("b", in: "mail", limit: 0, duration: 1_000)
    }

    @Test(
        "set: replaced in place under the same id, nothing written where no value differs, active again after a delete"
    )
    func set() throws {
        let scene = try scene()
        let id = try scene.override("a", in: "mail", limit: 1)
        #expect(try scene.override("a", in: "mail", limit: 1) == id)
        #expect(try scene.override("a", in: "mail", limit: 2, duration: 5_000) == id)
        #expect(try scene.bench.events().count { $0 == "ratelimit.set_override" } == 2)
        #expect(try scene.limit(LimitScene.request("mail", "a"))["limit"] == 2)
        _ = try scene.bench.call("ratelimit.deleteOverride", target("a"), as: scene.owner)
        let again = try scene.override("a", in: "mail", limit: 4)
        #expect(try applied(scene, "a") == again)
        let list = try scene.bench.call("ratelimit.listOverrides", ["namespace": "mail"], as: scene.owner)
        #expect(list["data"]?.array?.count == 1)
    }

    @Test("a counter stays when an override comes, changes or goes")
    func countersStay() throws {
        let scene = try scene()
        _ = try scene.limit(LimitScene.request("mail", "a", cost: 4))
        try scene.override("a", in: "mail", limit: 6)
        #expect(try scene.limit(LimitScene.request("mail", "a"))["remaining"] == 1)
        _ = try scene.bench.call("ratelimit.deleteOverride", target("a"), as: scene.owner)
        #expect(try scene.limit(LimitScene.request("mail", "a"))["remaining"] == 4)
    }

    @Test("get finds exactly the identifier, and nothing is there for who may not read it, to the word")
    func get() throws {
        let scene = try scene()
        let id = try scene.override("team_*", in: "mail", limit: 50)
        let data = try scene.bench.call("ratelimit.getOverride", target("team_*"), as: scene.owner)["data"]
        #expect(data == ["overrideId": id, "identifier": "team_*", "limit": 50, "duration": 60_000])
        let missing = try scene.refusal("ratelimit.getOverride", target("team_9"), as: scene.owner)
        #expect(missing.kind == .ratelimitOverrideNotFound)
        let hidden = try scene.refusal("ratelimit.getOverride", target("team_*"), as: scene.key())
        #expect(hidden.kind == .ratelimitOverrideNotFound)
        let other = try scene.refusal("ratelimit.getOverride", target("team_*"), as: scene.key("ratelimit.*.limit"))
        #expect(other == hidden)
        #expect(
            hidden.detail.replacing("team_*", with: "")
                == missing.detail.replacing("team_9", with: ""),
            "only what was sent differs"
        )
        let namespace = try scene.namespaces("mail")[0]
        for permission in [
            "ratelimit.*.read_override", "ratelimit.\(namespace).read_override",
            "unkey:v1:\(scene.workspace):ratelimits/**#read_override",
            "unkey:v1:\(scene.workspace):ratelimits/namespaces/*/overrides/*#read_override",
        ] {
            let reader = try scene.key(permission)
            #expect(try scene.bench.call("ratelimit.getOverride", target("team_*"), as: reader)["data"] == data)
        }
    }

    @Test("list: by id, paged, without deleted ones, 10 to a page unless said")
    func list() throws {
        let scene = try scene()
        let ids = try (0..<12).map { try scene.override("a\($0)", in: "mail", limit: 1).string ?? "" }.sorted()
        let page = try scene.bench.call("ratelimit.listOverrides", ["namespace": "mail"], as: scene.owner)
        #expect(page["data"]?.array?.map { $0["overrideId"]?.string } == Array(ids.prefix(10)))
        #expect(page["pagination"] == ["hasMore": true, "cursor": .string(ids[10])])
        let rest = try scene.bench.call(
            "ratelimit.listOverrides",
            ["namespace": "mail", "cursor": .string(ids[10])],
            as: scene.owner
        )
        #expect(rest["data"]?.array?.map { $0["overrideId"]?.string } == Array(ids.suffix(2)))
        #expect(rest["pagination"] == ["hasMore": false])
    }

    @Test("delete takes the pattern's own text, never an identifier that it matches; a repeat is 404")
    func delete() throws {
        let scene = try scene()
        try scene.override("team_*", in: "mail", limit: 1)
        let matched = try scene.refusal("ratelimit.deleteOverride", target("team_7"), as: scene.owner)
        #expect(matched.kind == .ratelimitOverrideNotFound)
        #expect(try scene.bench.call("ratelimit.deleteOverride", target("team_*"), as: scene.owner)["data"] == [:])
        #expect(try applied(scene, "team_7") == nil)
        let repeated = try scene.refusal("ratelimit.deleteOverride", target("team_*"), as: scene.owner)
        #expect(repeated.kind == .ratelimitOverrideNotFound)
        #expect(try scene.bench.events().suffix(1) == ["ratelimit.delete_override"])
    }

    @Test("set, list and delete: 404 for a missing, deleted or foreign namespace, then 403, then the override")
    func order() throws {
        let scene = try scene()
        let nobody = try scene.key()
        let stranger = try scene.bench.rootKey(in: scene.bench.workspace(), ["*"]).secret
        let calls: [(String, JSONValue)] = [
            ("ratelimit.setOverride", ["identifier": "a", "limit": 1, "duration": 1_000]),
            ("ratelimit.deleteOverride", ["identifier": "a"]), ("ratelimit.listOverrides", [:]),
        ]
        for (method, params) in calls {
            func refusal(_ namespace: String, _ key: String) throws -> ErrorKind {
                let named = JSONValue.object(
                    (params.object ?? []) + [JSONValue.Member(name: "namespace", value: .string(namespace))]
                )
                return try scene.refusal(method, named, as: key).kind
            }
            #expect(try refusal("missing", nobody) == .ratelimitNamespaceNotFound)
            #expect(try refusal("mail", stranger) == .ratelimitNamespaceNotFound)
            #expect(try refusal("mail", nobody) == .insufficientPermissions)
        }
        #expect(try scene.namespaceCount() == 1, "overrides make no namespace")
    }
}
