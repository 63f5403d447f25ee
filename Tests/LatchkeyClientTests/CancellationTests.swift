import JSONSyntax
import LatchkeyClient
import Testing

@Suite(.ownThreads, .timeLimit(.minutes(30)))
struct CancellationTests {
    @Test("a cancelled call ends at once, and the connection goes on")
    func cancelled() async throws {
        let (arrivals, signal) = AsyncStream<Void>.makeStream()
        try await withDaemon { peer, connection in
            guard connection == 0, peer.request() != nil else { return }
            signal.yield()
            peer.echo()
        } _: { client in
            let call = start { await failure(of: client, "a.b") }
            var arrived = arrivals.makeAsyncIterator()
            await arrived.next()
            call.cancel()
            #expect(await call.value == .cancelled)
            try await expect(client, "a.b", [1], gives: [1])
        }
    }

    @Test("a call of a task that is cancelled already sends nothing")
    func cancelledBefore() async throws {
        let client = LatchkeyClient(socket: "/nowhere/api.sock")
        let call = start {
            while !Task.isCancelled { await Task.yield() }
            return await failure(of: client, "a.b")
        }
        call.cancel()
        #expect(await call.value == .cancelled)
    }

    @Test("a call that is cancelled at any moment ends, and ends once")
    func cancelledAnytime() async throws {
        try await withDaemon { peer, _ in
            peer.echo()
        } _: { client in
            await withTaskGroup { group in
                for index in 0..<300 {
                    group.addTask {
                        let call = start { await failure(of: client, "a.b") }
                        for _ in 0..<index % 7 { await Task.yield() }
                        call.cancel()
                        let outcome = await call.value
                        #expect(outcome == nil || outcome == .cancelled)
                    }
                }
            }
            try await expect(client, "a.b", [1], gives: [1])
        }
    }
}
