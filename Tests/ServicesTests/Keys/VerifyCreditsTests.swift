import JSONSyntax
import Testing

/// Credits of a verification (`keys.md` §13.5).
@Suite struct VerifyCreditsTests {
    @Test("a key without limit spends nothing, whatever the cost, and shows no credits")
    func unlimited() throws {
        let scene = try VerifyScene()
        let key = try scene.key()
        for cost in [0, 1, 1_000_000_000_000] as [Int64] {
            let data = try scene.verify(key, ["credits": ["cost": .integer(cost)]])
            #expect(data["code"] == "VALID" && data["credits"] == nil)
        }
        #expect(try scene.code(scene.key(["credits": ["remaining": .null]])) == "VALID")
        #expect(try scene.balance(key) == nil)
    }

    @Test("a verification costs one credit unless it says otherwise, and shows and stores what is left")
    func spending() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["credits": ["remaining": 10]])
        let requests: [(JSONValue, JSONValue)] = [
            ([:], 9), (["credits": [:]], 8), (["credits": ["cost": 3]], 5), (["credits": ["cost": 0]], 5),
            (["credits": ["cost": 5]], 0),
        ]
        for (params, left) in requests {
            #expect(try scene.verify(key, params)["credits"] == left)
            #expect(try scene.balance(key) == left)
        }
    }

    @Test("too small a balance is left alone and shown as it is: 5 left, cost 15, credits 5")
    func short() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["credits": ["remaining": 5]])
        for cost in [15, 6] as [Int64] {
            let data = try scene.verify(key, ["credits": ["cost": .integer(cost)]])
            #expect(data["code"] == "USAGE_EXCEEDED" && data["valid"] == false && data["credits"] == 5)
        }
        #expect(try scene.balance(key) == 5)
        #expect(try scene.verify(key, ["credits": ["cost": 5]])["credits"] == 0)
        #expect(try scene.verify(key)["code"] == "USAGE_EXCEEDED")
        let look = try scene.verify(key, ["credits": ["cost": 0]])
        #expect(look["code"] == "VALID" && look["credits"] == 0, "cost 0 passes at 0, too")
    }

    @Test("a change of the credits discards the running balance: the next verification starts from it")
    func changed() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["credits": ["remaining": 10]])
        #expect(try scene.verify(key)["credits"] == 9)
        try scene.update(key, ["credits": ["remaining": 3]])
        #expect(try scene.verify(key)["credits"] == 2)
        let move: JSONValue = ["keyId": key.id, "operation": "increment", "value": 5]
        #expect(try scene.data("keys.updateCredits", move)["remaining"] == 7)
        #expect(try scene.verify(key)["credits"] == 6)
        try scene.update(key, ["credits": .null])
        #expect(try scene.verify(key)["credits"] == nil)
        try scene.update(key, ["credits": ["remaining": 0]])
        #expect(try scene.verify(key)["code"] == "USAGE_EXCEEDED")
        try scene.update(key, ["name": "other"])
        #expect(try scene.verify(key)["credits"] == 0)
    }

    @Test("the most credits there can be are spent exactly")
    func most() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["credits": ["remaining": .integer(1 << 53)]])
        #expect(try scene.verify(key)["credits"] == .integer((1 << 53) - 1))
        let data = try scene.verify(key, ["credits": ["cost": 1_000_000_000_000]])
        #expect(data["credits"] == .integer((1 << 53) - 1 - 1_000_000_000_000))
    }

    @Test("spending is no change of the settings: it leaves no updatedAt")
    func updatedAt() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["credits": ["remaining": 10]])
        #expect(try scene.code(key) == "VALID")
        #expect(try scene.data("keys.getKey", ["keyId": key.id])["updatedAt"] == nil)
    }
}
