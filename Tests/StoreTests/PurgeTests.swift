import Cryptography
import Domain
import SQLite
import Testing

@testable import Store

@Suite struct PurgeTests {
    private let database: TemporaryDatabase
    private let workspace: WorkspaceReference
    private var transaction: WriteTransaction { database.transaction }
    /// The first moment at which what was deleted at 1,000 is purged.
    private let end: Int64 = 1_000 + 172_800_000

    init() throws {
        database = try TemporaryDatabase()
        workspace = try database.transaction.insertWorkspace(named: "acme")
    }

    private func purge(at time: Int64? = nil, most: Int = 1_000) throws {
        try transaction.purgeTombstones(at: UnixMilliseconds(time ?? end), most: most)
        #expect(try database.connection.foreignKeyProblems().isEmpty)
    }

    private func count(_ table: String) throws -> Int {
        try #require(
            try database.connection.first(Query(uncached: "SELECT count(*) FROM \(table)") { $0.int(0) })
        )
    }

    private func counts(_ tables: String...) throws -> [Int] { try tables.map(count) }

    private func number(of id: String, in table: String) throws -> Int64 {
        let query = Query(uncached: "SELECT number FROM \(table) WHERE id = ?1") { $0.integer(0) }
        return try #require(try database.connection.first(query, id))
    }

    private func execute(_ sql: String) throws { try database.connection.execute(sql) }

    private struct Filled {
        let api: APIRow
        let keys: [Int64]
        let identity: IdentityRow
        let role: RoleRow
        let permission: PermissionRow
    }

    /// Things of every kind, linked in every way: each key has all that a key can have.
    private func fill(keys count: Int, in owner: WorkspaceReference? = nil, _ name: String = "one") throws -> Filled {
        let owner = owner ?? workspace
        let id = try transaction.insertAPI(named: name, in: owner)
        let api = try #require(try transaction.api(id, in: owner))
        let identity = try transaction.insertIdentity(externalID: name, meta: nil, in: owner)
        let permission = try transaction.insertPermission(slug: name, name: name, description: nil, in: owner)
        let role = try transaction.insertRole(named: name, description: nil, permissions: [permission], in: owner)
        let limit = RatelimitSetting(name: "requests", limit: 5, durationMilliseconds: 1_000, isAutomatic: true)
        _ = try transaction.replaceRatelimits(of: .identity(identity.number), with: [limit], in: owner)
        var keys: [Int64] = []
        for index in 0..<count {
            let id = try transaction.insertKey(.sample("\(name) \(index)", of: api), in: owner).id
            let number = try number(of: id.text, in: "keys")
            _ = try transaction.replaceRatelimits(of: .key(RowNumber(number)), with: [limit], in: owner)
            try execute(
                """
                UPDATE keys SET identity = \(identity.number.value) WHERE number = \(number);
                INSERT INTO key_permissions VALUES (\(number), \(permission.number.value));
                INSERT INTO key_roles VALUES (\(number), \(role.number.value));
                INSERT INTO credits (key, remaining) VALUES (\(number), 5);
                INSERT INTO sealed_secrets VALUES (\(number), x'00', x'00', x'00');
                """
            )
            keys.append(number)
        }
        return Filled(api: api, keys: keys, identity: identity, role: role, permission: permission)
    }

    @Test(
        "48 hours after its deletion, and not a millisecond sooner, a key is gone with all that it had, and its hash is free"
    )
    func key() throws {
        let filled = try fill(keys: 2)
        try execute("UPDATE keys SET deleted_at_ms = 1000 WHERE number = \(filled.keys[0])")
        try purge(at: end - 1)
        #expect(try count("keys") == 2)
        #expect(throws: (any Error).self) { try transaction.insertKey(.sample("one 0", of: filled.api), in: workspace) }
        try purge()
        #expect(try counts("keys", "key_permissions", "key_roles", "credits", "sealed_secrets") == [1, 1, 1, 1, 1])
        #expect(try counts("ratelimits", "identities", "roles", "permissions", "role_permissions") == [2, 1, 1, 1, 1])
        _ = try transaction.insertKey(.sample("one 0", of: filled.api), in: workspace)
        #expect(try transaction.verifiableKey(SHA256.hash("one 1")) != nil)
    }

    @Test("an API goes when the last of its keys has, some rows at a time; other APIs keep theirs")
    func api() throws {
        let filled = try fill(keys: 10)
        _ = try fill(keys: 3, "two")
        try transaction.deleteAPI(filled.api, in: workspace)
        try purge(at: end - 1)
        #expect(try counts("apis", "keys") == [2, 13])
        var rows = try counts("apis", "keys", "key_permissions", "key_roles", "ratelimits").reduce(0, +)
        var rounds = 0
        while try count("apis") == 2 {
            #expect(
                try transaction.trash(
                    in: workspace,
                    of: nil,
                    from: TrashPosition(cursor: ""),
                    limit: 9,
                    at: UnixMilliseconds(end)
                ).isEmpty
            )
            try purge(most: 3)
            let left = try counts("apis", "keys", "key_permissions", "key_roles", "ratelimits").reduce(0, +)
            #expect(left < rows && left >= rows - 3)
            rows = left
            rounds += 1
            try #require(rounds < 100)
        }
        // Four rows a key and the API itself.
        #expect(rounds == 14)
        #expect(try counts("apis", "keys", "credits", "sealed_secrets") == [1, 3, 3, 3])
        #expect(try transaction.verifiableKey(SHA256.hash("two 2")) != nil)
        #expect(try transaction.verifiableKey(SHA256.hash("one 2")) == nil)
    }

    @Test("an identity goes with its limits; its keys stay as they are, some at a time, without it")
    func identity() throws {
        let filled = try fill(keys: 5)
        try transaction.deleteIdentity(filled.identity, in: workspace)
        try purge(most: 2)
        #expect(try counts("identities", "keys WHERE identity IS NOT NULL") == [1, 3])
        for _ in 0..<3 { try purge(most: 2) }
        #expect(try counts("identities", "keys WHERE identity IS NULL AND updated_at_ms IS NULL") == [0, 5])
        #expect(try counts("ratelimits WHERE identity IS NOT NULL", "ratelimits") == [0, 5])
    }

    @Test("a role and a permission go with their links, some at a time, and with nothing else")
    func accessModel() throws {
        let filled = try fill(keys: 5)
        try transaction.deleteRole(filled.role, in: workspace)
        try purge(most: 3)
        #expect(try counts("roles", "key_roles") == [1, 2])
        try purge()
        #expect(
            try counts("roles", "key_roles", "role_permissions", "permissions", "key_permissions") == [0, 0, 0, 1, 5]
        )
        try transaction.deletePermission(filled.permission, in: workspace)
        try purge(most: 3)
        #expect(try counts("permissions", "key_permissions") == [1, 2])
        try purge()
        #expect(try counts("permissions", "key_permissions", "keys") == [0, 0, 5])
    }

    @Test("a key migration stays as long as a key waits for it; a root key goes")
    func others() throws {
        let filled = try fill(keys: 1)
        let id = try transaction.insertKeyMigration(named: "old", .prefixedAPIKey, in: workspace)
        let migration = try #require(try transaction.keyMigration(id, in: workspace))
        try execute("UPDATE keys SET migration = \(migration.number.value) WHERE number = \(filled.keys[0])")
        let rootKeyID = try transaction.insertRootKey(.sample("root"), in: workspace, event: "rootKey.create")
        try transaction.deleteRootKey(try #require(try transaction.rootKey(rootKeyID, in: workspace)), in: workspace)
        try transaction.deleteKeyMigration(migration, in: workspace)
        try purge(at: end - 1)
        #expect(try count("root_keys") == 1)
        try purge()
        #expect(try counts("root_keys", "key_migrations", "keys WHERE migration IS NOT NULL") == [0, 1, 1])
        try execute("UPDATE keys SET migration = NULL")
        try purge()
        #expect(try count("key_migrations") == 0)
        _ = try transaction.insertRootKey(.sample("root"), in: workspace, event: "rootKey.create")
    }

    @Test(
        "a workspace goes with all that is in it, some rows at a time; audit rows stay, and no other workspace is taken for it"
    )
    func workspaces() throws {
        let other = try transaction.insertWorkspace(named: "other")
        _ = try fill(keys: 1, in: other, "kept")
        let gone = try transaction.insertWorkspace(named: "gone")
        let filled = try fill(keys: 3, in: gone)
        let second = try fill(keys: 2, in: gone, "two")
        _ = try transaction.insertKeyMigration(named: "old", .sha256, in: gone)
        _ = try transaction.insertRootKey(.sample("root"), in: gone, event: "rootKey.create")
        try execute("UPDATE keys SET deleted_at_ms = 900, migration = 1 WHERE number = \(filled.keys[0])")
        try transaction.deleteAPI(second.api, in: gone)
        try transaction.deleteWorkspace(gone)
        _ = transaction.takeChanges()
        let audit = try count("audit_log")
        try purge(at: end - 1_000)
        let everything = try counts("workspaces", "apis", "keys", "root_keys")
        var rounds = 0
        while try count("workspaces") == 3 {
            #expect(transaction.takeChanges() == [])
            try purge(most: 4)
            rounds += 1
            try #require(rounds < 100)
        }
        #expect(everything == [3, 3, 6, 1] && rounds > 5)
        #expect(transaction.takeChanges() == [.workspace(gone.number)])
        #expect(try counts("apis", "keys", "identities", "roles", "permissions") == [1, 1, 1, 1, 1])
        #expect(try counts("ratelimits", "key_roles", "key_permissions", "role_permissions") == [2, 1, 1, 1])
        #expect(try counts("root_keys", "key_migrations", "credits", "sealed_secrets") == [0, 0, 1, 1])
        #expect(try count("audit_log") == audit)
        #expect(try transaction.insertWorkspace(named: "next").number.value > gone.number.value)
    }

    @Test("every table that refers to a workspace is emptied when one is purged, and every tombstone has its purge")
    func completeness() throws {
        func tables(_ sql: String) throws -> Set<String> {
            Set(try database.connection.all(Query(uncached: sql) { $0.text(0) }))
        }
        func names(_ tables: [PurgedTable]) -> Set<String> {
            Set(tables.map { String($0.row.sql.split(separator: " ")[2]) })
        }
        let inWorkspaces = try tables(
            """
            SELECT t.name FROM pragma_table_list AS t, pragma_foreign_key_list(t.name) AS f
            WHERE t.schema = 'main' AND f."table" = 'workspaces'
            """
        )
        #expect(names(PurgedTable.workspaces.contents) == inWorkspaces)
        let withTombstones = try tables(
            """
            SELECT t.name FROM pragma_table_list AS t, pragma_table_info(t.name) AS c
            WHERE t.schema = 'main' AND c.name = 'deleted_at_ms'
            """
        )
        // The name of a deleted namespace stays taken: `ratelimit.md` §4.
        #expect(names(PurgedTable.all) == withTombstones.subtracting(["ratelimit_namespaces"]))
    }

    @Test("no statement of the purge scans a table or sorts a list")
    func plans() throws {
        let gone = try transaction.insertWorkspace(named: "gone")
        _ = try fill(keys: 1, in: gone)
        for (owner, isDeleted) in [(gone, false), (workspace, true)] {
            try transaction.makeNamespaces(["mail"], in: owner)
            let namespace = try #require(try transaction.namespace(NamespaceName("mail", in: owner.number)))
            let override = try transaction.setOverride(
                "a*",
                limit: 1,
                durationMilliseconds: 1_000,
                of: namespace,
                in: owner
            )
            if isDeleted { try transaction.deleteOverride(override, of: namespace, in: owner) }
        }
        let filled = try fill(keys: 2, "two")
        try transaction.deleteWorkspace(gone)
        try transaction.deleteAPI(filled.api, in: workspace)
        try transaction.deleteIdentity(filled.identity, in: workspace)
        try transaction.deleteRole(filled.role, in: workspace)
        try transaction.deletePermission(filled.permission, in: workspace)
        let id = try transaction.insertKeyMigration(named: "old", .sha256, in: workspace)
        try transaction.deleteKeyMigration(try #require(try transaction.keyMigration(id, in: workspace)), in: workspace)
        let rootKeyID = try transaction.insertRootKey(.sample("root"), in: workspace, event: "rootKey.create")
        try transaction.deleteRootKey(try #require(try transaction.rootKey(rootKeyID, in: workspace)), in: workspace)
        try purge()
        #expect(try counts("workspaces", "apis", "keys", "root_keys", "key_migrations") == [1, 0, 0, 0, 0])
        #expect(try counts("ratelimit_namespaces", "ratelimit_overrides") == [1, 0])
        let prepared = database.connection.preparedSQL
        for table in PurgedTable.all {
            let texts =
                [table.row.sql] + table.links.map(\.sql) + [table.expired?.sql, table.owned?.sql].compactMap { $0 }
            for sql in texts { #expect(prepared.contains(sql), "not covered: \(sql)") }
        }
        try database.expectPlansWithoutScans()
    }
}
