import Domain
import TestSupport
import Testing

@testable import Store

/// Clients that ask at random times, against the formula of `ratelimit.md` §2 computed here on its own.
@Suite struct WindowAccuracyTests {
    private struct Run: CustomTestStringConvertible, Sendable {
        let clients: Int
        /// Requests offered, in limits for each window.
        let load: Double
        let seed: UInt64

        var testDescription: String { "\(clients) clients, load \(load), seed \(seed)" }
    }

    private static let runs = [1, 4, 16, 64].flatMap { clients in
        [0.5, 0.9, 1, 1.1, 2, 5, 10].map { load in
            Run(clients: clients, load: load, seed: UInt64(clients) << 32 | UInt64(load * 100))
        }
    }

    private static let duration: Int64 = 60_000
    private static let limit: Int64 = 500
    private static let windows: Int64 = 10

    /// The times at which the clients of a run ask, in order: each by itself, as often as its share of the load.
    private static func times(_ run: Run) -> [Int64] {
        var generator = SeededGenerator(run.seed)
        let requests = Int(Double(limit * windows) * run.load) / run.clients
        return (0..<run.clients).flatMap { _ in
            (0..<requests).map { _ in Int64.random(in: 0..<windows * duration, using: &generator) }
        }.sorted()
    }

    @Test("10 windows of any load let through exactly what the formula says, whichever client asks", arguments: runs)
    private func exact(_ run: Run) {
        let table = WindowTable(windowsMax: 10)
        let key = WindowKey.identifier("shared", in: RowNumber(1), durationMilliseconds: Self.duration)
        var passedIn = [Int64: Int64]()
        for time in Self.times(run) {
            let window = table.window(of: key, at: UnixMilliseconds(time))
            let decision = window.decide(limit: Self.limit, cost: 1)
            if decision.passes { table.spend(1, in: window, of: key) }
            let number = time / Self.duration
            let weight = 1 - Double(time % Self.duration) / Double(Self.duration)
            let used = passedIn[number, default: 0] + Int64((Double(passedIn[number - 1, default: 0]) * weight))
            let isRight = decision.passes == (used + 1 <= Self.limit)
            #expect(isRight, "at \(time)")
            if decision.passes { passedIn[number, default: 0] += 1 }
        }
        #expect(passedIn.values.allSatisfy { $0 <= Self.limit })
        let passed = passedIn.values.reduce(0, +)
        let offered = Int64(Self.times(run).count)
        // Under the limit nothing is refused but for the luck of the draw; over it the windows are full.
        if run.load <= 0.5 { #expect(passed == offered) }
        if run.load >= 2 { #expect(passed >= Self.limit * Self.windows * 9 / 10) }
    }
}
