import Foundation
import Testing

extension Programs {
    /// Idempotency keys (`protocol/verbs.md` §4), held against every procedure of the registry.
    @Suite struct IdempotencyTests {
        /// A key that nobody has used.
        private func freshKey() -> String { UUID().uuidString }

        private func withScene(_ body: (Scene, [SampledProcedure]) throws -> Void) throws {
            try withDaemon { daemon in
                let scene = try Scene(daemon)
                let writes = try Samples.procedures(in: scene).filter(\.isChanging)
                #expect(writes.count > 20)
                try body(scene, writes)
            }
        }

        private func expectSuccess(_ reply: Reply, isReplayed: Bool, _ procedure: SampledProcedure) {
            #expect(reply.data != nil, "\(procedure): \(reply.detail)")
            #expect(reply.isReplayed == isReplayed, "\(procedure)")
        }

        @Test("every sample belongs to a procedure that there is")
        func samples() throws {
            try withDaemon { daemon in
                let outdated = try Samples.outdated(in: try Scene(daemon))
                #expect(outdated.isEmpty)
            }
        }

        @Test("a duplicate gets the same reply, marked, under a request id of its own, and changes nothing")
        func duplicates() throws {
            try withScene { scene, writes in
                for procedure in writes {
                    let (key, params) = (freshKey(), try procedure.params())
                    let before = try scene.daemon.state()
                    let first = try procedure.client.call(procedure.method, params, idempotencyKey: key)
                    expectSuccess(first, isReplayed: false, procedure)
                    let after = try scene.daemon.state()
                    #expect(before != after, "\(procedure)")
                    for client in [procedure.client, try procedure.connect()] {
                        let second = try client.call(procedure.method, params, idempotencyKey: key)
                        expectSuccess(second, isReplayed: true, procedure)
                        #expect(second.data == first.data && second.pagination == first.pagination, "\(procedure)")
                        #expect(second.requestID != first.requestID, "\(procedure)")
                    }
                    #expect(try scene.daemon.state() == after, "\(procedure)")
                }
            }
        }

        @Test("the same key with other parameters or another method is a 422 that changes nothing and loses no reply")
        func mismatches() throws {
            try withScene { scene, writes in
                for (index, procedure) in writes.enumerated() {
                    let (key, params) = (freshKey(), try procedure.params())
                    let others = writes.filter {
                        $0.method != procedure.method && $0.isOnOperatorSocket == procedure.isOnOperatorSocket
                    }
                    let other = others[index % others.count]
                    let calls = [(procedure.method, try procedure.params()), (other.method, try other.params())]
                    let first = try procedure.client.call(procedure.method, params, idempotencyKey: key)
                    let before = try scene.daemon.state()
                    for (method, changed) in calls {
                        let refusal = try procedure.client.call(method, changed, idempotencyKey: key)
                        #expect(refusal.status == 422, "\(procedure), then \(method)")
                        #expect(refusal.code == "idempotency_mismatch", "\(procedure), then \(method)")
                    }
                    let replay = try procedure.client.call(procedure.method, params, idempotencyKey: key)
                    expectSuccess(replay, isReplayed: true, procedure)
                    #expect(replay.data == first.data, "\(procedure)")
                    #expect(try scene.daemon.state() == before, "\(procedure)")
                }
            }
        }

