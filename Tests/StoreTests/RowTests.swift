import Cryptography
import Domain
import SQLite
import Testing

@testable import Store

@Suite struct RowTests {
    @Test("every table is STRICT")
    func strict() throws {
        let database = try TemporaryDatabase()
        let tables = Query(
            uncached:
                "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
        ) {
            ($0.text(0), $0.boolean(1))
        }
        let rows = try database.connection.all(tables)
        #expect(rows.count >= 5)
        for (name, isStrict) in rows { #expect(isStrict, "\(name)") }
    }

    @Test("every change writes its audit row, rows come back as they were stored, and no statement scans a table")
    func everything() throws {
        let database = try TemporaryDatabase()
        let transaction = database.transaction
        let workspace = try transaction.insertWorkspace(named: "acme")
        var row = try #require(try transaction.workspace(workspace.id))
        #expect(row.limits == WorkspaceLimits() && row.isEnabled && row.createdAt.value == 1_000)
        row.name = "other"
        row.limits.requestsPerMinute = 7
        row.limits.logsRetentionDays = nil
        try transaction.updateWorkspace(row)
        let stored = try #require(try transaction.workspaces(from: "", limit: 10).first)
        #expect(stored.hasSameSettings(as: row))

        let apiID = try transaction.insertAPI(named: "billing", in: workspace)
        #expect(try transaction.api(named: "billing", in: workspace) == apiID)
        #expect(try transaction.api(named: "Billing", in: workspace) == nil)
        let api = try #require(try transaction.api(apiID, in: workspace))
        let keyID = try transaction.insertKey(.sample("secret", of: api), in: workspace).id
        let key = try #require(try transaction.verifiableKey(SHA256.hash("secret")))
        #expect(key.id == keyID && key.apiID == apiID && key.keyspaceID == api.keyspaceID && key.workspace == workspace)
        #expect(key.meta == #"{"a":1}"# && key.expires?.value == 9)
        #expect(key.name.map { Array($0.utf8) } == Array("e\u{301}".utf8))

        let rootKeyID = try transaction.insertRootKey(
            .sample("root", ["a\"b", "é"]),
            in: workspace,
            event: "rootKey.create"
        )
        var rootKey = try #require(try transaction.rootKey(rootKeyID, in: workspace))
        #expect(rootKey.permissions == ["a\"b", "é"] && rootKey.lastUsedAt.value == 0)
        rootKey.name = ""
        try transaction.updateRootKey(rootKey, in: workspace)
        try transaction.expireRootKey(rootKey, at: UnixMilliseconds(5))
        try transaction.recordUse(of: [(rootKey.number, UnixMilliseconds(4)), (rootKey.number, UnixMilliseconds(3))])
        let listed = try #require(try transaction.rootKeys(in: workspace, from: rootKeyID.text, limit: 1).first)
        #expect(listed.name?.isEmpty == true && listed.expires?.value == 5 && listed.lastUsedAt.value == 4)
        #expect(try transaction.credential(SHA256.hash("root"))?.principal.id == rootKeyID)

        try transaction.deleteRootKey(rootKey, in: workspace)
        try transaction.deleteAPI(api, in: workspace)
        #expect(try transaction.rootKey(rootKeyID, in: workspace) == nil)
        #expect(try transaction.rootKeys(in: workspace, from: "", limit: 9).isEmpty)
        #expect(try transaction.credential(SHA256.hash("root")) == nil)
        #expect(try transaction.api(apiID, in: workspace) == nil)
        #expect(try transaction.verifiableKey(SHA256.hash("secret")) == nil)
        #expect(try transaction.insertAPI(named: "billing", in: workspace) != apiID)
        try transaction.deleteWorkspace(workspace)
        #expect(try transaction.workspace(workspace.id) == nil)
        #expect(try transaction.workspaces(from: "", limit: 9).isEmpty)

        let events = try database.audit().map { String($0.prefix { $0 != " " }) }
        #expect(
            events == [
                "workspace.create", "workspace.update", "api.create", "key.create", "rootKey.create", "rootKey.update",
                "rootKey.delete", "api.delete", "api.create", "workspace.delete",
            ]
        )
        try database.expectPlansWithoutScans()
        #expect(try database.connection.foreignKeyProblems().isEmpty)
    }

    @Test("another workspace's things are not there")
    func isolation() throws {
        let database = try TemporaryDatabase()
        let one = try database.transaction.insertWorkspace(named: "one")
        let two = try database.transaction.insertWorkspace(named: "two")
        let api = try database.transaction.insertAPI(named: "billing", in: one)
        let rootKey = try database.transaction.insertRootKey(.sample("root"), in: one, event: "rootKey.create")
        #expect(try database.transaction.api(api, in: two) == nil)
        #expect(try database.transaction.api(named: "billing", in: two) == nil)
        #expect(try database.transaction.rootKey(rootKey, in: two) == nil)
        #expect(try database.transaction.rootKeys(in: two, from: "", limit: 9).isEmpty)
    }

    @Test("an accent spelt in another way is another setting")
    func settings() throws {
        let database = try TemporaryDatabase()
        let workspace = try database.transaction.insertWorkspace(named: "\u{E9}")
        let row = try #require(try database.transaction.workspace(workspace.id))
        var other = row
        other.name = "e\u{301}"
        #expect(!row.hasSameSettings(as: other))
        #expect(row.hasSameSettings(as: row))
    }
}
