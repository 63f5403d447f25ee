import Bytes
import Reactor

/// What the adapter keeps for an HTTP connection: where its parser stands, and its requests in flight in the order they came.
final class ClientSession {
    var parser: HTTPRequestParser
    /// Which daemon connection it prefers: one client's requests then come back in their order.
    let link: Int
    /// Where it is, as text; empty for a socket that does not tell.
    let address: ByteBuffer
    /// The requests that are not answered, oldest first.
    private(set) var first: Exchange?
    private(set) var last: Exchange?
    private(set) var count = 0
    /// By when the request that is arriving has to be whole.
    var readDeadline: MonotonicTime?
    /// Whether its client waits for `100 Continue`; it may only be sent when everything before is answered.
    var owesContinue = false
    /// Whether the `Expect` of the arriving request was looked at.
    var expectWasSettled = false
    /// Nothing more is read: the connection ends when all requests are answered.
    var isEnding = false

    init(limits: HTTPLimits, link: Int, address: String? = nil) {
        var bytes = ByteBuffer()
        bytes.append(Array((address ?? "").utf8))
        self.address = bytes
        parser = HTTPRequestParser(limits: limits)
        self.link = link
    }

    func append(_ exchange: Exchange) {
        if let last { last.next = exchange } else { first = exchange }
        last = exchange
        count += 1
    }

    func removeFirst() {
        guard let exchange = first else { return }
        first = exchange.next
        if first == nil { last = nil }
        exchange.next = nil
        count -= 1
    }

    /// The arriving request is whole; the next one starts anew.
    func arrivalEnded() {
        readDeadline = nil
        owesContinue = false
        expectWasSettled = false
    }
}
