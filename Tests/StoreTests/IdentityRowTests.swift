import Cryptography
import Domain
import SQLite
import Testing

@testable import Store

@Suite struct IdentityRowTests {
    private let database: TemporaryDatabase
    private let workspace: WorkspaceReference

    init() throws {
        database = try TemporaryDatabase()
        workspace = try database.transaction.insertWorkspace(named: "acme")
    }

    private var transaction: WriteTransaction { database.transaction }

    private func setting(_ name: String, limit: Int = 5) -> RatelimitSetting {
        RatelimitSetting(name: name, limit: limit, durationMilliseconds: 1_000, isAutomatic: false)
    }

    @Test("what a key is linked to by externalId is found, else made; after a deletion it is made anew")
    func findOrInsert() throws {
        let first = try transaction.findOrInsertIdentity(externalID: "acct", in: workspace)
        #expect(try transaction.findOrInsertIdentity(externalID: "acct", in: workspace).number == first.number)
        try transaction.deleteIdentity(first, in: workspace)
        #expect(try transaction.findOrInsertIdentity(externalID: "acct", in: workspace).number != first.number)
    }

    @Test(
        "limits of a key and of an identity are replaced by name, apart from each other; a deleted identity keeps its rows"
    )
    func limits() throws {
        let id = try transaction.insertAPI(named: "billing", in: workspace)
        let api = try #require(try transaction.api(id, in: workspace))
        _ = try transaction.insertKey(.sample("secret", of: api), in: workspace)
        let number = try #require(
            try database.connection.first(Query(uncached: "SELECT number FROM keys") { RowNumber<Key>($0.integer(0)) })
        )
        let identity = try transaction.insertIdentity(externalID: "acct", meta: nil, in: workspace)
        for owner in [RatelimitOwner.key(number), .identity(identity.number)] {
            #expect(try transaction.replaceRatelimits(of: owner, with: [setting("b"), setting("a")], in: workspace))
            #expect(try !transaction.replaceRatelimits(of: owner, with: [setting("a"), setting("b")], in: workspace))
            let before = try transaction.ratelimits(of: owner)
            #expect(before.map(\.setting.name) == ["a", "b"])
            #expect(try transaction.replaceRatelimits(of: owner, with: [setting("b", limit: 6)], in: workspace))
            let after = try transaction.ratelimits(of: owner)
            #expect(after.map(\.id) == [before[1].id] && after[0].setting.limit == 6)
        }
        try transaction.deleteIdentity(identity, in: workspace)
        #expect(try transaction.ratelimits(of: .identity(identity.number)).count == 1)
        #expect(try transaction.identity("acct", in: workspace) == nil)
    }

    /// Scans of something that is no table.
    private static let exceptions = ["SCAN CONSTANT ROW", "SCAN json_each VIRTUAL TABLE INDEX 1:"]

    @Test("no statement on identities, limits and key migrations scans a table")
    func plans() throws {
        let row = try transaction.insertIdentity(externalID: "acct", meta: "{\"a\":1}", in: workspace)
        _ = try transaction.replaceRatelimits(of: .identity(row.number), with: [setting("a")], in: workspace)
        _ = try transaction.replaceRatelimits(of: .identity(row.number), with: [setting("a", limit: 6)], in: workspace)
        _ = try transaction.ratelimits(of: .key(RowNumber(1)))
        #expect(try transaction.ratelimits(ofIdentities: [row.number])[row.number]?.count == 1)
        _ = try transaction.replaceRatelimits(of: .identity(row.number), with: [], in: workspace)
        _ = try transaction.identity("acct", in: workspace)
        _ = try transaction.identities(in: workspace, having: SearchText("a"), from: "", limit: 2)
        try transaction.updateIdentity(row, in: workspace)
        try transaction.deleteIdentity(row, in: workspace)
        let id = try transaction.insertKeyMigration(named: "old", .sha256, in: workspace)
        let migration = try #require(try transaction.keyMigration(id, in: workspace))
        #expect(try transaction.keyMigrations(in: workspace, from: "", limit: 2).count == 1)
        try transaction.deleteKeyMigration(migration, in: workspace)
        for sql in database.connection.preparedSQL
        where sql.contains("identities") || sql.contains("ratelimits")
            || sql.contains("key_migrations")
        {
            for line in try database.connection.queryPlan(of: sql) {
                #expect(!line.hasPrefix("SCAN") || Self.exceptions.contains(line), "\(line): \(sql)")
                #expect(!line.contains("USE TEMP B-TREE FOR ORDER BY"), "\(line): \(sql)")
            }
        }
    }
}
