import Domain
import Testing

@testable import Store

@Suite struct NamespaceTableTests {
    private let database: TemporaryDatabase
    private let workspace: WorkspaceReference

    init() throws {
        database = try TemporaryDatabase()
        workspace = try database.transaction.insertWorkspace(named: "acme")
    }

    private func name(_ text: String) -> NamespaceName { NamespaceName(text, in: workspace.number) }

    private func contents(_ text: String) throws -> NamespaceContents {
        try database.transaction.makeNamespaces([text], in: workspace)
        return try #require(try database.transaction.namespaceContents(name(text)))
    }

    private func isKnown(_ table: NamespaceTable, _ text: String) -> Bool {
        if case .present = table.namespace(name(text)) { true } else { false }
    }

    @Test(
        "a namespace that is removed is not known any more, also the one that was asked for last, by any of its names"
    )
    func removal() throws {
        let table = NamespaceTable(weightMax: 10)
        let mail = try contents("mail")
        table.fill(name("mail"), mail)
        table.fill(name(mail.row.id.text), mail)
        #expect(isKnown(table, "mail") && isKnown(table, mail.row.id.text) && isKnown(table, "mail"))
        #expect(!isKnown(table, "Mail"))
        table.remove(mail.row.number)
        #expect(!isKnown(table, "mail") && !isKnown(table, mail.row.id.text))
    }

    @Test("of a full table that namespace gives way which was not asked for; what is asked for again and again stays")
    func eviction() throws {
        let table = NamespaceTable(weightMax: 3)
        table.fill(name("often"), try contents("often"))
        for index in 0..<20 {
            for _ in 0..<3 { #expect(isKnown(table, "often"), "\(index)") }
            table.fill(name("n\(index)"), try contents("n\(index)"))
            #expect(table.count <= 3)
        }
        #expect(isKnown(table, "n19"))
    }
}
