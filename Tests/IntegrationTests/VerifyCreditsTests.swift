import Foundation
import Synchronization
import Testing

extension Programs {
    /// Credits from outside: exact under concurrency, and across crashes.
    @Suite struct VerifyCreditsTests {
        @Test("of N concurrent callers exactly as many pass as there are credits, each with a balance of its own")
        func exactCredits() throws {
            try withDaemon { daemon in
                let setting = try VerifyScene(daemon)
                let (id, secret) = try setting.key(["credits": ["remaining": 500]])
                let replies = try concurrently(32) { _ in
                    let client = try setting.connect()
                    return try (0..<25).map { _ in try client.data("keys.verifyKey", ["key": secret]) }
                }
                let passed = replies.map { $0.filter { $0["code"] == "VALID" }.compactMap { $0["credits"]?.integer } }
                #expect(passed.flatMap { $0 }.sorted() == Array(0..<500), "each balance is told once")
                #expect(passed.allSatisfy { $0 == $0.sorted(by: >) }, "no connection sees it rise")
                let refused = replies.flatMap { $0 }.filter { $0["code"] != "VALID" }
                #expect(refused.allSatisfy { $0["code"] == "USAGE_EXCEEDED" && $0["credits"] == 0 })
                #expect(try setting.balance(id) == 0)
            }
        }

        @Test("what is pipelined on one connection is spent one by one, too")
        func pipelined() throws {
            try withDaemon { daemon in
                let setting = try VerifyScene(daemon)
                let (_, secret) = try setting.key(["credits": ["remaining": 100]])
                for id in 0..<150 as Range<Int64> {
                    try setting.client.send("keys.verifyKey", ["key": secret], id: .integer(id))
                }
                let replies = try (0..<150).map { _ in try setting.client.receive() }
                let left = replies.filter { $0.data?["valid"] == true }.compactMap { $0.data?["credits"]?.integer }
                #expect(left.sorted() == Array(0..<100))
                #expect(Set(replies.compactMap { $0.id?.integer }).count == 150)
            }
        }

        @Test("spends, increments and sets at once: the balance is never negative, and in the end what the replies say")
        func mixedWithChanges() throws {
            try withDaemon { daemon in
                let setting = try VerifyScene(daemon)
                let (id, secret) = try setting.key(["credits": ["remaining": 200]])
                let spent = try concurrently(16) { index in
                    let client = try setting.connect()
                    var spent: Int64 = 0
                    for call in 0..<40 as Range<Int64> {
                        if index < 2 {
                            let params: JSON = ["keyId": id, "operation": "increment", "value": .integer(call % 3)]
                            let left = try client.data("keys.updateCredits", params)["remaining"]?.integer ?? -1
                            #expect(left >= 0)
                            spent -= call % 3
                        } else {
                            let params: JSON = ["key": secret, "credits": ["cost": .integer(call % 4)]]
                            let data = try client.data("keys.verifyKey", params)
                            #expect((data["credits"]?.integer ?? -1) >= 0)
                            if data["valid"] == true { spent += call % 4 }
                        }
                    }
                    return spent
                }
                #expect(try setting.balance(id) == 200 - spent.reduce(0, +))
            }
        }

        @Test("a set in the midst of spends begins anew: from its reply on, no verification sees the old balance")
        func mixedWithSets() throws {
            try withDaemon { daemon in
                let setting = try VerifyScene(daemon)
                let (id, secret) = try setting.key(["credits": ["remaining": 1_000_000]])
                let isOver = Mutex(false)
                let threads = DispatchGroup()
                let balances = Mutex<[Int64]>([])
                for _ in 0..<8 {
                    let client = try setting.connect()
                    threads.enter()
                    Thread {
                        defer { threads.leave() }
                        while !isOver.withLock({ $0 }) {
                            guard let data = try? client.data("keys.verifyKey", ["key": secret]) else { return }
                            if let left = data["credits"]?.integer { balances.withLock { $0.append(left) } }
                        }
                    }.start()
                }
                // Each set is far below the one before, so a balance of an older one would show.
                for round in 0..<50 as Range<Int64> {
                    let top = 1_000_000 - (round + 1) * 10_000
                    let set: JSON = ["keyId": id, "operation": "set", "value": .integer(top)]
                    try setting.client.data("keys.updateCredits", set)
                    let left = try setting.client.data("keys.verifyKey", ["key": secret])["credits"]?.integer ?? -1
                    #expect(left < top && left > top - 10_000, "round \(round)")
                }
                isOver.withLock { $0 = true }
                threads.wait()
                let told = balances.withLock { $0 }
                #expect(Set(told).count == told.count, "no credit is spent twice")
            }
        }

        @Test("a look at the balance right behind an acknowledged spend shows it, whatever else changes the key")
        func lookBehindSpend() throws {
            try withDaemon { daemon in
                let setting = try VerifyScene(daemon)
                let (id, secret) = try setting.key(["credits": ["remaining": 1_000_000]])
                let isOver = Mutex(false)
                let threads = DispatchGroup()
                let look: JSON = ["key": secret, "credits": ["cost": 0]]
                // Half of them change the key, so that memory has to read it again, the others have it read at any moment.
                for number in 0..<4 {
                    let client = try setting.connect()
                    threads.enter()
                    Thread {
                        defer { threads.leave() }
                        for round in 0..<1_000_000 where !isOver.withLock({ $0 }) {
                            let change: JSON = ["keyId": id, "name": .text("n\(number).\(round)")]
                            let reply =
                                number.isMultiple(of: 2)
                                ? try? client.data("keys.updateKey", change) : try? client.data("keys.verifyKey", look)
                            if reply == nil { return }
                        }
                    }.start()
                }
                for _ in 0..<400 {
                    let spent = try setting.client.data("keys.verifyKey", ["key": secret])["credits"]
                    #expect(try setting.client.data("keys.verifyKey", look)["credits"] == spent)
                }
                isOver.withLock { $0 = true }
                threads.wait()
                #expect(try setting.balance(id) == 999_600)
            }
        }
    }
}
