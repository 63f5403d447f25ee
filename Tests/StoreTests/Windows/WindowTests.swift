import Domain
import Testing

@testable import Store

/// A table, a key, and requests at times: what `ratelimit.md` §2 says of one counter.
private struct Counter {
    var table = WindowTable(windowsMax: 1_000)
    let key: WindowKey

    init(duration: Int64 = 10_000) {
        key = .identifier("a", in: RowNumber(1), durationMilliseconds: duration)
    }

    mutating func request(_ limit: Int64, cost: Int64 = 1, at time: Int64) -> WindowDecision {
        let window = table.window(of: key, at: UnixMilliseconds(time))
        let decision = window.decide(limit: limit, cost: cost)
        if decision.passes { table.spend(cost, in: window, of: key) }
        return decision
    }

    mutating func window(at time: Int64) -> Window { table.window(of: key, at: UnixMilliseconds(time)) }
}

@Suite struct WindowTests {
    private func window(_ current: Int64, _ previous: Int64, elapsed: Int64, duration: Int64 = 100) -> Window {
        WindowCounts(sequence: 7, current: current, previous: previous)
            .window(at: 7 * duration + elapsed, durationMilliseconds: duration, hash: 0)
    }

    @Test(
        "the rows of the reference's table",
        arguments: [
            (9, 0, 0, 10, 1, true, 0), (10, 0, 0, 10, 0, true, 0), (10, 0, 0, 10, 1, false, 0),
            (0, 0, 0, 10, 100, false, 0), (5, 10, 50, 10, 1, false, 0), (5, 10, 99, 10, 1, true, 4),
            (0, 100, 25, 100, 0, true, 25),
        ] as [(Int64, Int64, Int64, Int64, Int64, Bool, Int64)]
    )
    func table(
        _ current: Int64,
        _ previous: Int64,
        _ elapsed: Int64,
        _ limit: Int64,
        _ cost: Int64,
        _ passes: Bool,
        _ remaining: Int64
    ) {
        let decision = window(current, previous, elapsed: elapsed).decide(limit: limit, cost: cost)
        #expect(decision.passes == passes && decision.remaining == remaining)
    }

    @Test("a request passes up to exactly the limit, and remaining is never negative")
    func limit() {
        var counter = Counter()
        #expect((0..<4).map { _ in counter.request(3, at: 5_000).remaining } == [2, 1, 0, 0])
        #expect(!counter.request(3, at: 5_000).passes)
        #expect(counter.request(4, at: 5_000) == WindowDecision(passes: true, remaining: 0, unspent: 1))
    }

    @Test("a denied request spends nothing, so a smaller cost may still pass")
    func denied() {
        var counter = Counter()
        #expect(!counter.request(10, cost: 11, at: 0).passes)
        #expect(counter.table.count == 0)
        #expect(counter.request(10, cost: 8, at: 0).passes)
        #expect(!counter.request(10, cost: 3, at: 0).passes)
        #expect(counter.request(10, cost: 2, at: 0) == WindowDecision(passes: true, remaining: 0, unspent: 2))
    }

    @Test("a cost of 0 spends nothing and passes at exactly the limit, not above it")
    func costZero() {
        var counter = Counter()
        #expect(counter.request(10, cost: 0, at: 0).remaining == 10)
        #expect(counter.table.count == 0)
        #expect(counter.request(10, cost: 10, at: 0).passes)
        #expect(counter.request(10, cost: 0, at: 0).passes)
        #expect(!counter.request(9, cost: 0, at: 0).passes)
        #expect(counter.window(at: 0).current == 10)
    }

    @Test("a limit of 0 lets nothing pass, a cost of 0 neither")
    func limitZero() {
        var counter = Counter()
        #expect(counter.request(0, cost: 0, at: 0) == WindowDecision(passes: false, remaining: 0, unspent: 0))
        #expect(!counter.request(0, at: 0).passes)
    }

    @Test("the limit is no part of the key, the duration is")
    func key() {
        var counter = Counter()
        #expect(counter.request(5, cost: 5, at: 0).passes)
        #expect(counter.request(7, at: 0).remaining == 1)
        let other = WindowKey.identifier("a", in: RowNumber(1), durationMilliseconds: 20_000)
        #expect(counter.table.window(of: other, at: UnixMilliseconds(0)).current == 0)
    }

