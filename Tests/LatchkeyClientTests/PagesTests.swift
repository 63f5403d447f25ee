import JSONSyntax
import LatchkeyClient
import Synchronization
import Testing

@Suite(.ownThreads, .timeLimit(.minutes(30)))
struct PagesTests {
    /// Three pages, the second of which is empty; what was asked is in `asked`.
    private func withPages(_ test: (LatchkeyClient, Asked) async throws -> Void) async throws {
        let asked = Asked()
        try await withDaemon { peer, _ in
            while let request = peer.request() {
                asked.add(request["params"] ?? .null)
                switch request["params"]?["cursor"]?.string ?? "" {
                case "": peer.reply(to: request, [1, 2], pagination: ["hasMore": true, "cursor": "b"])
                case "b": peer.reply(to: request, [], pagination: ["hasMore": true, "cursor": "c"])
                default: peer.reply(to: request, [3], pagination: ["hasMore": false])
                }
            }
        } _: { client in
            try await test(client, asked)
        }
    }

    @Test("pages follow the cursor to the end, with the other parameters as they were")
    func pages() async throws {
        try await withPages { client, asked in
            var pages: [JSONValue] = []
            for try await page in client.pages("a.listB", ["search": "x", "limit": 2]) { pages.append(page.data) }
            #expect(pages == [[1, 2], [], [3]])
            #expect(
                asked.all == [
                    ["search": "x", "limit": 2], ["search": "x", "limit": 2, "cursor": "b"],
                    ["search": "x", "limit": 2, "cursor": "c"],
                ]
            )
        }
    }

    @Test("a cursor of the caller's is where the pages begin")
    func givenCursor() async throws {
        try await withPages { client, asked in
            var items: [JSONValue] = []
            for try await item in client.items("a.listB", ["cursor": "b", "limit": 1]) { items.append(item) }
            #expect(items == [3])
            #expect(asked.all == [["cursor": "b", "limit": 1], ["cursor": "c", "limit": 1]])
        }
    }

    @Test("items go on over an empty page, and ask anew each time they are iterated")
    func items() async throws {
        try await withPages { client, _ in
            let sequence = client.items("a.listB")
            for _ in 0..<2 {
                var items: [JSONValue] = []
                for try await item in sequence { items.append(item) }
                #expect(items == [1, 2, 3])
            }
        }
    }

    @Test("a page that nobody asks for is not fetched")
    func lazy() async throws {
        try await withPages { client, asked in
            for try await item in client.items("a.listB") where item == 2 { break }
            #expect(asked.all.count == 1)
        }
    }

    @Test("a list without pagination is one page")
    func unpaged() async throws {
        try await withDaemon { peer, _ in
            peer.echo()
        } _: { client in
            var items: [JSONValue] = []
            for try await item in client.items("a.listB", [4, 5]) { items.append(item) }
            #expect(items == [4, 5])
        }
    }

    @Test(
        "a page that says there is more and does not lead on ends the list with a failure",
        arguments: [
            ["hasMore": true], ["hasMore": true, "cursor": ""], ["hasMore": true, "cursor": "here"],
        ] as [JSONValue]
    )
    func endlessPage(pagination: JSONValue) async throws {
        try await withDaemon { peer, _ in
            while let request = peer.request() { peer.reply(to: request, [1], pagination: pagination) }
        } _: { client in
            var pages = client.pages("a.listB", ["cursor": "here"]).makeAsyncIterator()
            do throws(LatchkeyError) {
                _ = try await pages.next()
                Issue.record("an endless page was taken")
            } catch {
                #expect(error == .invalidReply("a page that says it has more, without a cursor that leads on"))
            }
            let after = try await pages.next()
            #expect(after == nil)
        }
    }
}

/// The parameters of the requests that a daemon got.
final class Asked: Sendable {
    private let params = Mutex<[JSONValue]>([])

    var all: [JSONValue] { params.withLock { $0 } }

    func add(_ value: JSONValue) { params.withLock { $0.append(value) } }
}
