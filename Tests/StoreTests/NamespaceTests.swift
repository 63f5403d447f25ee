import Domain
import SQLite
import Testing

@testable import Store

@Suite struct NamespaceTests {
    private let database: TemporaryDatabase
    private var transaction: WriteTransaction { database.transaction }
    private let workspace: WorkspaceReference

    init() throws {
        database = try TemporaryDatabase()
        workspace = try database.transaction.insertWorkspace(named: "acme")
    }

    private func name(_ text: String) -> NamespaceName { NamespaceName(text, in: workspace.number) }

    private func made(_ text: String) throws -> NamespaceRow {
        try transaction.makeNamespaces([text], in: workspace)
        return try #require(try transaction.namespace(name(text)))
    }

    @Test("a namespace is made once, also a deleted one, and is found by name and by identifier, which wins")
    func rows() throws {
        let row = try made("mail")
        #expect(try made("mail").number == row.number)
        #expect(try transaction.namespace(name(row.id.text))?.number == row.number)
        try transaction.deleteNamespace(row, in: workspace)
        #expect(try made("mail").isDeleted)
        // A name that another one's identifier came to equal later cannot be meant any more.
        let other = try made("other")
        try database.connection.run(
            Command("UPDATE ratelimit_namespaces SET name = ?1 WHERE number = ?2"),
            other.id.text,
            row.number.value
        )
        #expect(try transaction.namespace(name(other.id.text))?.number == other.number)
        let stranger = try transaction.insertWorkspace(named: "other")
        #expect(try transaction.namespace(NamespaceName(row.id.text, in: stranger.number)) == nil)
    }

    @Test("no statement on namespaces, overrides and windows scans a table or sorts a list")
    func plans() throws {
        let row = try made("mail")
        let override = try transaction.setOverride("a", limit: 1, durationMilliseconds: 1_000, of: row, in: workspace)
        _ = try transaction.setOverride("a", limit: 2, durationMilliseconds: 1_000, of: row, in: workspace)
        #expect(try transaction.overrides(of: row, from: "", limit: 2).count == 1)
        #expect(try transaction.namespaceContents(name("mail"))?.overrides.count == 1)
        try transaction.deleteOverride(override, of: row, in: workspace)
        try transaction.deleteNamespace(row, in: workspace)
        try transaction.storeWindows([window(sequence: 1)])
        try transaction.forEachWindow(at: UnixMilliseconds(0)) { _ in }
        try transaction.deleteEndedWindows(at: UnixMilliseconds(0), most: 1)
        for sql in database.connection.preparedSQL where sql.contains("ratelimit_") {
            for line in try database.connection.queryPlan(of: sql) {
                #expect(!line.hasPrefix("SCAN") || line == "SCAN CONSTANT ROW", "\(line): \(sql)")
                #expect(!line.contains("USE TEMP B-TREE FOR ORDER BY"), "\(line): \(sql)")
            }
        }
    }

    private func window(_ text: String = "a\u{0}é", sequence: Int64, current: Int64 = 5) -> WindowRow {
        WindowRow(
            kind: 1,
            subject: 7,
            text: Array(text.utf8),
            durationMilliseconds: 1_000,
            counts: WindowCounts(sequence: sequence, current: current, previous: .max)
        )
    }

    private func stored(at time: Int64) throws -> [WindowRow] {
        var rows: [WindowRow] = []
        try transaction.forEachWindow(at: UnixMilliseconds(time)) { rows.append($0) }
        return rows
    }

