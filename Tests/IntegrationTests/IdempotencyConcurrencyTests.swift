import Testing

extension Programs {
    /// Idempotency keys under concurrency, and of what memory counts.
    @Suite struct IdempotencyConcurrencyTests: IdempotencyChecks {
        @Test("of parallel duplicates exactly one is carried out; the others get its reply, or 409 while it runs")
        func concurrentDuplicates() throws {
            try withScene { scene, writes in
                let audit = "SELECT count(DISTINCT request_id) FROM audit_log"
                for procedure in writes {
                    let (key, params) = (freshKey(), try procedure.params())
                    let clients = try (0..<8).map { _ in try procedure.connect() }
                    let before = Int(try sqlite(scene.daemon.database, audit)) ?? 0
                    let replies = try concurrently(clients.count) { index in
                        // Several on one connection, too, where only the `id` lets them run side by side.
                        for id in 0..<3 {
                            try clients[index].send(
                                procedure.method,
                                params,
                                id: .integer(Int64(id)),
                                idempotencyKey: key
                            )
                        }
                        return try (0..<3).map { _ in try clients[index].receive() }
                    }.flatMap { $0 }
                    #expect(replies.count { $0.status == 200 && !$0.isReplayed } == 1, "\(procedure)")
                    #expect(Set(replies.compactMap(\.data)).count == 1, "\(procedure)")
                    for reply in replies where reply.status != 200 {
                        #expect(reply.status == 409 && reply.code == "idempotency_in_progress", "\(procedure)")
                    }
                    // What only counts has no audit row; how often it has counted is seen below.
                    let isAudited = procedure.declaration["effect"] == "write"
                    let after = try #require(Int(try sqlite(scene.daemon.database, audit)))
                    #expect(isAudited ? after == before + 1 : after <= before + 1, "\(procedure)")
                    let late = try procedure.client.call(procedure.method, params, idempotencyKey: key)
                    expectSuccess(late, isReplayed: true, procedure)
                }
            }
        }

        @Test("while the first request runs, the key is taken: 409, and right behind it the reply")
        func inProgress() throws {
            try withScene { scene, _ in
                let params: JSON = ["name": scene.name()]
                let key = freshKey()
                // Read in one piece, so that the second is there before the first can be done.
                try scene.caller.send(
                    together: [1, 2].map { id in
                        scene.caller.frame("apis.createApi", params, id: id, idempotencyKey: key)
                    }
                )
                let replies = try (0..<2).map { _ in try scene.caller.receive() }
                #expect(Set(replies.map(\.status)) == [200, 409])
                let refusal = try #require(replies.first { $0.error != nil })
                #expect(refusal.code == "idempotency_in_progress" && refusal.id == 2)
                let late = try scene.caller.call("apis.createApi", params, idempotencyKey: key)
                #expect(late.isReplayed && late.data == replies.first { $0.error == nil }?.data)
                // Without an id they run one after the other.
                let ordered: JSON = ["name": scene.name()]
                try scene.caller.send(
                    together: (0..<2).map { _ in
                        scene.caller.frame("apis.createApi", ordered, idempotencyKey: "ordered")
                    }
                )
                #expect(try (0..<2).map { _ in try scene.caller.receive().isReplayed } == [false, true])
            }
        }

        @Test("parallel duplicates of what memory counts are counted once: credits, and units of limits")
        func countedOnce() throws {
            try withScene { scene, _ in
                let limits: JSON = [["name": "calls", "limit": 9, "duration": 2_592_000_000, "autoApply": true]]
                let key = try scene.key(["credits": ["remaining": 9], "ratelimits": limits])["key"]
                let item: JSON = [
                    "namespace": scene.name(), "identifier": "a", "limit": 9, "duration": 2_592_000_000,
                ]
                for (method, params) in [
                    ("keys.verifyKey", ["key": try #require(key)] as JSON), ("ratelimit.limit", item),
                    ("ratelimit.multiLimit", [item]),
                ] {
                    let idempotencyKey = freshKey()
                    let clients = try (0..<8).map { _ in try scene.daemon.connect(scene.tenant.rootKey) }
                    for client in clients {
                        for id in 0..<3 {
                            let id = JSON.integer(Int64(id))
                            try client.send(method, params, id: id, idempotencyKey: idempotencyKey)
                        }
                    }
                    let replies = try clients.flatMap { client in try (0..<3).map { _ in try client.receive() } }
                    #expect(replies.count { $0.status == 200 && !$0.isReplayed } == 1, "\(method)")
                }
                // limit and multiLimit count in the same window.
                let verdict = try scene.caller.data("keys.verifyKey", ["key": try #require(key)])
                #expect(verdict["credits"] == 7 && verdict["ratelimits"]?[0]?["remaining"] == 7)
                #expect(try scene.caller.data("ratelimit.limit", item)["remaining"] == 6)
            }
        }

        @Test("a verdict that refuses is a reply too: its repeat says the same when the key could do it by now")
        func verdicts() throws {
            try withScene { scene, _ in
                let made = try scene.key(["credits": ["remaining": 0]])
                let item: JSON = ["namespace": scene.name(), "identifier": "a", "limit": 1, "duration": 2_592_000_000]
                try scene.caller.data("ratelimit.limit", item)
                let params: JSON = ["key": try #require(made["key"])]
                let calls: [(String, JSON, String, JSON)] = [
                    ("keys.verifyKey", params, "code", "USAGE_EXCEEDED"),
                    ("keys.verifyKey", ["key": "eu_unknown"], "code", "NOT_FOUND"),
                    ("ratelimit.limit", item, "success", false), ("ratelimit.multiLimit", [item], "passed", false),
                ]
                let keys = try calls.map { method, params, member, value in
                    let key = freshKey()
                    let reply = try scene.caller.call(method, params, idempotencyKey: key)
                    #expect(reply.data?[member] == value && !reply.isReplayed)
                    return key
                }
                let credits: JSON = ["keyId": try #require(made["keyId"]), "operation": "set", "value": 5]
                try scene.caller.data("keys.updateCredits", credits)
                for (call, key) in zip(calls, keys) {
                    let reply = try scene.caller.call(call.0, call.1, idempotencyKey: key)
                    #expect(reply.data?[call.2] == call.3 && reply.isReplayed)
                }
                #expect(try scene.caller.data("keys.verifyKey", params)["credits"] == 4)
            }
        }

        @Test("verifications of one key, with idempotency keys and without, and changes of its balance lose no credit")
        func mixedSpends() throws {
            try withScene { scene, _ in
                let made = try scene.key(["credits": ["remaining": 100]])
                let params: JSON = ["key": try #require(made["key"])]
                let increment: JSON = ["keyId": try #require(made["keyId"]), "operation": "increment", "value": 1]
                let clients = try (0..<8).map { _ in try scene.daemon.connect(scene.tenant.rootKey) }
                for client in clients {
                    for id in 0..<20 {
                        let key = id.isMultiple(of: 2) ? freshKey() : nil
                        try client.send("keys.verifyKey", params, id: .integer(Int64(id)), idempotencyKey: key)
                        if id == 10 { try client.send("keys.updateCredits", increment, id: "increment") }
                    }
                }
                let replies = try clients.flatMap { client in try (0..<21).map { _ in try client.receive() } }
                #expect(replies.allSatisfy { $0.status == 200 && !$0.isReplayed })
                let spent = replies.count { $0.data?["valid"] == true }
                let rest = try scene.caller.data("keys.getKey", ["keyId": try #require(made["keyId"])])["credits"]
                #expect(rest?["remaining"] == .integer(Int64(108 - spent)))
                #expect(spent >= 100)
            }
        }
    }
}
