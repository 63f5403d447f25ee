import JSONSyntax
import Testing

@testable import Domain

/// Refills, with the time given (`keys.md` §14).
@Suite struct RefillTests {
    private static let day: Int64 = 86_400_000

    /// The first millisecond of a day, UTC.
    private func midnight(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        CivilDate(year: year, month: month, day: day).daysSinceEpoch * Self.day
    }

    /// A scene at a time, with a key that is filled up.
    private func scene(
        at time: Int64,
        _ refill: JSONValue,
        remaining: Int64 = 3,
        _ settings: JSONValue = [:]
    ) throws -> (VerifyScene, IssuedKey) {
        let scene = try VerifyScene()
        scene.bench.time = time
        let credits: JSONValue = ["credits": ["remaining": .integer(remaining), "refill": refill]]
        return (scene, try scene.key(VerifyScene.joined(credits, settings)))
    }

    private func refill(_ scene: VerifyScene, at time: Int64, _ key: IssuedKey) throws -> JSONValue? {
        scene.bench.time = time
        try scene.bench.refillCredits()
        return try scene.balance(key)
    }

    private let daily: JSONValue = ["interval": "daily", "amount": 10]

    @Test("daily: at 00:00 UTC every day, not before and not at creation; the balance becomes the amount")
    func everyDay() throws {
        let noon = midnight(2027, 3, 1) + Self.day / 2
        let (scene, key) = try scene(at: noon, daily)
        #expect(try refill(scene, at: noon, key) == 3)
        #expect(try refill(scene, at: midnight(2027, 3, 2) - 1, key) == 3)
        #expect(try refill(scene, at: midnight(2027, 3, 2), key) == 10)
        #expect(try scene.verify(key)["credits"] == 9, "memory sees it")
        #expect(try refill(scene, at: midnight(2027, 3, 2) + 1, key) == 9, "never twice for one date")
        #expect(try refill(scene, at: midnight(2027, 3, 3) - 1, key) == 9)
        #expect(try refill(scene, at: midnight(2027, 3, 3), key) == 10)
    }

    @Test("a schedule that is set at midnight itself is not due before the next")
    func setAtMidnight() throws {
        let start = midnight(2027, 3, 1)
        let (scene, key) = try scene(at: start, daily)
        #expect(try refill(scene, at: start, key) == 3)
        #expect(try refill(scene, at: start + Self.day - 1, key) == 3)
        #expect(try refill(scene, at: start + Self.day, key) == 10)
    }

    @Test(
        "monthly: on its day, in a shorter month on the last one",
        arguments: [
            (31, 2027, [(1, 31), (2, 28), (3, 31), (4, 30), (5, 31)]), (31, 2028, [(1, 31), (2, 29), (3, 31)]),
            (30, 2027, [(1, 30), (2, 28), (3, 30)]), (29, 2028, [(1, 29), (2, 29), (3, 29)]),
            (1, 2027, [(2, 1), (3, 1)]), (15, 2027, [(1, 15), (2, 15), (12, 15)]),
        ] as [(Int64, Int64, [(Int64, Int64)])]
    )
    func monthly(day: Int64, year: Int64, dates: [(Int64, Int64)]) throws {
        let monthly: JSONValue = ["interval": "monthly", "amount": 10, "refillDay": .integer(day)]
        let (scene, key) = try scene(at: midnight(year, 1, 1) + 1, monthly)
        for (month, date) in dates {
            let due = midnight(year, month, date)
            let before = try #require(try refill(scene, at: due - 1, key))
            #expect(try refill(scene, at: due - 1, key) == before)
            #expect(try scene.verify(key, ["credits": ["cost": 2]])["valid"] == true)
            #expect(try refill(scene, at: due, key) == 10, "\(month)-\(date)")
            #expect(try scene.verify(key)["credits"] == 9)
            #expect(try refill(scene, at: due + 1, key) == 9)
        }
    }

    @Test("what came due several times while nobody served is done once")
    func catchUp() throws {
        let (scene, key) = try scene(at: midnight(2027, 3, 1), daily)
        let back = midnight(2027, 3, 20) + 5
        #expect(try refill(scene, at: back, key) == 10)
        #expect(try scene.verify(key)["credits"] == 9)
        #expect(try refill(scene, at: back + 1_000, key) == 9)
        #expect(try refill(scene, at: midnight(2027, 3, 21), key) == 10)
    }

