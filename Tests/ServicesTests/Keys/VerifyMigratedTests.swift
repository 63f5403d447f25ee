import Cryptography
import JSONSyntax
import ProtocolWire
import SQLite
import Testing

/// Keys that were taken over (`keys.md` §13.6).
@Suite struct VerifyMigratedTests {
    private let prefixed = "github.com/seamapi/prefixed-api-key"

    private func migration(_ scene: VerifyScene, _ algorithm: String, in workspace: String? = nil) throws -> JSONValue {
        let params: JSONValue = [
            "workspaceId": .string(workspace ?? scene.workspace), "name": "old", "algorithm": .string(algorithm),
        ]
        return try #require(scene.bench.operate("migrations.createMigration", params)["data"]?["migrationId"])
    }

    /// What the other service has stored of a secret whose last part is this.
    private func hash(ofLongToken token: String) -> JSONValue {
        .string(SHA256.hash(token).withUnsafeBytes { $0.map(Self.pair).joined() })
    }

    private static func pair(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    /// Takes a key over whose secret ends in a token; gives its identifier.
    private func takeOver(
        _ scene: VerifyScene,
        _ token: String,
        _ migration: JSONValue,
        _ settings: JSONValue = [:]
    ) throws -> JSONValue {
        let key = VerifyScene.joined(["hash": hash(ofLongToken: token)], settings)
        let reply = try scene.data(
            "keys.migrateKeys",
            ["migrationId": migration, "apiId": scene.api, "keys": [key]]
        )
        return try #require(reply["migrated"]?.array?.first?["keyId"])
    }

    @Test("the first verification that names the migration makes the key one like any other, once and for good")
    func conversion() throws {
        let scene = try VerifyScene()
        let migration = try migration(scene, prefixed)
        let id = try takeOver(scene, "longtoken", migration)
        let secret: JSONValue = "my_company_shortie_longtoken"
        #expect(try scene.verify(secret) == VerifyScene.notFound, "it does not name the migration")
        #expect(try scene.data("keys.getKey", ["keyId": id])["start"] == "")
        scene.bench.time += 7
        let first = try scene.verify(secret, ["migrationId": migration])
        #expect(first["code"] == "VALID" && first["keyId"] == id)
        let key = try scene.data("keys.getKey", ["keyId": id])
        #expect(key["start"] == "my_company_shor")
        #expect(key["updatedAt"] == .integer(VerifyScene.start + 7))
        scene.bench.time += 7
        #expect(try scene.verify(secret)["keyId"] == id)
        #expect(try scene.verify(secret, ["migrationId": migration])["keyId"] == id, "harmless")
        #expect(try scene.verify(secret, ["migrationId": "migration_none"])["keyId"] == id)
        #expect(try scene.data("keys.getKey", ["keyId": id])["updatedAt"] == key["updatedAt"], "once")
        #expect(try scene.data("keys.whoami", ["key": secret])["keyId"] == id)
        #expect(try scene.bench.events().count { $0 == "key.migrate" } == 1)
    }

    @Test("the hash that the key was taken over by is free again")
    func freeHash() throws {
        let scene = try VerifyScene()
        let migration = try migration(scene, prefixed)
        let first = try takeOver(scene, "longtoken", migration)
        #expect(try scene.verify("a_b_longtoken", ["migrationId": migration])["keyId"] == first)
        let second = try takeOver(scene, "longtoken", migration)
        #expect(try scene.verify("a_c_longtoken", ["migrationId": migration])["keyId"] == second)
        #expect(try scene.verify("a_b_longtoken")["keyId"] == first)
        #expect(try scene.verify("a_c_longtoken")["keyId"] == second)
        // With nobody waiting, the tail alone finds nothing.
        #expect(try scene.verify("a_d_longtoken", ["migrationId": migration]) == VerifyScene.notFound)
    }

    @Test(
        "a secret is split at '_' from the right, and shown up to four characters behind its prefix",
        arguments: [
            ("a_b_cdefg", "cdefg", "a_b_cd"), ("a__cdefg", "cdefg", "a__cde"), ("__c", "c", "__c"),
            ("my_own_prefix_short_tail", "tail", "my_own_prefix_shor"), ("a_b_", "", "a_b_"),
            ("ü_éèêëē_x", "x", "ü_éèêë"), ("a_b_\u{301}x", "\u{301}x", "a_b_\u{301}x"),
        ]
    )
    func split(secret: String, token: String, start: String) throws {
        let scene = try VerifyScene()
        let migration = try migration(scene, prefixed)
        let id = try takeOver(scene, token, migration)
        #expect(try scene.verify(.string(secret), ["migrationId": migration])["keyId"] == id)
        #expect(try scene.data("keys.getKey", ["keyId": id])["start"] == .string(start))
    }

    @Test("a secret of fewer than three parts is a 400 where the migration is of prefixed keys, and nowhere else")
    func malformed() throws {
        let scene = try VerifyScene()
        let taken = try migration(scene, prefixed)
        let plain = try migration(scene, "sha256")
        for secret in ["longtoken", "a_longtoken", "_", "é"] as [JSONValue] {
            let problem = try scene.refusal(secret, ["migrationId": taken])
            #expect(problem.kind == .secretMalformed && problem.faults.map(\.location) == ["body.key"])
            #expect(try scene.verify(secret, ["migrationId": plain]) == VerifyScene.notFound)
            #expect(try scene.verify(secret, ["migrationId": "migration_none"]) == VerifyScene.notFound)
            #expect(try scene.verify(secret) == VerifyScene.notFound)
        }
        #expect(try scene.verify("a_b_c", ["migrationId": taken]) == VerifyScene.notFound)
        // A key that is known needs no parts.
        #expect(try scene.verify(scene.key(), ["migrationId": taken])["code"] == "VALID")
    }

    @Test("another migration, another workspace's, a deleted one and one of sha256 lead nowhere")
    func strangers() throws {
        let scene = try VerifyScene()
        let own = try migration(scene, prefixed)
        _ = try takeOver(scene, "longtoken", own)
        let foreign = try scene.bench.workspace()
        let strangers = [
            try migration(scene, prefixed), try migration(scene, "sha256"), "migration_none", "",
            try migration(scene, prefixed, in: foreign),
        ]
        for migration in strangers {
            #expect(try scene.verify("a_b_longtoken", ["migrationId": migration]) == VerifyScene.notFound)
        }
        let stranger = try scene.bench.rootKey(in: foreign, ["*"]).secret
        #expect(try scene.verify("a_b_longtoken", ["migrationId": own], as: stranger) == VerifyScene.notFound)
        let params: JSONValue = ["workspaceId": .string(scene.workspace), "migrationId": own]
        _ = try scene.bench.operate("migrations.deleteMigration", params)
        #expect(try scene.verify("a_b_longtoken", ["migrationId": own]) == VerifyScene.notFound)
    }

    @Test("what is masked is not converted; what is found is, whatever the outcome")
    func maskedFirst() throws {
        let scene = try VerifyScene()
        let migration = try migration(scene, prefixed)
        let id = try takeOver(scene, "longtoken", migration, ["enabled": false])
        func start() throws -> JSONValue? { try scene.data("keys.getKey", ["keyId": id])["start"] }
        let params: JSONValue = ["migrationId": migration]
        let weak = try scene.holder(of: "api.*.read_key")
        #expect(try scene.verify("a_b_longtoken", params, as: weak) == VerifyScene.notFound)
        let elsewhere = VerifyScene.joined(params, ["keyspaces": ["ks_other"]])
        #expect(try scene.verify("a_b_longtoken", elsewhere) == VerifyScene.notFound)
        #expect(try start() == "")
        let narrow = try scene.holder(of: "api.\(scene.api.string ?? "").verify_key")
        #expect(try scene.verify("a_b_longtoken", params, as: narrow)["code"] == "DISABLED")
        #expect(try start() == "a_b_lo")
    }

    @Test("a deleted key does not wait any more, nor does one of a deleted API")
    func deleted() throws {
        let scene = try VerifyScene()
        let migration = try migration(scene, prefixed)
        let id = try takeOver(scene, "longtoken", migration)
        _ = try takeOver(scene, "other", migration)
        try scene.data("keys.deleteKey", ["keyId": id])
        #expect(try scene.verify("a_b_longtoken", ["migrationId": migration]) == VerifyScene.notFound)
        try scene.data("apis.deleteApi", ["apiId": scene.api])
        #expect(try scene.verify("a_b_other", ["migrationId": migration]) == VerifyScene.notFound)
    }

    @Test("a secret that a deleted key still has is not found, also where it was taken over again")
    func takenOverAgain() throws {
        let scene = try VerifyScene()
        let migration = try migration(scene, prefixed)
        let first = try takeOver(scene, "longtoken", migration)
        let params: JSONValue = ["migrationId": migration]
        #expect(try scene.verify("a_b_longtoken", params)["keyId"] == first)
        try scene.data("keys.deleteKey", ["keyId": first])
        let second = try takeOver(scene, "longtoken", migration)
        #expect(try scene.verify("a_b_longtoken", params) == VerifyScene.notFound, "its hash stays taken")
        #expect(try scene.verify("a_c_longtoken", params)["keyId"] == second, "another secret with that end has not")
    }

    @Test("limits and credits of a key that was taken over are consumed by its first verification")
    func consumption() throws {
        let scene = try VerifyScene()
        let migration = try migration(scene, prefixed)
        let settings: JSONValue = [
            "credits": ["remaining": 2], "ratelimits": [VerifyScene.limit("units", 9, isAutomatic: true)],
        ]
        let id = try takeOver(scene, "longtoken", migration, settings)
        let first = try scene.verify("a_b_longtoken", ["migrationId": migration])
        #expect(first["credits"] == 1 && first["ratelimits"]?.array?.map { $0["remaining"] } == [8])
        #expect(try scene.verify("a_b_longtoken")["credits"] == 0)
        #expect(try scene.data("keys.getKey", ["keyId": id])["credits"]?["remaining"] == 0)
    }
}
