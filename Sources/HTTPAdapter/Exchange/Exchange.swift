import Bytes
import Reactor

/// One request that is not answered yet, or whose answer waits for an earlier one.
///
/// Reused from request to request.
final class Exchange {
    /// What the daemon is asked for.
    enum Purpose {
        /// The procedure that a client called.
        case procedure
        /// `GET /v2/liveness`.
        case liveness
        /// `GET /openapi.json`.
        case document
        /// The list of procedures, for the adapter itself.
        case procedures
    }

    let slot: Int
    /// How often the slot has been used: the upper part of the frame's `id`, so that a late reply finds nobody.
    var generation = 0
    var isUsed = false
    var purpose = Purpose.procedure
    /// Who gets the reply; `nil` once the peer has gone.
    var client: ConnectionID?
    /// The daemon connection that it was sent on; `nil` when the daemon owes nothing.
    var link: Int?
    var traits = ReplyTraits()
    /// When the client is told that it took too long.
    var deadline = MonotonicTime(nanoseconds: 0)
    /// The client's next request.
    var next: Exchange?
    /// The whole HTTP reply, once it is known and while an earlier one is not.
    var reply = ByteBuffer()
    var isAnswered = false

    init(slot: Int) {
        self.slot = slot
    }

    /// The frame's `id`; below 2^53.
    var id: Int { generation << ExchangeTable.slotBits | slot }
}

/// The exchanges by slot.
struct ExchangeTable {
    static let slotBits = 20
    private static let generationsMax = 1 << (52 - slotBits)

    private var exchanges: [Exchange] = []
    private var free: [Exchange] = []

    /// Exchanges in use.
    var count: Int { exchanges.count - free.count }

    /// The exchange of a reply's `id`; `nil` when nobody waits for it any more.
    func exchange(id: Int) -> Exchange? {
        let slot = id & (1 << Self.slotBits - 1)
        guard id >= 0, slot < exchanges.count else { return nil }
        let exchange = exchanges[slot]
        return exchange.isUsed && exchange.id == id ? exchange : nil
    }

    /// - Returns: `nil` when `limit` are in use.
    mutating func take(limit: Int = .max) -> Exchange? {
        guard count < min(limit, 1 << Self.slotBits) else { return nil }
        let exchange: Exchange
        if let reused = free.popLast() {
            exchange = reused
        } else {
            exchange = Exchange(slot: exchanges.count)
            exchanges.append(exchange)
        }
        exchange.isUsed = true
        exchange.isAnswered = false
        exchange.client = nil
        exchange.link = nil
        exchange.next = nil
        return exchange
    }

    mutating func release(_ exchange: Exchange) {
        precondition(exchange.isUsed, "an exchange is released once")
        exchange.isUsed = false
        exchange.generation = (exchange.generation + 1) % Self.generationsMax
        exchange.next = nil
        exchange.reply.removeAll(keepingAtMost: 4_096)
        free.append(exchange)
    }

    /// Those in use for which the condition holds.
    func filter(_ condition: (Exchange) -> Bool) -> [Exchange] {
        exchanges.filter { $0.isUsed && condition($0) }
    }
}
