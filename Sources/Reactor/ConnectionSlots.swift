/// The open connections, by slot.
///
/// A slot is used again, with the next generation, so an old name never finds a new connection.
struct ConnectionSlots<Session> {
    private var connections: [Connection<Session>?] = []
    private var generations: [UInt32] = []
    private var free: [UInt32] = []

    var count: Int { connections.count - free.count }

    subscript(id: ConnectionID) -> Connection<Session>? {
        let slot = Int(id.slot)
        guard slot < connections.count, generations[slot] == id.generation else { return nil }
        return connections[slot]
    }

    /// Keeps the connection that `make` builds under the name it is given.
    mutating func insert(_ make: (ConnectionID) -> Connection<Session>) -> Connection<Session> {
        let slot = free.popLast() ?? addSlot()
        let connection = make(ConnectionID(slot: slot, generation: generations[Int(slot)]))
        connections[Int(slot)] = connection
        return connection
    }

    mutating func remove(_ id: ConnectionID) {
        guard self[id] != nil else { return }
        connections[Int(id.slot)] = nil
        // The two highest generations are the tokens of listeners and sources.
        generations[Int(id.slot)] = (generations[Int(id.slot)] + 1) % Token.firstReserved
        free.append(id.slot)
    }

    func forEach(_ body: (Connection<Session>) -> Void) {
        for case let connection? in connections { body(connection) }
    }

    private mutating func addSlot() -> UInt32 {
        connections.append(nil)
        generations.append(0)
        return UInt32(connections.count - 1)
    }
}

/// What an event's 64 bits name.
enum Token {
    case connection(ConnectionID)
    case listener(Int)
    case source(Int)

    static let firstReserved = UInt32.max - 1
    private static let listenerGeneration = UInt32.max - 1
    private static let sourceGeneration = UInt32.max

    init(_ bits: UInt64) {
        let slot = UInt32(truncatingIfNeeded: bits)
        switch UInt32(bits >> 32) {
        case Self.listenerGeneration: self = .listener(Int(slot))
        case Self.sourceGeneration: self = .source(Int(slot))
        case let generation: self = .connection(ConnectionID(slot: slot, generation: generation))
        }
    }

    var bits: UInt64 {
        switch self {
        case .connection(let id): id.token
        case .listener(let index): UInt64(Self.listenerGeneration) << 32 | UInt64(index)
        case .source(let index): UInt64(Self.sourceGeneration) << 32 | UInt64(index)
        }
    }
}
