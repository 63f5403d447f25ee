import Cryptography
import Foundation
import JSONSyntax
import ProtocolWire
import Testing

@Suite struct MigrateKeysTests {
    private let scene: KeyScene
    private let migration: JSONValue
    /// SHA-256 of "hello".
    private let hello = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
    private let helloHex = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

    init() throws {
        scene = try KeyScene()
        migration = try scene.migration()
    }

    private func params(_ keys: JSONValue) -> JSONValue {
        ["migrationId": migration, "apiId": .string(scene.api), "keys": keys]
    }

    private func migrate(_ keys: JSONValue) throws -> JSONValue { try scene.data("keys.migrateKeys", params(keys)) }

    /// What a migration of `sha256` calls a key with that secret.
    private func hash(of secret: JSONValue) -> JSONValue {
        .string(SHA256.hash(secret.string ?? "").withUnsafeBytes { Data($0) }.base64EncodedString())
    }

    private func faults(_ item: JSONValue) throws -> [String] {
        try scene.faults("keys.migrateKeys", params([["hash": "first hash"], item]))
    }

    @Test(
        "migrateKeys: what is new is made in the order of the request, what is taken is listed as failed; both are always there"
    )
    func partial() throws {
        let first = try migrate([["hash": "one"], ["hash": "two"]])
        #expect(first["migrated"]?.each("hash") == ["one", "two"] && first["failed"] == [])
        let second = try migrate([["hash": "two"], ["hash": "three"], ["hash": "one"], ["hash": "four"]])
        #expect(second["migrated"]?.each("hash") == ["three", "four"] && second["failed"] == ["two", "one"])
        let again = try scene.audited {
            let reply = try migrate([["hash": "one"]])
            #expect(reply == ["migrated": [], "failed": ["one"]])
        }
        #expect(again.isEmpty, "a repeat changes nothing")
        let ids = (first["migrated"]?.each("keyId") ?? []) + (second["migrated"]?.each("keyId") ?? [])
        #expect(Set(ids.compactMap { $0?.string }).count == 4)
        #expect(try scene.data("apis.listKeys", ["apiId": .string(scene.api)]).array?.count == 4)
    }

