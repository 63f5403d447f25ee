import Cryptography
import Domain
import ProtocolWire
import SQLite
import Testing

@testable import Store

@Suite struct KeyRowTests {
    private let database: TemporaryDatabase
    private let workspace: WorkspaceReference
    private let api: APIRow

    init() throws {
        database = try TemporaryDatabase(recovery: RecoverySecrets(current: Self.new, previous: Self.old))
        workspace = try database.transaction.insertWorkspace(named: "acme")
        let id = try database.transaction.insertAPI(named: "billing", in: workspace)
        api = try #require(try database.transaction.api(id, in: workspace))
    }

    private static let old = [UInt8](repeating: 1, count: 32)
    private static let new = [UInt8](repeating: 2, count: 32)

    private var transaction: WriteTransaction { database.transaction }

    @Test("no statement on keys, their links, limits, credits and sealed copies scans a table or sorts a list")
    func plans() throws {
        let identity = try transaction.findOrInsertIdentity(externalID: "acct", in: workspace)
        let migrationID = try transaction.insertKeyMigration(named: "old", .sha256, in: workspace)
        let migration = try #require(try transaction.keyMigration(migrationID, in: workspace))
        #expect(try transaction.keyMigrations(in: workspace, from: "", limit: 9).count == 1)
        var new = NewKey.sample("secret", of: api)
        new.identity = identity.number
        new.credits = Credits(remaining: 3, refill: RefillSchedule(.monthly(day: 31), amount: 9))
        let key = try transaction.insertKey(new, in: workspace)
        let other = try transaction.insertKey(.sample("other", of: api), in: workspace)
        #expect(try transaction.isTaken(key.hash) && !transaction.isTaken(SHA256.hash("nobody")))

        var row = try #require(try transaction.key(key.id, in: workspace))
        #expect(row.credits == new.credits && row.linkedIdentity == identity.number && row.identity?.id == identity.id)
        #expect(try transaction.key(key.hash, in: workspace)?.id == key.id)
        #expect(try transaction.keys(of: api.number, linkedTo: nil, from: "", limit: 9).count == 2)
        #expect(
            try transaction.keys(of: api.number, linkedTo: identity.number, from: "", limit: 9).map(\.id) == [key.id]
        )

