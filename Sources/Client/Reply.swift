public import JSONSyntax
import ProtocolWire

/// What a procedure gave.
public struct Reply: Sendable, Equatable {
    /// The procedure's data.
    public let data: JSONValue
    /// Whether there is more, for paged lists.
    public let pagination: Pagination?
    /// The daemon's name of the request.
    public let requestID: String
    /// Whether it is the reply to an earlier call with the same idempotency key; nothing was done for this one.
    public let isReplayed: Bool
    /// The whole reply, without the identifier that the client gave it.
    public let envelope: JSONValue

    /// Where a list goes on.
    public struct Pagination: Sendable, Equatable {
        /// Whether there are more rows.
        public let hasMore: Bool
        /// Where the next page begins; only when there are more.
        public let cursor: String?
    }
}

/// A reply frame, understood.
struct ReplyFrame {
    /// The client's own identifier; `nil` when the daemon could not read the request that it answers.
    let id: Int64?
    let outcome: Result<Reply, LatchkeyError>

    /// - Returns: `nil` for what is no reply.
    init?(_ frame: JSONValue) {
        guard let members = frame.object, let requestID = frame["meta"]?["requestId"]?.string else { return nil }
        id = frame["id"]?.integer
        guard id != nil || frame["id"] == nil else { return nil }
        let envelope = JSONValue.object(members.filter { $0.name != "id" })
        switch (frame["data"], frame["error"]) {
        case (let data?, nil):
            outcome = .success(
                Reply(
                    data: data,
                    pagination: Self.pagination(frame["pagination"]),
                    requestID: requestID,
                    isReplayed: frame["meta"]?["replayed"]?.boolean == true,
                    envelope: envelope
                )
            )
        case (nil, let error?):
            guard let refusal = Refusal(error, requestID: requestID, envelope: envelope) else { return nil }
            outcome = .failure(.refused(refusal))
        default: return nil
        }
    }

    private static func pagination(_ value: JSONValue?) -> Reply.Pagination? {
        guard let value, let hasMore = value["hasMore"]?.boolean else { return nil }
        return Reply.Pagination(hasMore: hasMore, cursor: value["cursor"]?.string)
    }
}

extension Refusal {
    init?(_ error: JSONValue, requestID: String, envelope: JSONValue) {
        guard let status = error["status"]?.integer, (400...599).contains(status), let type = error["type"]?.string,
            let title = error["title"]?.string, let detail = error["detail"]?.string
        else { return nil }
        self.status = Int(status)
        self.type = type
        self.title = title
        self.detail = detail
        self.requestID = requestID
        self.envelope = envelope
        faults = (error["errors"]?.array ?? []).compactMap { fault in
            guard let location = fault["location"]?.string, let message = fault["message"]?.string else { return nil }
            return Fault(location: location, message: message, fix: fault["fix"]?.string)
        }
    }
}
