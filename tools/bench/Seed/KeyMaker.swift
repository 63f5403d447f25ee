/// Makes keys over several connections, each with a batch under way, so that the writer always finds the next.
struct KeyMaker {
    private static let method = "keys.createKey"
    private static let laneCount = 8

    private let rootKey: String
    private let params: String
    private let lanes: [Lane]

    init(_ product: Product, apiID: String) throws(BenchFailure) {
        rootKey = product.rootKey
        params = #"{"apiId":"\#(apiID)"}"#
        var lanes: [Lane] = []
        for _ in 0..<Self.laneCount { lanes.append(Lane(try ControlConnection(path: product.socketPath))) }
        self.lanes = lanes
    }

    /// Makes keys.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - told: Gets the number of keys that are made, after each batch; may break off.
    /// - Returns: Their identifiers, in any order.
    /// - Throws: When a request fails.
    func make(_ count: Int, told: (Int) throws(BenchFailure) -> Void) throws(BenchFailure) -> [String] {
        var keyIDs: [String] = []
        keyIDs.reserveCapacity(count)
        var started = 0
        var turn = 0
        while keyIDs.count < count {
            // A lane's turn: take what it has under way, and give it the next.
            let lane = lanes[turn % lanes.count]
            turn += 1
            for _ in 0..<lane.underWay { keyIDs.append(try lane.connection.receive("keyId", of: Self.method)) }
            lane.underWay = min(ControlConnection.batchMax, count - started)
            started += lane.underWay
            let batch = [String](repeating: params, count: lane.underWay)
            try lane.connection.send(Self.method, batch[...], credential: rootKey)
            try told(keyIDs.count)
        }
        return keyIDs
    }

    /// A connection, and how many calls are under way on it.
    private final class Lane {
        var connection: ControlConnection
        var underWay = 0

        init(_ connection: consuming ControlConnection) {
            self.connection = connection
        }
    }
}