        row.name = nil
        try transaction.updateKey(row)
        try transaction.noteChange(of: key, in: workspace)
        for credits in [Credits(remaining: 2, refill: new.credits?.refill), Credits(remaining: 2, refill: nil), nil] {
            let current = try #require(try transaction.key(key.id, in: workspace))
            #expect(try transaction.updateCredits(credits, of: current))
        }
        let permission = try transaction.insertPermission(slug: "a", name: "a", description: nil, in: workspace)
        let role = try transaction.insertRole(named: "Role", description: nil, permissions: [permission], in: workspace)
        for change in [MemberChange.add, .set, .remove] {
            _ = try transaction.change(change, change == .set ? [] : [permission], of: key, in: workspace)
            _ = try transaction.change(change, change == .set ? [] : [role], of: key, in: workspace)
        }
        #expect(try transaction.slugs(of: key.number).isEmpty && transaction.roles(of: key.number).isEmpty)
        for limit in [5, 6] {
            let setting = RatelimitSetting(name: "abc", limit: limit, durationMilliseconds: 1_000, isAutomatic: true)
            #expect(try transaction.replaceRatelimits(of: .key(key.number), with: [setting], in: workspace))
        }
        #expect(try transaction.replaceRatelimits(of: .key(key.number), with: [], in: workspace))
        try transaction.storeSealed("secret", of: key)
        #expect(try transaction.isRecoverable(key.number) && transaction.recoveredSecret(of: key) == "secret")
        #expect(try transaction.renewSealedSecrets(most: 9) == 0)
        try transaction.deleteKey(other, in: workspace)
        try transaction.eraseKey(key, in: workspace)
        try transaction.deleteKeyMigration(migration, in: workspace)
        try database.expectPlansWithoutScans()
        #expect(try database.connection.foreignKeyProblems().isEmpty)
    }

    @Test(
        "copies under the secret before the present one are sealed anew, those of deleted keys too, damaged ones removed"
    )
    func renewal() throws {
        let before = WriteTransaction(database.connection, recovery: RecoverySecrets(current: Self.old))
        before.begin(transaction.stamp)
        let keys = try ["one", "two", "three"].map { text in
            let key = try before.insertKey(.sample(text, of: api), in: workspace)
            try before.storeSealed(text, of: key)
            return key
        }
        try before.deleteKey(keys[1], in: workspace)
        try database.connection.run(
            Command(uncached: "UPDATE sealed_secrets SET sealed = zeroblob(20) WHERE key = ?1"),
            keys[2].number.value
        )
        #expect(try before.renewSealedSecrets(most: 9) == 0, "there is none before its own")
        #expect(try transaction.renewSealedSecrets(most: 2) == 2)
        #expect(try transaction.renewSealedSecrets(most: 2) == 1)
        #expect(try transaction.renewSealedSecrets(most: 2) == 0)
        let alone = ReadTransaction(database.connection, recovery: RecoverySecrets(current: Self.new))
        #expect(try keys.map { try alone.recoveredSecret(of: $0) } == ["one", "two", nil])
        #expect(try keys.map { try alone.isRecoverable($0.number) } == [true, true, false])
        #expect(try before.recoveredSecret(of: keys[0]) == nil)
        try database.expectPlansWithoutScans()
    }

    @Test(
        "keys of a version-2 database keep their identifiers, are found by them and by their hashes, and new ones come after them"
    )
    func migration() throws {
        let old = try TemporaryDatabase(Array(Schema.migrations.prefix(2)))
        let transaction = old.transaction
        let workspace = try transaction.insertWorkspace(named: "acme")
        let apiID = try transaction.insertAPI(named: "billing", in: workspace)
        let api = try #require(
            try old.connection.first(
                Query(uncached: "SELECT number FROM apis WHERE id = ?1") { $0.integer(0) },
                apiID.text
            )
        )
        let insert = Command(
            uncached: """
                INSERT INTO keys (number, id, api, hash, start, name, meta, is_enabled, expires_at_ms, created_at_ms, updated_at_ms,
                    deleted_at_ms)
                VALUES (?1, ?2, ?3, ?4, 'eu_abcd', 'é', '{"a":1}', 0, 7, 8, 9, ?5)
                """
        )
        let ids = ["key_abc", "key_AAAAAAAAAAAA", "key_0123456789", "key_gone"]
        for (index, id) in ids.enumerated() {
            let deleted: Int64? = id == "key_gone" ? 11 : nil
            try old.connection.run(insert, Int64(index * 3 + 1), id, api, SHA256.hash(id), deleted)
        }
        let links = [
            "credits (key, remaining) VALUES (1, 5)",
            "sealed_secrets (key, secret_id, nonce, sealed) VALUES (1, x'', x'', x'')",
        ]
        for link in links { try old.connection.run(Command(uncached: "INSERT INTO \(link)")) }
        try Migrator.migrate(old.connection, Schema.migrations, applicationID: Schema.applicationID)
        #expect(try old.connection.foreignKeyProblems().isEmpty)

        for (index, id) in ids.dropLast().enumerated() {
            let row = try #require(try transaction.key(KeyID(id), in: workspace))
            #expect(row.id.text == id && row.number.value == Int64(index * 3 + 1) && row.apiID == apiID)
            #expect(row.name == "é" && row.meta == #"{"a":1}"# && !row.isEnabled && row.start == "eu_abcd")
            #expect(row.expires?.value == 7 && row.createdAt.value == 8 && row.updatedAt?.value == 9)
            #expect(try transaction.key(SHA256.hash(id), in: workspace)?.id.text == id)
            #expect(try transaction.verifiableKey(SHA256.hash(id))?.id.text == id)
        }
        #expect(try transaction.key(KeyID("key_gone"), in: workspace) == nil)
        #expect(try transaction.isTaken(SHA256.hash("key_gone")))
        #expect(try transaction.key(KeyID("key_abc"), in: workspace)?.credits?.remaining == 5)
        #expect(try transaction.isRecoverable(RowNumber(1)))
        let listed = try transaction.keys(of: RowNumber(api), linkedTo: nil, from: "", limit: 9)
        #expect(listed.map(\.id.text) == ["key_0123456789", "key_AAAAAAAAAAAA", "key_abc"])

        // What an old key's number would be called now names no key.
        let derived = try transaction.secret.keyNumbering.identifier(of: RowNumber(1))
        #expect(try transaction.key(derived, in: workspace) == nil)
        let row = try #require(try transaction.api(apiID, in: workspace))
        let fresh = try transaction.insertKey(.sample("fresh", of: row), in: workspace)
        #expect(fresh.number.value == 11)
        #expect(try transaction.key(fresh.id, in: workspace)?.number == fresh.number)
        try transaction.eraseKey(
            try #require(try transaction.key(KeyID("key_abc"), in: workspace)).reference,
            in: workspace
        )
        #expect(try transaction.key(KeyID("key_abc"), in: workspace) == nil)
        let names = Query(uncached: "SELECT count(*) FROM key_names") { $0.int(0) }
        #expect(try old.connection.first(names) == 3)
        #expect(try old.connection.foreignKeyProblems().isEmpty)
    }

    @Test("no two keys get one number, not even after the last one was erased and the writer started anew")
    func numbers() throws {
        let first = try transaction.insertKey(.sample("one", of: api), in: workspace)
        try transaction.eraseKey(first, in: workspace)
        let again = WriteTransaction(database.connection)
        again.begin(transaction.stamp)
        let second = try again.insertKey(.sample("one", of: api), in: workspace)
        #expect(second.number.value == first.number.value + 1 && second.id != first.id)
    }
}
