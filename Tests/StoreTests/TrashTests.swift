import Cryptography
import Domain
import SQLite
import Testing

@testable import Store

@Suite struct TrashTests {
    private let database: TemporaryDatabase
    private let workspace: WorkspaceReference
    private var transaction: WriteTransaction { database.transaction }

    init() throws {
        database = try TemporaryDatabase()
        workspace = try database.transaction.insertWorkspace(named: "acme")
    }

    private func api(_ name: String, in other: WorkspaceReference? = nil) throws -> APIRow {
        let id = try transaction.insertAPI(named: name, in: other ?? workspace)
        return try #require(try transaction.api(id, in: other ?? workspace))
    }

    private func deleteKey(_ id: KeyID, at time: Int64) throws {
        try database.connection.run(
            Command(uncached: "UPDATE keys SET deleted_at_ms = ?2 WHERE id = ?1"),
            id.text,
            time
        )
    }

    private func page(
        of kind: TrashKind? = nil,
        from cursor: String = "",
        limit: Int = 100,
        at time: Int64 = 2_000
    ) throws -> [TrashItem] {
        try transaction.trash(
            in: workspace,
            of: kind,
            from: TrashPosition(cursor: cursor),
            limit: limit,
            at: UnixMilliseconds(time)
        )
    }

    @Test("a key that is deleted, by whatever statement, is in its workspace's trash and no other's; restored, in none")
    func keys() throws {
        let other = try transaction.insertWorkspace(named: "other")
        let mine = try transaction.insertKey(.sample("mine", of: try api("billing")), in: workspace).id
        let foreign = try transaction.insertKey(.sample("foreign", of: try api("billing", in: other)), in: other).id
        #expect(try page().isEmpty)
        for id in [mine, foreign] { try deleteKey(id, at: 1_500) }
        let item = try #require(try page(of: .key).first)
        #expect(try page().map(\.id) == [mine.text])
        #expect(item.kind == .key && item.start == "abcd" && item.name.map { Array($0.utf8) } == Array("e\u{301}".utf8))
        #expect(item.deletedAt.value == 1_500 && item.purgeAt.value == 1_500 + 172_800_000)
        #expect(try transaction.deletedKey(foreign, in: workspace) == nil)
        try transaction.restore(try #require(try transaction.deletedKey(mine, in: workspace)), in: workspace)
        #expect(try page().isEmpty)
        #expect(try transaction.verifiableKey(SHA256.hash("mine"))?.id == mine)
    }

    @Test("things of all kinds are in one order: by the time of the deletion, then by identifier; pages meet there")
    func order() throws {
        let key = try transaction.insertKey(.sample("secret", of: try api("live")), in: workspace).id
        let identity = try transaction.insertIdentity(externalID: "acct", meta: nil, in: workspace)
        let apis = try ["a", "b", "c"].map { try api($0 + "-name") }
        let permission = try transaction.insertPermission(slug: "p", name: "P", description: nil, in: workspace)
        let role = try transaction.insertRole(named: "r", description: nil, permissions: [permission], in: workspace)
        database.begin(at: 1_100)
        try transaction.deleteRole(role, in: workspace)
        try deleteKey(key, at: 1_200)
        database.begin(at: 1_200)
        for api in apis { try transaction.deleteAPI(api, in: workspace) }
        try transaction.deletePermission(permission, in: workspace)
        database.begin(at: 1_300)
        try transaction.deleteIdentity(identity, in: workspace)

        let same = ([key.text, permission.id.text] + apis.map(\.id.text)).sorted()
        let whole = [role.id.text] + same + [identity.id.text]
        #expect(try page().map(\.id) == whole)
        for limit in 1...8 {
            var shown: [String] = []
            var cursor: String? = ""
            while let start = cursor {
                let rows = try page(from: start, limit: limit + 1)
                shown += rows.prefix(limit).map(\.id)
                cursor = rows.count > limit ? rows[limit].position.cursor : nil
            }
            #expect(shown == whole, "pages of \(limit)")
        }
        #expect(try page(of: .api).map(\.name) == apis.sorted { $0.id < $1.id }.map(\.name))
        #expect(try page(of: .permission).map(\.slug) == ["p"])
        #expect(try page(of: .identity).map(\.externalID) == ["acct"])
        #expect(try page(of: .role).map(\.name) == ["r"])
    }

    @Test("a made-up cursor is a place before, between or behind all that is listed, never an error")
    func cursors() throws {
        try transaction.deleteAPI(try api("first"), in: workspace)
        database.begin(at: 1_500)
        try transaction.deleteAPI(try api("second"), in: workspace)
        let counts = [
            ("", 2), ("0", 2), (".", 2), ("-5.", 2), ("999.zzz", 2), ("1000.", 2), ("1000.zzz", 1), ("1001", 2),
            ("1001.", 1),
            ("1500.api_", 1), ("1500.zzz", 0), ("9223372036854775807.", 0), ("zzzz", 0), ("api_1.2", 0), ("\u{E9}", 0),
        ]
        for (cursor, count) in counts { #expect(try page(from: cursor).count == count, "'\(cursor)'") }
    }

    @Test("what was deleted can be restored for 48 hours less a millisecond")
    func lifetime() throws {
        let row = try api("billing")
        try transaction.deleteAPI(row, in: workspace)
        let end: Int64 = 1_000 + 172_800_000
        for (time, isThere) in [(1_000, true), (end - 1, true), (end, false)] {
            #expect(try page(at: time).isEmpty != isThere)
            database.begin(at: time)
            #expect((try transaction.deletedAPI(row.id, in: workspace) != nil) == isThere)
        }
    }

    @Test("no statement that lists or restores scans a table or sorts a list")
    func plans() throws {
        let row = try api("billing")
        _ = try transaction.insertKey(.sample("secret", of: row), in: workspace)
        let identity = try transaction.insertIdentity(externalID: "acct", meta: nil, in: workspace)
        let permission = try transaction.insertPermission(slug: "p", name: "P", description: nil, in: workspace)
        let role = try transaction.insertRole(named: "r", description: nil, permissions: [], in: workspace)
        try transaction.deleteAPI(row, in: workspace)
        try transaction.deleteIdentity(identity, in: workspace)
        try transaction.deletePermission(permission, in: workspace)
        try transaction.deleteRole(role, in: workspace)
        let items = try page()
        #expect(items.count == 4)
        try transaction.restore(try #require(try transaction.deletedAPI(row.id, in: workspace)), in: workspace)
        let key = try #require(try transaction.verifiableKey(SHA256.hash("secret")))
        try deleteKey(key.id, at: 1_000)
        try transaction.restore(try #require(try transaction.deletedKey(key.id, in: workspace)), in: workspace)
        try transaction.restore(
            try #require(try transaction.deletedIdentity(identity.id, in: workspace)),
            in: workspace
        )
        try transaction.restore(
            try #require(try transaction.deletedPermission(permission.id, in: workspace)),
            in: workspace
        )
        try transaction.restore(try #require(try transaction.deletedRole(role.id, in: workspace)), in: workspace)
        #expect(try page().isEmpty)
        try database.expectPlansWithoutScans()
    }
}

@Suite struct TrashSchemaTests {
    @Test("the deletion of what a foreign key refers to finds what refers to it by an index")
    func foreignKeys() throws {
        let database = try TemporaryDatabase()
        let keys = Query(
            uncached: """
                SELECT t.name, f."from" FROM pragma_table_list AS t, pragma_foreign_key_list(t.name) AS f
                WHERE t.schema = 'main'
                """
        ) { ($0.text(0), $0.text(1)) }
        let references = try database.connection.all(keys)
        #expect(references.count > 10)
        for (table, column) in references {
            let plan = try database.connection.queryPlan(of: "SELECT 1 FROM \(table) WHERE \(column) = ?1")
            #expect(plan.allSatisfy { $0.hasPrefix("SEARCH") }, "\(table).\(column): \(plan)")
        }
    }

    @Test("a database of the first step keeps its rows and what refers to them")
    func upgrade() throws {
        let database = try TemporaryDatabase(Array(Schema.migrations.prefix(1)))
        let (connection, transaction) = (database.connection, database.transaction)
        try connection.execute(
            """
            INSERT INTO workspaces (number, id, name, requests_max_per_minute, created_at_ms) VALUES (7, 'ws_7', 'acme', 9, 5);
            INSERT INTO apis (id, workspace, name, keyspace_id, created_at_ms) VALUES ('api_1', 7, 'billing', 'ks_1', 6);
            INSERT INTO keys (number, id, api, hash, start, name, created_at_ms)
            VALUES (3, 'key_1', 1, zeroblob(32), 'eu_abcd', 'ci', 7);
            """
        )
        try Migrator.migrate(connection, Schema.migrations, applicationID: Schema.applicationID)
        #expect(try connection.foreignKeyProblems().isEmpty)
        let row = try #require(try transaction.workspace(WorkspaceID("ws_7")))
        #expect(row.name == "acme" && row.limits.requestsPerMinute == 9 && row.limits.auditRetentionDays == 90)
        #expect(try transaction.api(APIID("api_1"), in: row.reference)?.name == "billing")
        let hash = try #require([UInt8](repeating: 0, count: 32).withUnsafeBytes { KeyHash(bytes: $0) })
        let key = try #require(try transaction.verifiableKey(hash))
        #expect(key.id == KeyID("key_1") && key.name == "ci" && key.workspace == row.reference && key.isEnabled)
    }

    @Test("the number of a purged workspace, identity or key is never another one's")
    func numbers() throws {
        let database = try TemporaryDatabase()
        let (connection, transaction) = (database.connection, database.transaction)
        var seen: [Set<Int64>] = [[], [], []]
        for _ in 0..<3 {
            let workspace = try transaction.insertWorkspace(named: "acme")
            let identity = try transaction.insertIdentity(externalID: "acct", meta: nil, in: workspace)
            let id = try transaction.insertAPI(named: "billing", in: workspace)
            let api = try #require(try transaction.api(id, in: workspace))
            _ = try transaction.insertKey(.sample("secret", of: api), in: workspace)
            #expect(seen[0].insert(workspace.number.value).inserted)
            #expect(seen[1].insert(identity.number.value).inserted)
            let key = try #require(try connection.first(Query(uncached: "SELECT number FROM keys") { $0.integer(0) }))
            #expect(seen[2].insert(key).inserted)
            try transaction.deleteWorkspace(workspace)
            try transaction.purgeTombstones(at: UnixMilliseconds(1_000 + Tombstone.lifetimeMilliseconds), most: 100)
        }
    }
}

extension TemporaryDatabase {
    /// Explains all that has been prepared, but for what asks for the schema or the tests' own rows.
    func expectPlansWithoutScans(_ location: SourceLocation = #_sourceLocation) throws {
        for sql in connection.preparedSQL where !TemporaryDatabase.scans.contains(sql) {
            for line in try connection.queryPlan(of: sql) {
                #expect(
                    !line.hasPrefix("SCAN") || line == "SCAN CONSTANT ROW",
                    "\(line): \(sql)",
                    sourceLocation: location
                )
                let isSorted = line.contains("TEMP B-TREE") && !TemporaryDatabase.sorts.contains(sql)
                #expect(!isSorted, "\(line): \(sql)", sourceLocation: location)
            }
        }
    }
}
