import Glibc
import JSONSyntax
import LatchkeyClient
import Testing

@Suite(.ownThreads, .timeLimit(.minutes(30)))
struct FailureTests {
    @Test("a lost connection fails what is in flight; nothing is sent again, and the next call connects anew")
    func connectionLost() async throws {
        try await withDaemon { peer, connection in
            // The first connection breaks in the middle of a reply; later ones tell what they get first.
            guard connection == 0 else { return peer.echo() }
            let requests = (0..<2).compactMap { _ in peer.request() }
            peer.send(frame(of: answer(to: requests[0], 1)).dropLast())
        } _: { client in
            async let first = failure(of: client, "a.b", ["call": 1])
            async let second = failure(of: client, "a.b", ["call": 2])
            let failures = await [first, second]
            #expect(failures == [.connectionLost, .connectionLost])
            try await expect(client, "a.b", ["call": 3], gives: ["call": 3])
        }
    }

    @Test("a connection that the daemon closed while nobody called is made again")
    func idleClose() async throws {
        let (closed, signal) = AsyncStream<Void>.makeStream()
        try await withDaemon { peer, connection in
            guard connection == 0 else { return peer.echo() }
            if let request = peer.request() { peer.reply(to: request, 0) }
            shutdown(peer.descriptor, Int32(SHUT_WR))
            peer.waitForEnd()
            signal.finish()
        } _: { client in
            try await expect(client, "a.b", gives: 0)
            for await _ in closed {}
            try await expect(client, "a.b", [1], gives: [1])
        }
    }

