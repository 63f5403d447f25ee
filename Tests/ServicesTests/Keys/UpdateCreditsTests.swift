import JSONSyntax
import ProtocolWire
import Testing

@Suite struct UpdateCreditsTests {
    private let scene: KeyScene

    init() throws {
        scene = try KeyScene()
    }

    private func key(_ remaining: Int64, _ refill: JSONValue? = nil) throws -> JSONValue {
        let credits: JSONValue = ["remaining": .integer(remaining)]
        return try scene.key(["credits": refill.map { credits.with("refill", $0) } ?? credits]).id
    }

    private func params(_ id: JSONValue, _ operation: String, _ value: JSONValue?) -> JSONValue {
        let params: JSONValue = ["keyId": id, "operation": .string(operation)]
        return value.map { params.with("value", $0) } ?? params
    }

    private func change(_ id: JSONValue, _ operation: String, _ value: JSONValue?) throws -> JSONValue {
        let reply = try scene.data("keys.updateCredits", params(id, operation, value))
        let shown = try scene.read(id)["credits"]
        if reply["remaining"] == .null { #expect(shown == nil) } else { #expect(shown == reply) }
        return reply
    }

    @Test("set: a number keeps the refill; null and nothing make the key unlimited and end the refill")
    func set() throws {
        let id = try key(3, KeyScene.monthly)
        #expect(try change(id, "set", 7) == ["remaining": 7, "refill": KeyScene.monthly])
        #expect(try change(id, "set", 0) == ["remaining": 0, "refill": KeyScene.monthly])
        #expect(try change(id, "set", .integer(1 << 53))["remaining"] == .integer(1 << 53))
        #expect(try change(id, "set", .null) == ["remaining": .null])
        #expect(try change(id, "set", 4) == ["remaining": 4], "the refill does not come back")
        #expect(try change(key(3, KeyScene.daily), "set", nil) == ["remaining": .null])
    }

    @Test("increment and decrement move the balance; a decrement stops at 0")
    func move() throws {
        let id = try key(3, KeyScene.daily)
        #expect(try change(id, "increment", 5) == ["remaining": 8, "refill": KeyScene.daily])
        #expect(try change(id, "decrement", 7) == ["remaining": 1, "refill": KeyScene.daily])
        #expect(try change(id, "decrement", 1)["remaining"] == 0)
        #expect(try change(id, "decrement", .integer(1 << 53))["remaining"] == 0)
        #expect(try change(id, "increment", .integer(1 << 53))["remaining"] == .integer(1 << 53))
        #expect(try scene.faults("keys.updateCredits", params(id, "increment", 1)) == ["body.value"], "above 2^53")
        #expect(try scene.read(id)["credits"]?["remaining"] == .integer(1 << 53))
    }

    @Test("increment and decrement need a value and a balance")
    func refused() throws {
        let (free, limited) = (try scene.key().id, try key(1))
        for operation in ["increment", "decrement"] {
            #expect(try scene.faults("keys.updateCredits", params(limited, operation, nil)) == ["body.value"])
            #expect(try scene.faults("keys.updateCredits", params(limited, operation, .null)) == ["body.value"])
            #expect(try scene.faults("keys.updateCredits", params(free, operation, 1)) == ["body.operation"])
            let problem = try scene.cleanRefusal("keys.updateCredits", params(free, operation, 1))
            #expect(problem.faults[0].message.contains("without limit"))
        }
    }

    @Test("bounds: value is 0 to 2^53, the operation one of three words, keyId any text of 3 code points and more")
    func bounds() throws {
        let id = try key(1)
        for value in [JSONValue.integer(-1), .integer(1 << 53 + 1), .number(0.5), "1"] {
            #expect(try scene.faults("keys.updateCredits", params(id, "set", value)) == ["body.value"])
        }
        for operation in ["Set", "", "add"] {
            #expect(try scene.faults("keys.updateCredits", params(id, operation, 1)) == ["body.operation"])
        }
        #expect(try scene.faults("keys.updateCredits", [:]) == ["body.keyId", "body.operation"])
        #expect(
            try scene.faults("keys.updateCredits", params("ab", "set", 1).with("x", 1)) == ["body.keyId", "body.x"]
        )
        for text in [JSONValue.string("a b"), KeyScene.text(3, of: "\u{1F511}"), KeyScene.text(300)] {
            #expect(try scene.refusal("keys.updateCredits", params(text, "set", 1)).kind == .keyNotFound)
        }
    }

    @Test("existence and permission come before the rules of the value")
    func order() throws {
        let free = try scene.key().id
        let weak = try scene.holder(of: ["api.*.read_key"])
        #expect(
            try scene.refusal("keys.updateCredits", params(free, "increment", nil), as: weak).kind
                == .insufficientPermissions
        )
        #expect(try scene.refusal("keys.updateCredits", params("key_none", "increment", nil)).kind == .keyNotFound)
    }

    @Test("a change is noted once, with one audit row; one that changes nothing is not")
    func audit() throws {
        let id = try key(3)
        let quiet = try scene.audited {
            for (operation, value) in [("set", 3), ("increment", 0), ("decrement", 0)] as [(String, JSONValue)] {
                _ = try change(id, operation, value)
            }
        }
        #expect(quiet.isEmpty)
        #expect(try scene.read(id)["updatedAt"] == nil)
        scene.bench.time += 5
        #expect(try scene.audited { _ = try change(id, "increment", 1) } == ["key.update \(id.string ?? "")"])
        #expect(try scene.read(id)["updatedAt"] == .integer(scene.bench.time))
    }
}
