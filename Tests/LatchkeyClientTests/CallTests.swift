import Glibc
import JSONSyntax
import LatchkeyClient
import ProtocolWire
import Testing

@Suite(.ownThreads, .timeLimit(.minutes(30)))
struct CallTests {
    @Test("a request is one object of id, method, params and auth, and nothing else")
    func request() async throws {
        let params: JSONValue = ["name": "Ä\u{0}\"", "limit": .integer(.max), "on": [true, nil, 1.5]]
        try await withDaemon(rootKey: "key_ä") { peer, _ in
            while let request = peer.request() { peer.reply(to: request, request) }
        } _: { client in
            let first = try await client.call("apis.createApi", params).data
            #expect(first == ["id": 1, "method": "apis.createApi", "params": params, "auth": "key_ä"])
            let second = try await client.call("ratelimit.multiLimit", []).data
            #expect(second == ["id": 2, "method": "ratelimit.multiLimit", "params": [], "auth": "key_ä"])
        }
    }

    @Test("an idempotency key goes with the call that it was given to, and a replay is told apart")
    func idempotencyKey() async throws {
        try await withDaemon(rootKey: "key_ä") { peer, _ in
            while let request = peer.request() {
                let meta: JSONValue = ["requestId": "req_000000001", "replayed": true]
                let reply: JSONValue = ["id": request["id"] ?? .null, "meta": meta, "data": request]
                request["idempotencyKey"] == nil ? peer.reply(to: request, request) : peer.send(frame(of: reply))
            }
        } _: { client in
            let first = try await client.call("apis.createApi", ["name": "a"], idempotencyKey: #"k "1" \~"#)
            #expect(first.data["idempotencyKey"] == #"k "1" \~"#)
            #expect(first.isReplayed)
            #expect(first.envelope["meta"]?["replayed"] == true)
            let second = try await client.call("apis.createApi", ["name": "a"])
            #expect(second.data["idempotencyKey"] == nil)
            #expect(!second.isReplayed)
        }
    }

    @Test("a client without a root key sends none")
    func anonymous() async throws {
        try await withDaemon { peer, _ in
            while let request = peer.request() { peer.reply(to: request, request) }
        } _: { client in
            let request = try await client.call("system.getHealth").data
            #expect(request["auth"] == nil)
        }
    }

    @Test("a reply is understood when its bytes come one by one")
    func splitReply() async throws {
        try await withDaemon { peer, _ in
            while let request = peer.request() {
                for byte in frame(of: answer(to: request, ["text": "ä€😀"])) { peer.send([byte]) }
            }
        } _: { client in
            for _ in 0..<3 {
                let data = try await client.call("a.b").data
                #expect(data == ["text": "ä€😀"])
            }
        }
    }

    @Test("a reply keeps its envelope, without the identifier that the client gave it")
    func envelope() async throws {
        try await withDaemon { peer, _ in
            while let request = peer.request() {
                peer.reply(to: request, [1], pagination: ["hasMore": true, "cursor": "c"])
            }
        } _: { client in
            let reply = try await client.call("a.listB")
            #expect(reply.requestID == "req_000000001")
            #expect(reply.pagination?.hasMore == true && reply.pagination?.cursor == "c")
            #expect(
                reply.envelope == [
                    "meta": ["requestId": "req_000000001"], "data": [1],
                    "pagination": ["hasMore": true, "cursor": "c"],
                ]
            )
        }
    }

    @Test("replies in the reverse order, several in one write, reach their callers")
    func outOfOrder() async throws {
        try await withDaemon { peer, _ in
            let requests = (0..<3).compactMap { _ in peer.request() }
            peer.send(requests.reversed().flatMap { frame(of: answer(to: $0, $0["method"] ?? .null)) })
            peer.waitForEnd()
        } _: { client in
            async let first = client.call("a.first")
            async let second = client.call("a.second")
            async let third = client.call("a.third")
            let data = try await [first.data, second.data, third.data]
            #expect(data == ["a.first", "a.second", "a.third"])
        }
    }

