import Domain
import Testing

@testable import Store

@Suite struct AuditRetentionTests {
    private let database: TemporaryDatabase
    private var transaction: WriteTransaction { database.transaction }
    private let day: Int64 = 86_400_000

    init() throws {
        database = try TemporaryDatabase()
    }

    /// A workspace that keeps its audit rows for so many days.
    private func workspace(_ name: String, days: Int?) throws -> WorkspaceReference {
        let workspace = try transaction.insertWorkspace(named: name)
        var row = try #require(try transaction.workspace(workspace.id))
        row.limits.auditRetentionDays = days
        try transaction.updateWorkspace(row)
        return workspace
    }

    /// Walks through the log at that time, and gives the subjects of the rows that are left.
    private func subjects(at time: Int64, most: Int = 1_000) throws -> Set<String> {
        transaction.auditWalk = AuditWalk()
        var rounds = 0
        while transaction.auditWalk.resumption == nil {
            try transaction.purgeAuditRows(at: UnixMilliseconds(time), most: most)
            rounds += 1
            try #require(rounds < 100)
        }
        return Set(try database.audit().map { String($0.drop { $0 != " " }.dropFirst()) })
    }

    @Test("an audit row goes after the days of its workspace and not a millisecond sooner; null keeps it for ever")
    func days() throws {
        let two = try workspace("two", days: 2)
        let ever = try workspace("ever", days: nil)
        let standard = try transaction.insertWorkspace(named: "standard")
        let all = Set([two, ever, standard].map(\.id.text))
        #expect(try subjects(at: 999 + 2 * day) == all)
        #expect(try subjects(at: 1_000 + 2 * day) == all.subtracting([two.id.text]))
        #expect(try subjects(at: 999 + 90 * day) == all.subtracting([two.id.text]))
        #expect(try subjects(at: 1_000 + 90 * day) == [ever.id.text])
        #expect(try subjects(at: 1_000_000 * day) == [ever.id.text])
        try database.expectPlansWithoutScans()
    }

    @Test("rows that stay do not hide those behind them, however few are looked at at a time")
    func walk() throws {
        let ever = try workspace("ever", days: nil)
        for index in 0..<7 { _ = try transaction.insertAPI(named: "ever\(index)", in: ever) }
        let none = try workspace("none", days: 0)
        let longest = try workspace("longest", days: 1 << 53)
        let kept = try subjects(at: 999).subtracting([none.id.text])
        #expect(kept.count == 9 && kept.contains(longest.id.text))
        #expect(try subjects(at: 1_000, most: 3) == kept)
    }

    @Test("after a walk the log is left alone for an hour, and then looked at again")
    func pause() throws {
        _ = try workspace("two", days: 2)
        let start = 1_000 + 2 * day - AuditWalk.pauseMilliseconds
        #expect(try subjects(at: start - 1).count == 1)
        for (time, left) in [(start + AuditWalk.pauseMilliseconds - 2, 2), (start + AuditWalk.pauseMilliseconds, 0)] {
            try transaction.purge(at: UnixMilliseconds(time), most: 1_000)
            #expect(try database.audit().count == left)
        }
    }
}