    private static let garbage = [
        frame(of: ""), frame(of: "{"), frame(of: "[]"), frame(of: "HTTP/1.1 400 Bad Request"),
        frame(of: #"{"id":1,"data":{}}"#), frame(of: #"{"id":1,"meta":{"requestId":1},"data":{}}"#),
        frame(of: #"{"id":1,"meta":{"requestId":"r"}}"#),
        frame(of: #"{"id":1,"meta":{"requestId":"r"},"data":1,"error":{}}"#),
        frame(of: #"{"id":"1","meta":{"requestId":"r"},"data":1}"#),
        frame(of: #"{"id":1.5,"meta":{"requestId":"r"},"data":1}"#),
        frame(of: #"{"id":0,"meta":{"requestId":"r"},"data":1}"#),
        frame(of: #"{"id":99,"meta":{"requestId":"r"},"data":1}"#),
        frame(of: #"{"id":1,"meta":{"requestId":"r"},"error":{"title":"t","detail":"d","status":200,"type":"t"}}"#),
        frame(of: #"{"id":1,"meta":{"requestId":"r"},"error":"no"}"#),
        [0, 0, 0, 2, 0xFF, 0xFE], [0xFF, 0xFF, 0xFF, 0xFF], Array("HTTP/1.1 400 Bad Request\r\n".utf8),
    ]

    @Test("what is no reply fails the call and gives the connection up", arguments: garbage)
    func invalidReply(bytes: [UInt8]) async throws {
        try await withDaemon { peer, connection in
            guard connection == 0 else { return peer.echo() }
            _ = peer.request()
            peer.send(bytes)
            peer.waitForEnd()
        } _: { client in
            guard case .invalidReply(let why) = await failure(of: client, "a.b") else {
                Issue.record("taken for a reply")
                return
            }
            #expect(!why.isEmpty)
            try await expect(client, "a.b", [1], gives: [1])
        }
    }

    @Test("a reply as long as the limit is taken, a longer one is refused before it arrives")
    func replyLimit() async throws {
        let longest = answer(to: ["id": 1], "x").serialized.utf8.count
        var limits = LatchkeyClient.Limits()
        limits.replyBytesMax = longest
        try await withDaemon(limits: limits) { peer, connection in
            if connection == 0, let request = peer.request() { peer.reply(to: request, "x") }
            _ = peer.request()
            peer.send(frame(of: String(repeating: " ", count: longest + 1)).prefix(4))
            peer.waitForEnd()
        } _: { client in
            try await expect(client, "a.b", gives: "x")
            let failure = await failure(of: client, "a.b")
            #expect(failure == .invalidReply("a reply of \(longest + 1) bytes, over the limit of \(longest)"))
        }
    }

    @Test("a call that waits too long fails alone; its late reply disturbs nobody")
    func timedOut() async throws {
        try await withDaemon { peer, _ in
            while let late = peer.request(), let next = peer.request() {
                peer.reply(to: late, "late")
                peer.reply(to: next, "next")
            }
        } _: { client in
            for timeout in [Duration.zero, .milliseconds(1), .seconds(-1), .seconds(Int64.min)] {
                #expect(await failure(of: client, "a.b", timeout: timeout) == .timedOut)
                try await expect(client, "a.b", gives: "next")
            }
        }
    }

    @Test("the shorter of two waits ends first, also when it began last")
    func shorterWait() async throws {
        try await withDaemon { peer, _ in
            peer.waitForEnd()
        } _: { client in
            async let long = failure(of: client, "a.b", timeout: .milliseconds(60))
            for _ in 0..<5 {
                #expect(await failure(of: client, "a.b", timeout: .milliseconds(1)) == .timedOut)
            }
            #expect(await long == .timedOut)
        }
    }
}

// MARK: - Bounds

extension FailureTests {
    @Test("a call over the bound fails at once, and a call that ends makes room")
    func tooManyCalls() async throws {
        let (arrivals, signal) = AsyncStream<Void>.makeStream()
        var limits = LatchkeyClient.Limits()
        limits.callsMax = 2
        try await withDaemon(limits: limits) { peer, _ in
            while let request = peer.request() {
                if request["method"] == "a.wait" { signal.yield() } else { peer.reply(to: request, 1) }
            }
        } _: { client in
            var arrived = arrivals.makeAsyncIterator()
            let waiting = (0..<2).map { _ in start { await failure(of: client, "a.wait") } }
            for _ in waiting { await arrived.next() }
            #expect(await failure(of: client, "a.b") == .tooManyCalls(limit: 2))
            waiting[0].cancel()
            #expect(await waiting[0].value == .cancelled)
            for _ in 0..<3 { try await expect(client, "a.b", gives: 1) }
            waiting[1].cancel()
            #expect(await waiting[1].value == .cancelled)
        }
    }

    @Test("a request as long as the limit is sent, a longer one is not")
    func requestTooLarge() async throws {
        func call(limit: Int) async -> LatchkeyError? {
            var limits = LatchkeyClient.Limits()
            limits.requestBytesMax = limit
            let client = LatchkeyClient(socket: "/nowhere/api.sock", limits: limits)
            return await failure(of: client, "a.b", ["text": "ä"])
        }
        let length = #"{"id":1,"method":"a.b","params":{"text":"ä"}}"#.utf8.count
        #expect(await call(limit: length - 1) == .requestTooLarge(bytes: length, limit: length - 1))
        #expect(await call(limit: length) == .unreachable(socket: "/nowhere/api.sock", .missing))
    }

    @Test("one request within its limit fits, however much that is")
    func hugeRequest() async throws {
        var limits = LatchkeyClient.Limits()
        limits.requestBytesMax = 80 * 1_024 * 1_024
        try await withDaemon(limits: limits) { peer, _ in
            // Enough to see that it is on its way.
            var chunk = [UInt8](repeating: 0, count: 4)
            _ = recv(peer.descriptor, &chunk, chunk.count, 0)
        } _: { client in
            let text = JSONValue.string(String(repeating: "x", count: 70 * 1_024 * 1_024))
            #expect(await failure(of: client, "a.b", [text]) == .connectionLost)
        }
    }
}

/// How a call failed; `nil` when it did not.
func failure(
    of client: LatchkeyClient,
    _ method: String,
    _ params: JSONValue = [:],
    timeout: Duration? = nil
) async -> LatchkeyError? {
    do throws(LatchkeyError) {
        _ = try await client.call(method, params, timeout: timeout)
        return nil
    } catch {
        return error
    }
}