        @Test("another root key, and the operator, with the same key have an execution of their own")
        func owners() throws {
            try withScene { scene, writes in
                let rootKey = try scene.desk.data(
                    "rootKeys.createKey",
                    ["workspaceId": .text(scene.tenant.workspace), "permissions": ["*"]]
                )["key"]?.text
                let stranger = try scene.daemon.connect(try scene.daemon.tenant().rootKey)
                let second = try scene.daemon.connect(rootKey)
                for procedure in writes where !procedure.isOnOperatorSocket {
                    let (key, params) = (freshKey(), try procedure.params())
                    let first = try procedure.client.call(procedure.method, params, idempotencyKey: key)
                    expectSuccess(first, isReplayed: false, procedure)
                    // The same request fails or succeeds as without a key; what it never gets is the other's reply.
                    for client in [second, stranger] {
                        let own = try client.call(procedure.method, params, idempotencyKey: key)
                        #expect(!own.isReplayed && own.code != "idempotency_mismatch", "\(procedure)")
                    }
                    let ownKey = freshKey()
                    let own = try procedure.params()
                    _ = try procedure.client.call(procedure.method, try procedure.params(), idempotencyKey: ownKey)
                    expectSuccess(
                        try second.call(procedure.method, own, idempotencyKey: ownKey),
                        isReplayed: false,
                        procedure
                    )
                    expectSuccess(
                        try second.call(procedure.method, own, idempotencyKey: ownKey),
                        isReplayed: true,
                        procedure
                    )
                }
                for procedure in writes where procedure.isOnOperatorSocket {
                    guard let twin = writes.first(where: { $0.method == procedure.method && !$0.isOnOperatorSocket })
                    else { continue }
                    let key = freshKey()
                    for caller in [procedure, twin] {
                        let reply = try caller.client.call(caller.method, try caller.params(), idempotencyKey: key)
                        expectSuccess(reply, isReplayed: false, caller)
                    }
                }
            }
        }

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

        @Test("a caller that went away before the reply finds it when it comes back, and the change made once")
        func lostReply() throws {
            try withScene { scene, _ in
                let before = try sqlite(scene.daemon.database, "SELECT count(*) FROM apis")
                for _ in 0..<20 {
                    let (key, params): (String, JSON) = (freshKey(), ["name": scene.name()])
                    try scene.daemon.connect(scene.tenant.rootKey)
                        .send("apis.createApi", params, idempotencyKey: key)
                    let isAnswered = try eventually {
                        let reply = try scene.caller.call("apis.createApi", params, idempotencyKey: key)
                        #expect(reply.status == 200 || reply.code == "idempotency_in_progress", "\(reply.detail)")
                        return reply.status == 200
                    }
                    #expect(isAnswered)
                }
                let after = try sqlite(scene.daemon.database, "SELECT count(*) FROM apis")
                #expect(try Int(after) == #require(Int(before)) + 20)
            }
        }

        @Test("after kill -9 and a restart the reply is still there, secrets included, and none of them is in any file")
        func crash() throws {
            let daemon = try DaemonProcess(["--log-level", "debug"])
            let scene = try Scene(daemon)
            let writes = try Samples.procedures(in: scene).filter(\.isChanging)
            var made: [(procedure: SampledProcedure, params: JSON, key: String, data: JSON?)] = []
            for procedure in writes {
                let (key, params) = (freshKey(), try procedure.params())
                let reply = try procedure.client.call(procedure.method, params, idempotencyKey: key)
                expectSuccess(reply, isReplayed: false, procedure)
                made.append((procedure, params, key, reply.data))
            }
            let secrets = made.compactMap { $0.data?["key"]?.text } + made.map(\.key) + [scene.tenant.rootKey]
            // createKey and rerollKey of keys, and of root keys on both sockets.
            #expect(secrets.count >= 6 + made.count + 1)
            try expectNone(of: secrets, in: daemon.folder)
            daemon.killNow()
            try expectNone(of: secrets, in: daemon.folder)
            try daemon.start()
            let before = try daemon.state()
            for call in made {
                let reply = try call.procedure.connect()
                    .call(call.procedure.method, call.params, idempotencyKey: call.key)
                expectSuccess(reply, isReplayed: true, call.procedure)
                #expect(reply.data == call.data, "\(call.procedure)")
            }
            #expect(try daemon.state() == before)
            try expectNone(of: secrets, in: daemon.folder)
            try daemon.stop()
            try expectNone(of: secrets, in: daemon.folder)
        }

        private func expectNone(of secrets: [String], in folder: TemporaryFolder) throws {
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            #expect(files.contains { $0.hasSuffix(".db") })
            for file in files {
                let bytes = folder.bytes(file)
                for secret in secrets {
                    // Of a key the first characters are shown on purpose; the rest is nowhere.
                    #expect(bytes.range(of: Data(secret.dropFirst(13).utf8)) == nil, "\(file)")
                }
            }
        }

