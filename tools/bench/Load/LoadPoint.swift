/// A shape of load: so many connections, and so many requests under way on each.
struct LoadPoint: Sendable, Equatable, CustomStringConvertible {
    /// 1 to 10,000.
    let connections: Int
    /// 1 to 10,000.
    let pipeline: Int

    static let range = 1...10_000

    init(connections: Int, pipeline: Int) {
        precondition(
            Self.range.contains(connections) && Self.range.contains(pipeline),
            "a load point is within its range"
        )
        self.connections = connections
        self.pipeline = pipeline
    }

    /// Reads `64x16`: connections, then requests under way on each; `64` means `64x1`.
    init?(_ text: some StringProtocol) {
        let numbers = text.split(separator: "x", maxSplits: 1, omittingEmptySubsequences: false).map { Int($0) }
        guard let connections = numbers[0], Self.range.contains(connections) else { return nil }
        guard let pipeline = numbers.count == 2 ? numbers[1] : 1, Self.range.contains(pipeline) else { return nil }
        self.init(connections: connections, pipeline: pipeline)
    }

    /// Reads `1x1,64x16`; `nil` when any of them is none, or there is none.
    static func list(_ text: String) -> [LoadPoint]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let points = parts.compactMap { LoadPoint($0) }
        return points.count == parts.count ? points : nil
    }

    var description: String { "\(connections)x\(pipeline)" }
}