    @Test(
        "a window comes back as it was stored last; one that has ended does not, and is deleted, the first to end first"
    )
    func windows() throws {
        try transaction.storeWindows([window(sequence: 3), window("b", sequence: 9)])
        try transaction.storeWindows([window(sequence: 4, current: 6)])
        #expect(try stored(at: 0).count == 2)
        #expect(try stored(at: 5_999).contains(window(sequence: 4, current: 6)))
        #expect(try stored(at: 6_000) == [window("b", sequence: 9)])
        try transaction.deleteEndedWindows(at: UnixMilliseconds(5_999), most: 10)
        #expect(try stored(at: 0).count == 2)
        try transaction.deleteEndedWindows(at: UnixMilliseconds(99_000), most: 1)
        #expect(try stored(at: 0) == [window("b", sequence: 9)])
    }

    /// Contents of a namespace that no database has.
    private func contents(_ number: Int64, overrides: [(String, Int64)] = []) -> NamespaceContents {
        NamespaceContents(
            row: NamespaceRow(
                number: RowNumber(number),
                id: NamespaceID("rlns_\(number)"),
                name: "n\(number)",
                isDeleted: false
            ),
            overrides: overrides.enumerated().map { override($0.element.0, number: Int64($0.offset), $0.element.1) }
        )
    }

    private func override(_ text: String, number: Int64, _ limit: Int64) -> OverrideRow {
        OverrideRow(
            number: RowNumber(number),
            id: OverrideID("rlor_\(number)"),
            identifier: ByteText(text),
            limit: limit,
            durationMilliseconds: 1_000
        )
    }

    private func found(_ text: String, _ table: inout NamespaceTable) -> HotNamespace? {
        if case .present(let entry) = table.namespace(name(text)) { entry } else { nil }
    }

    @Test("by name and by identifier it is one entry, which each change reaches under both")
    func entry() throws {
        var table = NamespaceTable(weightMax: 100)
        for text in ["n1", "rlns_1"] { table.fill(name(text), contents(1, overrides: [("a*", 1)])) }
        #expect(table.count == 1)
        #expect(found("n1", &table) === found("rlns_1", &table))
        table.apply(.set(override("ab*", number: 5, 2)), in: RowNumber(1))
        #expect(found("rlns_1", &table)?.override(for: "abc")?.limit == 2)
        table.apply(.set(override("ab*", number: 5, 3)), in: RowNumber(1))
        #expect(found("n1", &table)?.override(for: "abc")?.limit == 3)
        table.apply(.deleted(override("ab*", number: 5, 3)), in: RowNumber(1))
        #expect(found("n1", &table)?.override(for: "abc")?.limit == 1)
        table.remove(RowNumber(1))
        #expect(found("n1", &table) == nil && found("rlns_1", &table) == nil)
        #expect(table.count == 0)
    }

    @Test("that there is no such namespace is known for one turn, or until one is made")
    func absence() {
        var table = NamespaceTable(weightMax: 100)
        for forget in [{ $0.forgetAbsences() }, { $0.remove(RowNumber(9)) }] as [(inout NamespaceTable) -> Void] {
            table.fill(name("n1"), nil)
            #expect(answer("n1", &table) == "absent")
            forget(&table)
            #expect(answer("n1", &table) == "unknown")
        }
    }

    private func answer(_ text: String, _ table: inout NamespaceTable) -> String {
        switch table.namespace(name(text)) {
        case .present: "present"
        case .absent: "absent"
        case .unknown: "unknown"
        }
    }

    @Test("the table is bounded, overrides counted; who was asked for stays, and a single namespace always has room")
    func bound() {
        var table = NamespaceTable(weightMax: 10)
        for number in 1...5 as ClosedRange<Int64> {
            table.fill(name("n\(number)"), contents(number, overrides: [("a", 1)]))
        }
        #expect(table.count == 5)
        _ = found("n1", &table)
        for number in 6...9 as ClosedRange<Int64> {
            table.fill(name("n\(number)"), contents(number, overrides: [("a", 1)]))
            #expect(table.count == 5)
            #expect(found("n1", &table) != nil)
        }
        table.fill(name("n20"), contents(20, overrides: (0..<50).map { ("a\($0)", 1) }))
        #expect(table.count == 1 && found("n20", &table) != nil)
    }
}