    @Test("a clock that goes back gives no refill again, and none until it is where it was")
    func clockBack() throws {
        let (scene, key) = try scene(at: midnight(2027, 3, 1), daily)
        #expect(try refill(scene, at: midnight(2027, 3, 5), key) == 10)
        #expect(try scene.verify(key)["credits"] == 9)
        for time in [midnight(2027, 3, 5) - 1, midnight(2027, 3, 2), midnight(2027, 3, 5), 0] {
            #expect(try refill(scene, at: time, key) == 9)
        }
        #expect(try refill(scene, at: midnight(2027, 3, 6), key) == 10)
    }

    @Test("a higher balance is left alone, and its date is done with")
    func higher() throws {
        let (scene, key) = try scene(at: midnight(2027, 3, 1), daily, remaining: 25)
        #expect(try refill(scene, at: midnight(2027, 3, 2), key) == 25)
        #expect(try scene.verify(key, ["credits": ["cost": 20]])["credits"] == 5)
        #expect(try refill(scene, at: midnight(2027, 3, 2) + 1, key) == 5, "not twice for one date")
        #expect(try refill(scene, at: midnight(2027, 3, 3), key) == 10)
    }

    @Test("keys that are disabled, expired, or wait for their migration are filled up, too")
    func allKeys() throws {
        for settings in [["enabled": false], ["expires": 1]] as [JSONValue] {
            let (scene, key) = try scene(at: midnight(2027, 3, 1), daily, settings)
            #expect(try refill(scene, at: midnight(2027, 3, 2), key) == 10)
        }
    }

    @Test("a deleted key and one of a deleted API are not filled up: restored, they have what they had")
    func deletedKeys() throws {
        for type in ["key", "api"] {
            let (scene, key) = try scene(at: midnight(2027, 3, 1), daily)
            let id = type == "key" ? key.id : scene.api
            try scene.data(type == "key" ? "keys.deleteKey" : "apis.deleteApi", ["\(type)Id": id])
            scene.bench.time = midnight(2027, 3, 2)
            try scene.bench.refillCredits()
            let params: JSONValue = ["workspaceId": .string(scene.workspace), "type": .string(type), "id": id]
            _ = try scene.bench.operate("trash.restoreItem", params)
            #expect(try refill(scene, at: midnight(2027, 3, 2) + 1, key) == 3, "\(type)")
            #expect(try refill(scene, at: midnight(2027, 3, 3), key) == 10, "\(type)")
        }
    }

    @Test("a schedule that is taken away is not due any more; a new one begins when it is set")
    func changedSchedule() throws {
        let (scene, key) = try scene(at: midnight(2027, 3, 1), daily)
        try scene.update(key, ["credits": ["refill": .null]])
        #expect(try refill(scene, at: midnight(2027, 3, 2), key) == 3)
        try scene.update(key, ["credits": ["refill": ["interval": "daily", "amount": 7]]])
        #expect(try refill(scene, at: midnight(2027, 3, 2), key) == 3)
        #expect(try refill(scene, at: midnight(2027, 3, 3), key) == 7)
        let set: JSONValue = ["keyId": key.id, "operation": "set", "value": 1]
        try scene.data("keys.updateCredits", set)
        #expect(try refill(scene, at: midnight(2027, 3, 3) + 1, key) == 1, "the schedule goes on")
        #expect(try refill(scene, at: midnight(2027, 3, 4), key) == 7)
        try scene.update(key, ["credits": .null])
        #expect(try refill(scene, at: midnight(2027, 3, 5), key) == nil)
    }

    @Test("balances are filled up a few at a time until none is due, each with an audit row")
    func batches() throws {
        let (scene, _) = try scene(at: midnight(2027, 3, 1), daily)
        let keys = try (0..<9).map { _ in try scene.key(["credits": ["remaining": 1, "refill": daily]]) }
        scene.bench.time = midnight(2027, 3, 2)
        for _ in 0..<3 { try scene.bench.refillCredits(most: 4) }
        #expect(try keys.map { try scene.balance($0) }.allSatisfy { $0 == 10 })
        #expect(try scene.bench.events().count { $0 == "key.refill" } == 10)
    }
}
