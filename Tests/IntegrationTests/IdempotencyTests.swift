import Foundation
import Testing

extension Programs {
    /// Idempotency keys (`protocol/verbs.md` §4), held against every procedure of the registry.
    @Suite struct IdempotencyTests: IdempotencyChecks {
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
    }
}
