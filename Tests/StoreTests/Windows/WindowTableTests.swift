import Domain
import TestSupport
import Testing

@testable import Store

@Suite struct WindowTableTests {
    private func key(_ text: String, _ subject: Int64 = 1, duration: Int64 = 1_000) -> WindowKey {
        .identifier(text, in: RowNumber(subject), durationMilliseconds: duration)
    }

    private func spend(_ cost: Int64, _ key: WindowKey, _ table: inout WindowTable, at time: Int64) {
        table.spend(cost, in: table.window(of: key, at: UnixMilliseconds(time)), of: key)
    }

    private func current(_ key: WindowKey, _ table: inout WindowTable, at time: Int64) -> Int64 {
        table.window(of: key, at: UnixMilliseconds(time)).current
    }

    /// The formula once more, from the list of all that has passed.
    private struct Model {
        struct Entry: Hashable {
            let text: String
            let duration: Int64
        }

        var passed: [Entry: [(time: Int64, cost: Int64)]] = [:]
        var now: Int64 = 0

        mutating func request(_ entry: Entry, _ limit: Int64, _ cost: Int64, at time: Int64) -> (Bool, Int64, Int64) {
            now = max(now, time)
            let start = now - now % entry.duration
            let list = passed[entry] ?? []
            let current = list.filter { $0.time >= start }.map(\.cost).reduce(0, +)
            let previous = list.filter { $0.time >= start - entry.duration && $0.time < start }.map(\.cost).reduce(0, +)
            let elapsed = Double(now - start) / Double(entry.duration)
            let used = current + Int64(Double(previous) * (1 - elapsed))
            guard used + cost <= limit else { return (false, 0, start + entry.duration) }
            passed[entry, default: []].append((now, cost))
            return (true, limit - used - cost, start + entry.duration)
        }
    }

    @Test("random requests, sweeps, snapshots and clocks agree with the formula over a list of all that has passed")
    func model() {
        var generator = SeededGenerator.announced("window table")
        var table = WindowTable(windowsMax: 100_000)
        var model = Model()
        var stored: [WindowKeyCopy: WindowRow] = [:]
        var time: Int64 = 1_788_000_000_000
        for step in 0..<20_000 {
            time += Int64.random(in: -200...300, using: &generator)
            let entry = Model.Entry(
                text: "user_\(Int.random(in: 0..<40, using: &generator))",
                duration: [1_000, 3_000, 7_919].randomElement(using: &generator) ?? 1_000
            )
            let limit = Int64.random(in: 1...30, using: &generator)
            let cost = Int64.random(in: 0...4, using: &generator)
            let key = key(entry.text, duration: entry.duration)
            let window = table.window(of: key, at: UnixMilliseconds(time))
            let decision = window.decide(limit: limit, cost: cost)
            if decision.passes { table.spend(cost, in: window, of: key) }
            let expected = model.request(entry, limit, cost, at: time)
            #expect(decision.passes == expected.0 && decision.remaining == expected.1 && window.reset == expected.2)
            if step % 7 == 0 { table.sweep(segmentsMax: 700, at: UnixMilliseconds(time)) }
            if step % 50 == 0 {
                for row in table.takeDirty(segmentsMax: .max, rowsMax: .max).rows { stored[WindowKeyCopy(row)] = row }
            }
            if step % 1_000 == 999 {
                // What was stored, and nothing else, makes a table that goes on as this one does.
                for row in table.takeDirty(segmentsMax: .max, rowsMax: .max).rows { stored[WindowKeyCopy(row)] = row }
                table = WindowTable(windowsMax: 100_000)
                for row in stored.values { table.restore(row) }
                // The clock was not set back meanwhile.
                table.sweep(segmentsMax: 0, at: UnixMilliseconds(model.now))
            }
        }
    }

    /// What one row of the database is known by.
    private struct WindowKeyCopy: Hashable {
        let text: [UInt8]
        let duration: Int64

        init(_ row: WindowRow) {
            text = row.text
            duration = row.durationMilliseconds
        }
    }

