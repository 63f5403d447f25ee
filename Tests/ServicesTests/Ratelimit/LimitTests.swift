import JSONSyntax
import ProtocolWire
import Testing

@Suite struct LimitTests {
    private func request(_ namespace: String, _ identifier: String = "team_7", limit: Int64 = 10, cost: Int64? = nil)
        -> JSONValue
    {
        LimitScene.request(namespace, identifier, limit: limit, cost: cost)
    }

    @Test("a passing call counts, a denied one is no error; cost 0 only looks")
    func counting() throws {
        let scene = try LimitScene()
        let reset: JSONValue = .integer(1_788_000_060_000)
        let first = try scene.limit(request("mail", limit: 2))
        #expect(first == ["success": true, "limit": 2, "remaining": 1, "reset": reset])
        #expect(try scene.limit(request("mail", limit: 2, cost: 0))["remaining"] == 1)
        #expect(try scene.limit(request("mail", limit: 2))["remaining"] == 0)
        let denied = try scene.limit(request("mail", limit: 2))
        #expect(denied == ["success": false, "limit": 2, "remaining": 0, "reset": reset])
        #expect(try scene.limit(request("mail", limit: 2, cost: 0))["success"] == true)
        #expect(try scene.limit(request("mail", "team_8", limit: 2))["remaining"] == 1)
    }

    @Test("the key of a counter is namespace, identifier and duration, not the limit; another workspace's is another")
    func counters() throws {
        let scene = try LimitScene()
        _ = try scene.limit(request("mail", limit: 10, cost: 4))
        #expect(try scene.limit(request("mail", limit: 6, cost: 0))["remaining"] == 2)
        #expect(try scene.limit(LimitScene.request("mail", duration: 60_001, cost: 0))["remaining"] == 10)
        #expect(try scene.limit(request("other", cost: 0))["remaining"] == 10)
        #expect(try scene.limit(request("mail", "Team_7", cost: 0))["remaining"] == 10)
        #expect(try scene.limit(request("mail", " team_7", cost: 0))["remaining"] == 10)
        let stranger = try scene.bench.rootKey(in: scene.bench.workspace(), ["*"]).secret
        #expect(try scene.limit(request("mail", cost: 0), as: stranger)["remaining"] == 10)
        #expect(try scene.namespaceCount() == 3)
    }

    @Test("limit, cost and remaining are exact over all of int64")
    func exactIntegers() throws {
        let scene = try LimitScene()
        let most = Int64.max
        #expect(try scene.limit(request("mail", limit: most, cost: most - 1))["remaining"] == 1)
        #expect(try scene.limit(request("mail", limit: most, cost: 2))["success"] == false)
        #expect(try scene.limit(request("mail", limit: most))["limit"] == .integer(most))
        #expect(try scene.limit(request("mail", limit: most, cost: most))["success"] == false)
    }

    @Test("a namespace comes into being on first use, named exactly as sent, with one audit row of the same request")
    func firstUse() throws {
        let scene = try LimitScene()
        for name in ["mail", "rlns_looksLikeAnId", " ", "\u{0}", "e\u{301}", "é"] { _ = try scene.limit(request(name)) }
        _ = try scene.limit(request("mail"))
        #expect(try scene.namespaceCount() == 6)
        #expect(try scene.bench.events().count { $0 == "ratelimitNamespace.create" } == 6)
    }

    @Test("by name and by identifier it is one namespace with one set of counters; the identifier wins")
    func nameAndIdentifier() throws {
        let scene = try LimitScene()
        let id = try scene.namespaces("mail")[0]
        _ = try scene.limit(request("mail", cost: 3))
        #expect(try scene.limit(request(id))["remaining"] == 6)
        #expect(try scene.limit(request("mail"))["remaining"] == 5)
        #expect(try scene.namespaceCount() == 1)
        // Another workspace's identifier is only a name here.
        let stranger = try scene.bench.rootKey(in: scene.bench.workspace(), ["*"]).secret
        #expect(try scene.limit(request(id), as: stranger)["remaining"] == 9)
        #expect(try scene.namespaceCount() == 2)
    }

