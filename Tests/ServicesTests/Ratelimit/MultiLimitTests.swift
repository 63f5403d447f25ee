import JSONSyntax
import ProtocolWire
import Testing

@Suite struct MultiLimitTests {
    private func item(_ namespace: String, _ identifier: String = "team_7", limit: Int64 = 10, cost: Int64? = nil)
        -> JSONValue
    {
        LimitScene.request(namespace, identifier, limit: limit, cost: cost)
    }

    private func remaining(_ data: JSONValue) -> [Int64?] {
        (data["limits"]?.array ?? []).map { $0["remaining"]?.integer }
    }

    private func passed(_ data: JSONValue) -> [Bool?] { (data["limits"]?.array ?? []).map { $0["passed"]?.boolean } }

    @Test("all pass: each is counted, in the order of the request; namespace and identifier come back as sent")
    func allPass() throws {
        let scene = try LimitScene()
        let id = try scene.namespaces("mail")[0]
        let data = try scene.multiLimit(item(id, "a", cost: 2), item("bytes", "b", limit: 5))
        #expect(data["passed"] == true)
        #expect(remaining(data) == [8, 4] && passed(data) == [true, true])
        #expect(data["limits"]?.array?.first?["namespace"] == .string(id))
        #expect(data["limits"]?.array?.last?["identifier"] == "b")
        #expect(data["limits"]?.array?.first?["success"] == nil)
        #expect(try scene.limit(item("mail", "a", cost: 0))["remaining"] == 8)
    }

    @Test("any is denied: every counter is as it was, and each item still tells its own result")
    func rollBack() throws {
        let scene = try LimitScene()
        _ = try scene.limit(item("mail", cost: 1))
        let data = try scene.multiLimit(
            item("mail", limit: 3),
            item("bytes", limit: 1_000, cost: 1_200),
            item("mail", "other", cost: 0)
        )
        #expect(data["passed"] == false)
        #expect(passed(data) == [true, false, true])
        #expect(remaining(data) == [2, 0, 10])
        #expect(try scene.limit(item("mail", limit: 3, cost: 0))["remaining"] == 2)
        #expect(try scene.limit(item("bytes", limit: 1_000, cost: 1_000))["remaining"] == 0)
    }

    @Test("a second item on the same counter sees the first, by name or by identifier")
    func sameCounter() throws {
        let scene = try LimitScene()
        let id = try scene.namespaces("mail")[0]
        #expect(remaining(try scene.multiLimit(item("mail", cost: 3), item(id, cost: 3))) == [7, 4])
        let over = try scene.multiLimit(item("mail", cost: 3), item(id, cost: 3))
        #expect(passed(over) == [true, false])
        // 4 are left, and the item that fits is told so.
        #expect(remaining(over) == [4, 0])
        #expect(try scene.limit(item("mail", cost: 4))["remaining"] == 0)
    }

    @Test("an override applies to its item, and is named there only")
    func overrides() throws {
        let scene = try LimitScene()
        let id = try scene.namespaces("mail", "bytes")[0]
        let override = try scene.override("team_*", in: id, limit: 2)
        let data = try scene.multiLimit(item("mail"), item("bytes"))
        #expect(data["limits"]?.array?.map { $0["overrideId"] } == [override, nil])
        #expect(data["limits"]?.array?.map { $0["limit"] } == [2, 10])
    }

    @Test("order: 403 for creation, 403 for limiting, then 410; a refused batch makes no namespace")
    func order() throws {
        let scene = try LimitScene()
        let ids = try scene.namespaces("mail", "gone")
        try scene.deleteNamespace("gone")
        let batch: JSONValue = [item("new"), item("gone"), item("mail")]
        func refusal(_ batch: JSONValue, _ permissions: String...) throws -> Problem {
            let key = try scene.bench.rootKey(in: scene.workspace, permissions).secret
            return try scene.refusal("ratelimit.multiLimit", batch, as: key)
        }
        let uncreated = try refusal(batch, "ratelimit.*.limit")
        #expect(uncreated.detail == "Missing permission: 'ratelimit.*.create_namespace'")
        let scoped = ids.map { "ratelimit.\($0).limit" }
        #expect(
            try refusal(batch, "ratelimit.*.create_namespace", scoped[0], scoped[1]).detail
                == "Missing permission: 'ratelimit.*.limit'"
        )
        #expect(try refusal([item("gone"), item("mail")], scoped[1]).kind == .insufficientPermissions)
        #expect(try refusal([item("gone"), item("mail")], scoped[0]).kind == .insufficientPermissions)
        #expect(try refusal([item("gone"), item("mail")], scoped[0], scoped[1]).kind == .ratelimitNamespaceGone)
        #expect(try refusal(batch, "*").kind == .ratelimitNamespaceGone)
        #expect(try scene.namespaceCount() == 2)
    }

    @Test("several new namespaces are made at once, each once")
    func creation() throws {
        let scene = try LimitScene()
        let data = try scene.multiLimit(item("a"), item("b"), item("a", "other"), item("c"))
        #expect(passed(data) == [true, true, true, true])
        #expect(try scene.namespaceCount() == 3)
        #expect(Set(try scene.bench.requests(of: 3)).count == 1)
    }

    @Test("1 to 100 items: the fault of their number is at the body, that of an item inside")
    func faults() throws {
        let scene = try LimitScene()
        func locations(_ params: JSONValue) throws -> [String] {
            try scene.refusal("ratelimit.multiLimit", params, as: scene.owner).faults.map(\.location)
        }
        #expect(try locations([]) == ["body"])
        #expect(try locations(.array(Array(repeating: item("a"), count: 101))) == ["body"])
        #expect(try locations([:]) == ["body"])
        #expect(
            try locations([item("a"), item("a", limit: 0), ["namespace": "a", "colour": 1], 5])
                == [
                    "body[1].limit", "body[2].colour", "body[2].identifier", "body[2].limit", "body[2].duration",
                    "body[3]",
                ]
        )
        let most = (0..<100).map { item("a", "\($0)") }
        #expect(try scene.bench.call("ratelimit.multiLimit", .array(most), as: scene.owner)["data"]?["passed"] == true)
    }
}