        @Test("a refused call is not stored: with the same key and other parameters it is carried out")
        func refusedCalls() throws {
            try withScene { _, writes in
                var refused: Set<String> = []
                // What makes things comes last: what its examples make, the others are to find missing.
                let isMaking = { (procedure: SampledProcedure) in
                    ["create", "limit"].contains(procedure.declaration["verb"]?.text)
                }
                for procedure in writes.filter({ !isMaking($0) }) + writes.filter(isMaking) {
                    let key = freshKey()
                    let taken = try procedure.params()
                    _ = try procedure.client.call(procedure.method, taken)
                    // What is not there, what is there already, and what the schema does not take.
                    for params in [procedure.misses(), taken, taken.with("colour", 1)] {
                        let reply = try procedure.client.call(procedure.method, params, idempotencyKey: freshKey())
                        guard reply.error != nil else { continue }
                        if reply.status != 400 { refused.insert(procedure.method) }
                        let again = try procedure.client.call(procedure.method, params, idempotencyKey: key)
                        #expect(again.code == reply.code && !again.isReplayed, "\(procedure)")
                    }
                    let params = try procedure.params()
                    let reply = try procedure.client.call(procedure.method, params, idempotencyKey: key)
                    expectSuccess(reply, isReplayed: false, procedure)
                }
                // Only these find nothing to refuse but the schema: the verdicts of verifications and limits are no refusals.
                let others = Set(writes.map(\.method)).subtracting(refused)
                let expected: Set = [
                    "workspaces.createWorkspace", "keys.verifyKey", "ratelimit.limit", "ratelimit.multiLimit",
                ]
                #expect(others.isSubset(of: expected), "\(others)")
            }
        }