    @Test(
        "order: 403 for creation, 403 for a new namespace without ratelimit.*.limit, 410, 403; a refusal makes nothing"
    )
    func order() throws {
        let scene = try LimitScene()
        let ids = try scene.namespaces("mail", "gone")
        try scene.deleteNamespace("gone")
        let limiter = try scene.key("ratelimit.*.limit")
        let creator = try scene.key("ratelimit.*.create_namespace", "ratelimit.\(ids[0]).limit")
        let nobody = try scene.key()
        func refusal(_ name: String, _ key: String) throws -> Problem {
            try scene.refusal("ratelimit.limit", request(name), as: key)
        }
        let uncreated = try refusal("new", limiter)
        #expect(uncreated.kind == .insufficientPermissions)
        #expect(uncreated.detail == "Missing permission: 'ratelimit.*.create_namespace'")
        #expect(try refusal("new", nobody) == uncreated)
        #expect(try refusal("new", creator).detail == "Missing permission: 'ratelimit.*.limit'")
        #expect(try scene.namespaceCount() == 2)
        for name in ["gone", ids[1]] {
            for key in [scene.owner, nobody] { #expect(try refusal(name, key).kind == .ratelimitNamespaceGone) }
        }
        let forbidden = try refusal("mail", nobody)
        #expect(forbidden.kind == .insufficientPermissions)
        #expect(forbidden.detail == "Missing permission: 'ratelimit.*.limit' or 'ratelimit.\(ids[0]).limit'")
        #expect(try scene.limit(request("mail"), as: creator)["success"] == true)
        #expect(try scene.limit(request("mail"), as: limiter)["success"] == true)
        #expect(try refusal("mail", scene.key("ratelimit.\(ids[1]).limit")).kind == .insufficientPermissions)
    }

    @Test("a 400 creates no namespace and counts nothing")
    func badInput() throws {
        let scene = try LimitScene()
        for request in [
            request(""), request(String(repeating: "n", count: 513)), request("mail", ""), request("mail", limit: 0),
            request("mail", cost: -1), LimitScene.request("mail", duration: 999),
            LimitScene.request("mail", duration: 2_592_000_001),
        ] {
            #expect(try scene.refusal("ratelimit.limit", request, as: scene.owner).kind == .invalidInput)
        }
        #expect(try scene.namespaceCount() == 0)
        for duration in [1_000, 2_592_000_000] as [Int64] {
            let longest = String(repeating: "é", count: 512)
            let data = try scene.limit(LimitScene.request(longest, longest, limit: 1, duration: duration))
            #expect(data["success"] == true)
        }
    }

    @Test("deleteNamespace is soft: limiting answers 410, overrides 404, a repeat 404, and the name stays taken")
    func deletion() throws {
        let scene = try LimitScene()
        try scene.override("a", in: try scene.namespaces("mail")[0], limit: 3)
        try scene.deleteNamespace("mail")
        #expect(try scene.refusal("ratelimit.limit", request("mail"), as: scene.owner).kind == .ratelimitNamespaceGone)
        let target: JSONValue = ["namespace": "mail", "identifier": "a"]
        for method in ["ratelimit.getOverride", "ratelimit.deleteOverride"] {
            #expect(try scene.refusal(method, target, as: scene.owner).kind == .ratelimitNamespaceNotFound)
        }
        let list = try scene.refusal("ratelimit.listOverrides", ["namespace": "mail"], as: scene.owner)
        #expect(list.kind == .ratelimitNamespaceNotFound)
        let repeated = #expect(throws: Problem.self) { try scene.deleteNamespace("mail") }
        #expect(repeated?.kind == .ratelimitNamespaceNotFound)
        #expect(try scene.bench.events().suffix(1) == ["ratelimitNamespace.delete"])
    }
}