    @Test("migrateKeys: a hash is taken also where its key is deleted, native, or another workspace's")
    func taken() throws {
        let native = hash(of: try scene.key().secret)
        #expect(try migrate([["hash": native]])["failed"] == [native])
        let made = try #require(try migrate([["hash": .string(hello)]])["migrated"]?.array?[0]["keyId"])
        try scene.data("keys.deleteKey", ["keyId": made])
        #expect(try migrate([["hash": .string(hello)]])["failed"] == [.string(hello)])
        let workspace = try scene.bench.workspace()
        let stranger = try scene.bench.rootKey(in: workspace, ["*"]).secret
        let api = try #require(try scene.data("apis.createApi", ["name": "theirs"], as: stranger)["apiId"])
        let theirs: JSONValue = [
            "migrationId": try scene.migration(in: workspace), "apiId": api, "keys": [["hash": .string(hello)]],
        ]
        #expect(
            try scene.data("keys.migrateKeys", theirs, as: stranger) == ["migrated": [], "failed": [.string(hello)]]
        )
    }

    @Test("migrateKeys: a root key's hash is taken, whatever workspace it is of, also after its end")
    func takenByRootKey() throws {
        let workspace = try scene.bench.workspace()
        let theirs = try scene.bench.rootKey(in: workspace, ["*"])
        let mine = hash(of: .string(scene.root))
        let other = hash(of: .string(theirs.secret))
        #expect(try migrate([["hash": mine], ["hash": other]]) == ["migrated": [], "failed": [mine, other]])
        _ = try scene.bench.operate(
            "rootKeys.deleteKey",
            ["workspaceId": .string(workspace), "keyId": .string(theirs.id)]
        )
        #expect(try migrate([["hash": other]])["failed"] == [other])
    }

    @Test("migrateKeys: the same hash twice is a 400 that tells where, and nothing is made")
    func repeated() throws {
        let problem = try scene.cleanRefusal(
            "keys.migrateKeys",
            params([["hash": "one", "externalId": "x"], ["hash": "two"], ["hash": "one", "roles": ["New"]]])
        )
        #expect(problem.kind == .invalidInput && problem.faults.map(\.location) == ["body.keys[2].hash"])
    }

    @Test("migrateKeys: sha256 takes the hash of the whole secret, which verifies without naming the migration")
    func native() throws {
        let id = try #require(try migrate([["hash": .string(hello), "name": "old"]])["migrated"]?.array?[0]["keyId"])
        #expect(try scene.verdict("hello") == "VALID")
        #expect(try scene.data("keys.whoami", ["key": "hello"])["keyId"] == id)
        #expect(
            try scene.read(id) == [
                "keyId": id, "start": "", "enabled": true, "name": "old", "createdAt": .integer(scene.bench.time),
            ]
        )
        let pending = try scene.migration("github.com/seamapi/prefixed-api-key")
        let reply = try scene.data(
            "keys.migrateKeys",
            params([["hash": .string(helloHex)]]).with("migrationId", pending)
        )
        #expect(reply["failed"] == [.string(helloHex)], "one hash is there once, however it is written")
    }

    @Test(
        "migrateKeys: an item has all settings of createKey; identities, permissions and roles that are missing are made"
    )
    func settings() throws {
        let maker = try scene.holder(of: ["api.*.create_key"])
        let externalID = "Jane Doe <jane@example.com> \u{1F511}"
        let item: JSONValue = [
            "hash": "one", "externalId": .string(externalID), "name": "n", "meta": ["a": 1], "expires": 7,
            "enabled": false,
            "credits": ["remaining": 3, "refill": KeyScene.monthly], "permissions": ["p", "P"],
            "roles": ["New Role", "NEW role"],
            "ratelimits": [KeyScene.limit("abc", 1), KeyScene.limit("abc", 2)],
        ]
        let params = params([item, ["hash": "two", "roles": ["new role"], "externalId": .string(externalID)]])
        let reply = try scene.data("keys.migrateKeys", params, as: maker)
        let id = try #require(reply["migrated"]?.array?[0]["keyId"])
        let key = try scene.read(id)
        #expect(key["identity"]?["externalId"]?.string == externalID && key["name"] == "n" && key["meta"] == ["a": 1])
        #expect(
            key["expires"] == 7 && key["enabled"] == false && key["permissions"] == ["p"]
                && key["roles"] == ["New Role"]
        )
        #expect(key["credits"] == ["remaining": 3, "refill": KeyScene.monthly])
        #expect(key["ratelimits"]?.each("limit") == [2])
        let other = try scene.read(try #require(reply["migrated"]?.array?[1]["keyId"]))
        #expect(other["roles"] == ["New Role"] && other["identity"] == key["identity"] && other["permissions"] == nil)
    }

    @Test("migrateKeys: nothing is made for an item that fails")
    func failedItem() throws {
        _ = try migrate([["hash": "one"]])
        let rows = try scene.audited {
            let keys: JSONValue = [["hash": "one", "externalId": "x", "roles": ["R"], "permissions": ["p"]]]
            let failed = try migrate(keys)["failed"]
            #expect(failed == ["one"])
        }
        #expect(rows.isEmpty)
        let counts = try scene.rowCounts()
        #expect(counts["identities"] == 0 && counts["roles"] == 0 && counts["permissions"] == 0)
    }

    @Test("migrateKeys: an item that breaks a rule fails the whole call, and the place has its index")
    func items() throws {
        let before = try scene.rowCounts()
        let faulty: [(JSONValue, String)] = [
            ([:], ".hash"), (["hash": "ab"], ".hash"), (["hash": .null], ".hash"), (7, ""),
            (["hash": "abc", "colour": 1], ".colour"), (["hash": "abc", "prefix": "eu"], ".prefix"),
            (["hash": "abc", "recoverable": true], ".recoverable"), (["hash": "abc", "externalId": ""], ".externalId"),
            (["hash": "abc", "externalId": KeyScene.text(256)], ".externalId"),
            (["hash": "abc", "name": .null], ".name"),
            (["hash": "abc", "meta": KeyScene.meta(bytes: 65_536)], ".meta"),
            (["hash": "abc", "roles": ["a", ""]], ".roles[1]"),
            (["hash": "abc", "permissions": ["a b"]], ".permissions[0]"), (["hash": "abc", "expires": -1], ".expires"),
            (["hash": "abc", "enabled": .null], ".enabled"), (["hash": "abc", "credits": [:]], ".credits.remaining"),
            (["hash": "abc", "credits": ["remaining": .null, "refill": KeyScene.daily]], ".credits.remaining"),
            (
                ["hash": "abc", "credits": ["remaining": 1, "refill": KeyScene.monthly.without("refillDay")]],
                ".credits.refill.refillDay"
            ),
            (["hash": "abc", "ratelimits": [KeyScene.limit("abc").with("x", 1)]], ".ratelimits[0].x"),
        ]
        for (item, place) in faulty { #expect(try faults(item) == ["body.keys[1]\(place)"]) }
        #expect(try scene.rowCounts() == before)
        let sound: [JSONValue] = [
            ["hash": "abc"], ["hash": "long", "externalId": KeyScene.text(255, of: "\u{1F511}")],
            ["hash": "null", "credits": ["remaining": .null]],
            ["hash": "day", "credits": ["remaining": 1, "refill": KeyScene.daily.with("refillDay", 3)]],
        ]
        #expect(try migrate(.array(sound))["failed"] == [])
        let keys = try #require(try scene.data("apis.listKeys", ["apiId": .string(scene.api)]).array)
        #expect(keys.compactMap { $0["credits"] } == [["remaining": 1, "refill": KeyScene.daily]])
    }

    @Test("migrateKeys: keys, apiId and migrationId have to be there; at least one key, any number more")
    func bounds() throws {
        #expect(try scene.faults("keys.migrateKeys", [:]) == ["body.migrationId", "body.apiId", "body.keys"])
        #expect(try scene.faults("keys.migrateKeys", params([])) == ["body.keys"])
        for name in ["migrationId", "apiId"] {
            for value in [JSONValue.string("ab"), KeyScene.text(256), .null] {
                #expect(
                    try scene.faults("keys.migrateKeys", params([["hash": "abc"]]).with(name, value)) == [
                        "body.\(name)"
                    ]
                )
            }
        }
        let many = KeyScene.list(2_000) { ["hash": .string("hash \($0)")] }
        #expect(try migrate(many)["migrated"]?.array?.count == 2_000)
    }

    @Test("migrateKeys: permission, then the API, then the migration, then the items")
    func order() throws {
        let weak = try scene.holder(of: ["api.*.read_key", scene.urn("keyspaces/\(scene.keyspace)#create_key")])
        let twice: JSONValue = [["hash": "one"], ["hash": "one"]]
        func kind(_ params: JSONValue, as key: String? = nil) throws -> ErrorKind {
            try scene.refusal("keys.migrateKeys", params, as: key).kind
        }
        let nowhere = params(twice).with("apiId", "api_none").with("migrationId", "migration_none")
        #expect(try kind(nowhere, as: weak) == .insufficientPermissions, "no URN opens this")
        #expect(try kind(params(twice), as: weak) == .insufficientPermissions)
        #expect(try kind(nowhere) == .apiNotFound)
        #expect(try kind(nowhere.with("apiId", .string(scene.api))) == .migrationNotFound)
        #expect(try kind(params(twice)) == .invalidInput)
        #expect(try kind(params(twice), as: scene.stranger()) == .apiNotFound)
        let theirs = try scene.migration(in: scene.bench.workspace())
        #expect(try kind(params(twice).with("migrationId", theirs)) == .migrationNotFound)
        try scene.data("apis.deleteApi", ["apiId": .string(scene.api)])
        #expect(try kind(params(twice)) == .apiNotFound)
    }

    @Test("migrateKeys: an audit row for each key and each thing that is made")
    func audit() throws {
        let events = try scene.events {
            _ = try migrate([
                ["hash": "one", "externalId": "x", "roles": ["R"], "permissions": ["p"]], ["hash": "two"],
            ])
        }
        #expect(
            events.sorted() == [
                "authorization.connect_permission_and_key", "authorization.connect_role_and_key", "identity.create",
                "key.create", "key.create", "permission.create", "role.create",
            ]
        )
    }

    @Test(
        "a key that waits is not found by a secret that another key has already, also a deleted one; it goes on waiting"
    )
    func takenSecret() throws {
        let prefixed = try scene.migration("github.com/seamapi/prefixed-api-key")
        let migration = params([["hash": .string(helloHex)]]).with("migrationId", prefixed)
        let verification: JSONValue = ["key": "my_co_short_hello", "migrationId": prefixed]
        try scene.data("keys.migrateKeys", migration)
        let first = try scene.data("keys.verifyKey", verification)
        #expect(first["code"] == "VALID")
        try scene.data("keys.deleteKey", ["keyId": try #require(first["keyId"])])
        let second = try scene.data("keys.migrateKeys", migration)
        #expect(second["migrated"]?.array?.count == 1, "the hash of the last part is free again")
        #expect(try scene.data("keys.verifyKey", verification) == ["valid": false, "code": "NOT_FOUND"])
        let other = try scene.data("keys.verifyKey", verification.with("key", "other_short_hello"))
        #expect(other["code"] == "VALID" && other["keyId"] == second["migrated"]?.each("keyId").first)
    }
}