    @Test(
        "windows are aligned to the epoch, end one millisecond before the next begins, and the one before last counts no more"
    )
    func alignment() {
        var counter = Counter()
        #expect(counter.request(10, cost: 4, at: 19_999).passes)
        #expect(counter.window(at: 19_999).reset == 20_000)
        #expect(counter.window(at: 20_000).carried == 4)
        #expect(counter.window(at: 20_001).carried == 3)
        #expect(counter.window(at: 20_000).reset == 30_000)
        #expect(counter.window(at: 29_999).carried == 0)
        #expect(counter.window(at: 30_000).carried == 0)
    }

    @Test("sums near 2^63 are denied, never wrapped")
    func saturation() {
        var counter = Counter()
        #expect(counter.request(.max, cost: .max, at: 0) == WindowDecision(passes: true, remaining: 0, unspent: .max))
        #expect(!counter.request(.max, at: 0).passes)
        #expect(counter.request(.max, cost: 0, at: 0).passes)
        // All of it is carried, which as a double is 2^63 itself.
        #expect(counter.window(at: 10_000).carried == .max)
        #expect(!counter.request(.max, at: 10_000).passes)
        #expect(!counter.request(.max, cost: .max, at: 10_001).passes)
        #expect(counter.request(.max, at: 20_000).remaining == .max - 1)
    }

    @Test("the end of a window of any length is a time, at most the last there is")
    func resetSaturates() {
        var counter = Counter(duration: .max)
        #expect(counter.window(at: 1_788_000_000_000).reset == .max)
        #expect(counter.request(3, cost: 3, at: 1_788_000_000_000).passes)
        #expect(!counter.request(3, at: 1_788_000_000_001).passes)
        let long = WindowCounts(sequence: 1, current: 1, previous: 1)
        #expect(long.end(durationMilliseconds: .max / 2) == .max)
        #expect(long.end(durationMilliseconds: 1_000) == 3_000)
    }

    @Test("what was spent is given back whole, also in a window that had none before")
    func giveBack() {
        var counter = Counter()
        #expect(counter.request(10, cost: 2, at: 5_000).passes)
        for time in [5_000, 12_000] as [Int64] {
            let before = counter.window(at: time)
            counter.table.spend(3, in: before, of: counter.key)
            #expect(counter.window(at: time).current == before.current + 3)
            counter.table.giveBack(3, in: before, of: counter.key)
            #expect(counter.window(at: time) == before)
        }
    }

    @Test("what was spent is given back also when its window has ended meanwhile, and then no more")
    func giveBackLater() {
        var counter = Counter()
        let before = counter.window(at: 5_000)
        counter.table.spend(6, in: before, of: counter.key)
        #expect(counter.request(10, cost: 2, at: 10_000).passes)
        counter.table.giveBack(4, in: before, of: counter.key)
        #expect(counter.window(at: 10_000).carried == 2)
        #expect(counter.window(at: 10_000).current == 2)
        #expect(counter.request(10, cost: 1, at: 20_000).passes)
        counter.table.giveBack(2, in: before, of: counter.key)
        #expect(counter.window(at: 20_000).carried == 2)
        #expect(counter.window(at: 20_000).current == 1)
    }

    @Test("a clock that goes back opens no window again and makes nothing negative")
    func clockGoesBack() {
        var counter = Counter()
        #expect(counter.request(5, cost: 5, at: 25_000).passes)
        for time in [24_999, 20_000, 19_999, 10_000, 0, -1, .min] as [Int64] {
            #expect(!counter.request(5, at: time).passes)
            #expect(counter.window(at: time).reset == 30_000)
            #expect(counter.window(at: time).carried >= 0)
        }
    }

    @Test("a clock that goes back opens no window again whose count was dropped meanwhile")
    func clockGoesBackPastSweep() {
        var counter = Counter()
        #expect(counter.request(5, cost: 5, at: 25_000).passes)
        counter.table.sweep(segmentsMax: 4_096, at: UnixMilliseconds(40_000))
        #expect(counter.table.count == 0)
        #expect(counter.window(at: 25_000).reset == 50_000)
    }
}