    @Test("keys that differ in kind, subject, text or duration are different counters, byte by byte")
    func wholeKeys() {
        var table = WindowTable(windowsMax: 100)
        let keys = [
            key("é"), key("e\u{301}"), key("É"), key(""), key("é", 2), key("é", duration: 2_000),
            .limit("é", of: RowNumber<Key>(1), durationMilliseconds: 1_000),
            .limit("é", of: RowNumber<Identity>(1), durationMilliseconds: 1_000),
            .calls(of: RowNumber(1), durationMilliseconds: 1_000),
        ]
        for (index, key) in keys.enumerated() { spend(Int64(index) + 1, key, &table, at: 0) }
        #expect(table.count == keys.count)
        for (index, key) in keys.enumerated() { #expect(current(key, &table, at: 0) == Int64(index) + 1) }
    }

    @Test(
        "a hundred thousand counters are told apart, dropped when they have ended and not before, and give their place back"
    )
    func many() {
        var table = WindowTable(windowsMax: 200_000)
        for number in 0..<100_000 { spend(Int64(number % 7) + 1, key("user_\(number)"), &table, at: 500) }
        #expect(table.count == 100_000)
        for number in stride(from: 0, to: 100_000, by: 97) {
            #expect(current(key("user_\(number)"), &table, at: 600) == Int64(number % 7) + 1)
        }
        table.sweep(segmentsMax: 4_096, at: UnixMilliseconds(1_999))
        #expect(table.count == 100_000, "the previous window still counts")
        table.sweep(segmentsMax: 2_048, at: UnixMilliseconds(2_000))
        #expect((40_000...60_000).contains(table.count), "half of the table was looked at")
        table.sweep(segmentsMax: 2_048, at: UnixMilliseconds(2_000))
        #expect(table.count == 0)
    }

    @Test("a full table takes a new window in place of one that ends earlier, and never holds more than its bound")
    func bound() {
        var table = WindowTable(windowsMax: 40_000)
        for number in 0..<40_000 { spend(1, key("short_\(number)"), &table, at: 0) }
        let long = (0..<4_000).map { key("long_\($0)", duration: 60_000) }
        for key in long {
            spend(1, key, &table, at: 0)
            #expect(table.count <= 40_000)
        }
        #expect(table.count == 40_000)
        let kept = long.count { current($0, &table, at: 0) == 1 }
        // A segment without short windows has nothing else to give, which is as good as never.
        #expect(kept > 3_990)
        table.sweep(segmentsMax: 4_096, at: UnixMilliseconds(10_000))
        #expect(table.count == kept)
    }

    @Test("a table of one window holds one, whichever was spent last")
    func boundOfOne() {
        var table = WindowTable(windowsMax: 1)
        for number in 0..<300 {
            spend(2, key(String(repeating: "x", count: 500) + "\(number)"), &table, at: 0)
            #expect(table.count == 1)
            #expect(current(key(String(repeating: "x", count: 500) + "\(number)"), &table, at: 0) == 2)
        }
    }

    @Test("only windows that have changed are handed over, each once, in batches of any size")
    func snapshots() {
        var table = WindowTable(windowsMax: 10_000)
        for number in 0..<2_000 { spend(1, key("user_\(number)"), &table, at: 0) }
        var rows: [WindowRow] = []
        while table.isDirty { rows += table.takeDirty(segmentsMax: 100, rowsMax: 50).rows }
        #expect(rows.count == 2_000)
        #expect(Set(rows.map(\.text)).count == 2_000)
        spend(0, key("user_1"), &table, at: 0)
        #expect(!table.isDirty)
        spend(4, key("user_1"), &table, at: 0)
        let changed = table.takeDirty(segmentsMax: .max, rowsMax: .max).rows
        #expect(changed.map(\.counts.current) == [5] || changed.count > 1)
        #expect(changed.contains { $0.text == Array("user_1".utf8) && $0.counts.current == 5 })
        #expect(changed.count == 1)
    }
}