    @Test("calls of many tasks share one connection, and each gets its own reply")
    func manyTasks() async throws {
        let (batches, batchSize) = (100, 8)
        try await withDaemon { peer, connection in
            guard connection == 0 else { return }
            for _ in 0..<batches {
                let requests = (0..<batchSize).compactMap { _ in peer.request() }
                for request in requests.reversed() { peer.reply(to: request, request["params"] ?? .null) }
            }
            peer.waitForEnd()
        } _: { client in
            try await withThrowingTaskGroup { group in
                for index in 0..<batches * batchSize {
                    group.addTask {
                        let params: JSONValue = ["index": .integer(Int64(index))]
                        try await expect(client, "a.echo", params, gives: params)
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}

// MARK: - Refusals

extension CallTests {
    @Test("a refusal arrives with everything the daemon said, its faults included")
    func refusal() async throws {
        let error: JSONValue = [
            "title": "Bad Request", "detail": "2 faults in the request.", "status": 400,
            "type": "urn:latchkey:error:invalid_input",
            "errors": [
                ["location": "body.limit", "message": "must be at least 1, got 0", "fix": "send 1"],
                ["location": "body.colour", "message": "unknown member"],
            ],
        ]
        try await withDaemon { peer, _ in
            while let request = peer.request() {
                peer.send(frame(of: ["id": request["id"] ?? .null, "meta": ["requestId": "req_x"], "error": error]))
            }
        } _: { client in
            let failure = await #expect(throws: LatchkeyError.self) { try await client.call("a.b") }
            guard case .refused(let refusal) = failure else {
                Issue.record("not a refusal: \(String(describing: failure))")
                return
            }
            #expect(refusal.status == 400 && refusal.code == "invalid_input" && refusal.requestID == "req_x")
            #expect(
                refusal.faults == [
                    Fault(location: "body.limit", message: "must be at least 1, got 0", fix: "send 1"),
                    Fault(location: "body.colour", message: "unknown member"),
                ]
            )
            #expect(refusal.envelope == ["meta": ["requestId": "req_x"], "error": error])
            #expect(failure?.description == "Bad Request (400 invalid_input): 2 faults in the request.")
        }
    }

    @Test("a refusal without id is for the only request that has no reply")
    func refusalWithoutID() async throws {
        try await withDaemon { peer, _ in
            while let request = peer.request() {
                if request["method"] == "a.good" { peer.reply(to: request, 1) } else { peer.send(unreadableReply) }
            }
        } _: { client in
            for method in ["a.bad", "a.good", "a.bad"] {
                if method == "a.good" {
                    try await expect(client, method, gives: 1)
                } else {
                    let failure = await #expect(throws: LatchkeyError.self) { try await client.call(method) }
                    #expect(failure.flatMap(status(of:)) == 413)
                }
            }
        }
    }

    @Test("a refusal without id is nobody's when a call that was given up may be meant")
    func ambiguousRefusal() async throws {
        try await withDaemon { peer, connection in
            guard connection == 0 else { return peer.echo() }
            _ = peer.request()
            _ = peer.request()
            peer.send(unreadableReply)
            peer.waitForEnd()
        } _: { client in
            await #expect(throws: LatchkeyError.timedOut) { try await client.call("a.b", timeout: .milliseconds(1)) }
            await #expect(throws: LatchkeyError.invalidReply("a reply without id")) { try await client.call("a.b") }
            try await expect(client, "a.b", [1], gives: [1])
        }
    }
}

private let unreadableReply = frame(
    of: """
        {"meta":{"requestId":"req_x"},"error":{"title":"Request Entity Too Large","detail":"Send less.","status":413,\
        "type":"urn:latchkey:error:request_body_too_large"}}
        """
)

private func status(of error: LatchkeyError) -> Int? {
    if case .refused(let refusal) = error { refusal.status } else { nil }
}
