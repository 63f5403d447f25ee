public import JSONSyntax

extension LatchkeyClient {
    /// The pages of a list, one call each, made as they are asked for.
    ///
    /// - Parameters:
    ///   - method: A paged list.
    ///   - params: An object; `cursor` in it is where the first page begins.
    /// - Returns: A sequence that asks anew each time it is iterated.
    public func pages(_ method: String, _ params: JSONValue = [:]) -> Pages {
        Pages(client: self, method: method, params: params)
    }

    /// The items of a list, page after page.
    ///
    /// - Parameters:
    ///   - method: A paged list.
    ///   - params: An object; `cursor` in it is where the first page begins.
    /// - Returns: A sequence that asks anew each time it is iterated.
    public func items(_ method: String, _ params: JSONValue = [:]) -> Items {
        Items(pages: pages(method, params))
    }
}

/// The pages of a list.
public struct Pages: AsyncSequence, Sendable {
    let client: LatchkeyClient
    let method: String
    let params: JSONValue

    /// Begins at the first page.
    public func makeAsyncIterator() -> Iterator {
        Iterator(client: client, method: method, next: params)
    }

    /// Asks for one page after the other.
    public struct Iterator: AsyncIteratorProtocol {
        let client: LatchkeyClient
        let method: String
        var next: JSONValue?

        /// The next page; `nil` after the last one.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(LatchkeyError) -> Reply? {
            guard let params = next else { return nil }
            next = nil
            let reply = try await client.call(method, params)
            guard reply.pagination?.hasMore == true else { return reply }
            // A page that leads to itself would be read without end.
            guard let cursor = reply.pagination?.cursor, !cursor.isEmpty, cursor != params["cursor"]?.string else {
                throw .invalidReply("a page that says it has more, without a cursor that leads on")
            }
            let others = (params.object ?? []).filter { $0.name != "cursor" }
            next = .object(others + [JSONValue.Member(name: "cursor", value: .string(cursor))])
            return reply
        }
    }
}

/// The items of a list.
public struct Items: AsyncSequence, Sendable {
    let pages: Pages

    /// Begins at the first item.
    public func makeAsyncIterator() -> Iterator {
        Iterator(pages: pages.makeAsyncIterator())
    }

    /// Gives one item after the other, and asks for pages as they are needed.
    public struct Iterator: AsyncIteratorProtocol {
        var pages: Pages.Iterator
        var page: ArraySlice<JSONValue> = []

        /// The next item; `nil` after the last one.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(LatchkeyError) -> JSONValue? {
            while page.isEmpty {
                guard let reply = try await pages.next(isolation: actor) else { return nil }
                page = (reply.data.array ?? [])[...]
            }
            return page.popFirst()
        }
    }
}