        @Test("what changes nothing ignores the key: no replay, no 422, nothing stored")
        func reads() throws {
            try withScene { scene, writes in
                let write = try #require(writes.first)
                let key = freshKey()
                _ = try write.client.call(write.method, try write.params(), idempotencyKey: key)
                let count = "SELECT count(*) FROM idempotency_keys"
                let before = try sqlite(scene.daemon.database, count)
                for procedure in try Samples.procedures(in: scene) where !procedure.isChanging {
                    for _ in 0..<2 {
                        let reply = try procedure.client
                            .call(procedure.method, try procedure.params(), idempotencyKey: key)
                        expectSuccess(reply, isReplayed: false, procedure)
                    }
                }
                #expect(try sqlite(scene.daemon.database, count) == before)
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

        @Test("a late replay tells what was, and undoes nothing newer")
        func lateReplay() throws {
            try withScene { scene, writes in
                for procedure in writes {
                    let (key, params) = (freshKey(), try procedure.params())
                    let first = try procedure.client.call(procedure.method, params, idempotencyKey: key)
                    // The same thing once more, and others, whatever comes of it.
                    _ = try procedure.client.call(procedure.method, params)
                    _ = try procedure.client.call(procedure.method, try procedure.params())
                    let before = try scene.daemon.state()
                    let replay = try procedure.client.call(procedure.method, params, idempotencyKey: key)
                    expectSuccess(replay, isReplayed: true, procedure)
                    #expect(replay.data == first.data, "\(procedure)")
                    #expect(try scene.daemon.state() == before, "\(procedure)")
                }
                let role = try scene.role()
                let renaming: JSON = ["role": role, "name": "first name"]
                let key = freshKey()
                let first = try scene.caller.call("permissions.updateRole", renaming, idempotencyKey: key)
                #expect(first.status == 200)
                try scene.caller.data("permissions.updateRole", ["role": role, "name": "second name"])
                let replay = try scene.caller.call("permissions.updateRole", renaming, idempotencyKey: key)
                #expect(replay.isReplayed && replay.data?["name"] == "first name")
                #expect(try scene.caller.data("permissions.getRole", ["role": role])["name"] == "second name")
                try scene.caller.data("permissions.deleteRole", ["role": role])
                #expect(try scene.caller.call("permissions.updateRole", renaming, idempotencyKey: key).isReplayed)
                try scene.caller.refusal(404, "role_not_found", "permissions.getRole", ["role": role])
            }
        }

        @Test("a root key that is deleted or disabled gets 401 or 403, never a replay")
        func endedRootKeys() throws {
            try withScene { scene, _ in
                for (ending, change, status) in [
                    ("rootKeys.updateKey", ["enabled": false] as JSON, 403), ("rootKeys.deleteKey", [:], 401),
                ] {
                    let rootKey = try scene.caller.data("rootKeys.createKey", ["permissions": ["api.*.create_api"]])
                    let client = try scene.daemon.connect(rootKey["key"]?.text)
                    let (key, params): (String, JSON) = (freshKey(), ["name": scene.name()])
                    #expect(try client.call("apis.createApi", params, idempotencyKey: key).status == 200)
                    try scene.caller.data(ending, change.with("keyId", rootKey["keyId"]))
                    #expect(try client.call("apis.createApi", params, idempotencyKey: key).status == status)
                }
            }
        }

        @Test("a copy of the database alone opens none of the operator's replies, and the operator is told so")
        func operatorSecret() throws {
            let daemon = try DaemonProcess()
            let scene = try Scene(daemon)
            let params: JSON = ["workspaceId": .text(scene.tenant.workspace), "permissions": ["*"]]
            let first = try scene.desk.call("rootKeys.createKey", params, idempotencyKey: "1")
            #expect(try scene.desk.call("rootKeys.createKey", params, idempotencyKey: "1").data == first.data)
            try daemon.stop()
            try FileManager.default.removeItem(atPath: daemon.database + ".operator-secret")
            try daemon.start()
            let desk = try daemon.operate()
            let refusal = try desk.call("rootKeys.createKey", params, idempotencyKey: "1")
            #expect(refusal.status == 422 && refusal.code == "idempotency_mismatch")
            #expect(refusal.detail.contains("cannot be opened"))
            #expect(try desk.call("rootKeys.createKey", params, idempotencyKey: "2").status == 200)
            try daemon.stop()
        }

        @Test("a reply of more than 24 hours is forgotten, and the request carried out again")
        func expiry() throws {
            let daemon = try DaemonProcess()
            let scene = try Scene(daemon)
            let (key, params): (String, JSON) = (freshKey(), ["permissions": [], "name": "backup"])
            let first = try scene.caller.call("rootKeys.createKey", params, idempotencyKey: key)
            for (hours, isReplayed) in [(23, true), (25, false)] {
                try daemon.stop()
                try age(daemon, hours: hours)
                try daemon.start()
                let reply = try daemon.connect(scene.tenant.rootKey)
                    .call("rootKeys.createKey", params, idempotencyKey: key)
                #expect(reply.isReplayed == isReplayed)
                #expect((reply.data == first.data) == isReplayed)
            }
            try daemon.stop()
        }

        @Test("replies of more than 24 hours go by themselves, younger ones stay")
        func purge() throws {
            let daemon = try DaemonProcess()
            let scene = try Scene(daemon)
            for _ in 0..<10 {
                _ = try scene.caller.call("apis.createApi", ["name": scene.name()], idempotencyKey: freshKey())
            }
            try daemon.stop()
            try age(daemon, hours: 25)
            try daemon.start()
            let client = try daemon.connect(scene.tenant.rootKey)
            let key = freshKey()
            let params: JSON = ["name": "young"]
            _ = try client.call("apis.createApi", params, idempotencyKey: key)
            #expect(try eventually { try sqlite(daemon.database, "SELECT count(*) FROM idempotency_keys") == "1" })
            #expect(try client.call("apis.createApi", params, idempotencyKey: key).isReplayed)
            try daemon.stop()
        }

        /// Makes the stored replies of a stopped daemon older.
        private func age(_ daemon: DaemonProcess, hours: Int) throws {
            let script = """
                import sqlite3, sys, time
                database = sqlite3.connect(sys.argv[1])
                then = int((time.time() - 3600 * int(sys.argv[2])) * 1000)
                database.execute("UPDATE idempotency_keys SET stored_at_ms = ?", (then,))
                database.commit()
                """
            let ending = try Program.run("/usr/bin/python3", ["-c", script, daemon.database, "\(hours)"])
            guard ending.status == 0 else { throw Failure(ending.complaint) }
        }
    }
}
