import JSONSyntax
import ProtocolWire
import SQLite
import Store
import Testing

@Suite struct RecoverableKeyTests {
    private static let old = [UInt8](repeating: 1, count: 32)
    private static let new = [UInt8](repeating: 2, count: 32)
    private let scene: KeyScene
    private var api: JSONValue { .string(scene.api) }

    init() throws {
        scene = try KeyScene(recovery: RecoverySecrets(current: Self.old))
        try scene.data("apis.updateApi", ["apiId": api, "keyRecovery": true])
    }

    private func allow(_ isAllowed: Bool) throws {
        try scene.data("apis.updateApi", ["apiId": api, "keyRecovery": .boolean(isAllowed)])
    }

    private func plaintext(_ id: JSONValue) throws -> JSONValue? {
        try scene.data("keys.getKey", ["keyId": id, "decrypt": true])["plaintext"]
    }

    private func recoverable() throws -> (id: JSONValue, secret: JSONValue) { try scene.key(["recoverable": true]) }

    @Test("a recoverable key shows its secret where that is asked for, and only there")
    func shown() throws {
        let (id, secret) = try recoverable()
        let (plain, plainSecret) = try scene.key()
        #expect(try plaintext(id) == secret)
        #expect(try plaintext(plain) == nil, "no copy: 200 without it")
        #expect(try scene.read(id)["plaintext"] == nil)
        #expect(try scene.data("keys.whoami", ["key": secret])["plaintext"] == nil)
        let rows = try scene.data("apis.listKeys", ["apiId": api, "decrypt": true])
        #expect(rows.each("plaintext").compactMap(\.self) == [secret] && rows.array?.count == 2)
        #expect(try scene.data("apis.listKeys", ["apiId": api]).each("plaintext") == [nil, nil])
        _ = plainSecret
    }

    @Test(
        "createKey: without the server's secret a 412, then a missing right is the masked 404, then the API's switch a 412"
    )
    func createOrder() throws {
        let params: JSONValue = ["apiId": api, "recoverable": true, "externalId": "orphan", "permissions": ["orphan"]]
        let weak = try scene.holder(of: ["api.*.create_key"])
        let unknown = try scene.refusal("keys.createKey", params, as: scene.stranger())
        try allow(false)
        #expect(try scene.cleanRefusal("keys.createKey", params, as: weak).bytes == unknown.bytes)
        for right in ["api.*.encrypt_key", "api.\(scene.api).encrypt_key", scene.urn("keyspaces/*/keys/*#encrypt_key")]
        {
            let holder = try scene.holder(of: ["api.*.create_key", right])
            let problem = try scene.cleanRefusal("keys.createKey", params, as: holder)
            #expect(problem.kind == .preconditionFailed && problem.detail.contains("does not allow"))
        }
        scene.bench.restart(recovery: nil)
        let problem = try scene.cleanRefusal("keys.createKey", params, as: weak)
        #expect(problem.kind == .preconditionFailed && problem.detail.contains("--recovery-secret-file"))
        let none = try scene.holder(of: [])
        #expect(try scene.cleanRefusal("keys.createKey", params, as: none).bytes == unknown.bytes)
        try scene.data("keys.createKey", params.without("recoverable"), as: weak)
    }

    @Test("createKey: a right to encrypt one key is not one to encrypt new ones")
    func createOneKey() throws {
        let params: JSONValue = ["apiId": api, "recoverable": true]
        let one = scene.urn("keyspaces/\(scene.keyspace)/keys/key_1#encrypt_key")
        let holder = try scene.holder(of: ["api.*.create_key", one])
        #expect(try scene.refusal("keys.createKey", params, as: holder).kind == .apiNotFound)
        let whole = try scene.holder(of: ["api.*.create_key", scene.urn("keyspaces/\(scene.keyspace)/**#encrypt_key")])
        try scene.data("keys.createKey", params, as: whole)
    }

    @Test("getKey: read right, the server's secret, decrypt right, the API's switch, in that order")
    func getOrder() throws {
        let (id, secret) = try recoverable()
        let params: JSONValue = ["keyId": id, "decrypt": true]
        func problem(_ held: String...) throws -> Problem {
            try scene.refusal("keys.getKey", params, as: scene.holder(of: held))
        }
        #expect(try problem("api.*.decrypt_key").detail.contains("read_key"), "the right to decrypt is not one to read")
        #expect(try problem("api.*.read_key").detail.contains("decrypt_key"))
        let one = scene.urn("keyspaces/\(scene.keyspace)/keys/\(id.string ?? "")#decrypt_key")
        for right in ["api.*.decrypt_key", "api.\(scene.api).decrypt_key", one] {
            #expect(
                try scene.data("keys.getKey", params, as: scene.holder(of: ["api.*.read_key", right]))["plaintext"]
                    == secret
            )
        }
        try allow(false)
        #expect(try problem("api.*.read_key").kind == .insufficientPermissions)
        #expect(try problem("api.*.read_key", "api.*.decrypt_key").kind == .preconditionFailed)
        #expect(try problem("api.*.read_key", "api.*.decrypt_key").detail.contains("does not allow"))
        scene.bench.restart(recovery: nil)
        #expect(try problem("api.*.read_key").detail.contains("--recovery-secret-file"))
        #expect(try problem("api.*.update_key").kind == .insufficientPermissions)
        #expect(try scene.read(id)["keyId"] == id)
    }

    @Test(
        "listKeys: the checks come in order before the identity is looked for; a right to decrypt one key does not do"
    )
    func listOrder() throws {
        let (id, _) = try recoverable()
        let params: JSONValue = ["apiId": api, "decrypt": true, "externalId": "none"]
        let read = ["api.*.read_key", "api.*.read_api"]
        func problem(_ held: [String]) throws -> Problem {
            try scene.refusal("apis.listKeys", params, as: scene.holder(of: held))
        }
        let one = scene.urn("keyspaces/\(scene.keyspace)/keys/\(id.string ?? "")#decrypt_key")
        #expect(try problem(read).kind == .insufficientPermissions)
        #expect(try problem(read + [one]).kind == .insufficientPermissions)
        for right in ["api.*.decrypt_key", "api.\(scene.api).decrypt_key", scene.urn("keyspaces/*/keys/*#decrypt_key")]
        {
            #expect(try scene.data("apis.listKeys", params, as: scene.holder(of: read + [right])) == [])
        }
        try allow(false)
        #expect(try problem(read).kind == .insufficientPermissions)
        #expect(try problem(read + ["api.*.decrypt_key"]).kind == .preconditionFailed)
        scene.bench.restart(recovery: nil)
        #expect(try problem(read).kind == .preconditionFailed)
        #expect(try problem([]).kind == .apiNotFound)
    }

    @Test(
        "rerollKey: the copy of a recoverable key is recoverable; permission, the server's secret and the API's switch come first"
    )
    func reroll() throws {
        let (id, secret) = try recoverable()
        let params: JSONValue = ["keyId": id, "expiration": 0]
        let reply = try scene.data("keys.rerollKey", params)
        #expect(try plaintext(try #require(reply["keyId"])) == reply["key"])
        #expect(try plaintext(id) == secret)
        func problem(_ held: String...) throws -> Problem {
            try scene.cleanRefusal("keys.rerollKey", params, as: scene.holder(of: held))
        }
        try allow(false)
        #expect(try problem("api.*.encrypt_key").detail.contains("create_key"))
        #expect(try problem("api.*.create_key").detail.contains("encrypt_key"))
        #expect(try problem("api.*.create_key", "api.*.encrypt_key").detail.contains("does not allow"))
        scene.bench.restart(recovery: nil)
        #expect(try problem("api.*.create_key").kind == .insufficientPermissions)
        #expect(try problem("api.*.create_key", "api.*.encrypt_key").detail.contains("--recovery-secret-file"))
        let plain = try scene.key().id
        try scene.data("keys.rerollKey", ["keyId": plain, "expiration": 0], as: scene.holder(of: ["api.*.create_key"]))
    }

    @Test(
        "a copy put in the place of another key's does not open: 200 without plaintext; nor does one that was tampered with"
    )
    func moved() throws {
        let (one, two) = (try recoverable(), try recoverable())
        let move = """
            UPDATE sealed_secrets SET
                nonce = (SELECT s.nonce FROM sealed_secrets AS s ORDER BY s.key LIMIT 1),
                sealed = (SELECT s.sealed FROM sealed_secrets AS s ORDER BY s.key LIMIT 1)
            WHERE key = (SELECT max(key) FROM sealed_secrets)
            """
        try scene.bench.connection.run(Command(uncached: move))
        #expect(try plaintext(one.id) == one.secret)
        #expect(try plaintext(two.id) == nil)
        let (third, _) = try recoverable()
        try scene.bench.connection.run(Command(uncached: "UPDATE sealed_secrets SET sealed = zeroblob(length(sealed))"))
        #expect(try plaintext(third) == nil)
        #expect(try scene.data("apis.listKeys", ["apiId": api, "decrypt": true]).each("plaintext") == [nil, nil, nil])
    }

    @Test("the database holds no secret, and each copy is sealed anew")
    func sealed() throws {
        let secret = try #require(try recoverable().secret.string)
        let sealed = try scene.bench.connection.all(Query(uncached: "SELECT sealed FROM sealed_secrets") { $0.blob(0) })
        #expect(sealed.count == 1 && sealed[0].count == secret.utf8.count + 16)
        #expect(!String(decoding: sealed[0], as: UTF8.self).contains(secret))
    }

    @Test(
        "rotation: a second secret opens what the first one sealed, what is new only the second; then the first one is needed no more"
    )
    func rotation() throws {
        let old = try recoverable()
        scene.bench.restart(recovery: RecoverySecrets(current: Self.new))
        #expect(try plaintext(old.id) == nil)
        scene.bench.restart(recovery: RecoverySecrets(current: Self.new, previous: Self.old))
        let new = try recoverable()
        #expect(try plaintext(old.id) == old.secret)
        #expect(try plaintext(new.id) == new.secret)
        scene.bench.restart(recovery: RecoverySecrets(current: Self.old))
        #expect(try plaintext(new.id) == nil)

        let damaged = try recoverable()
        try scene.bench.connection.run(
            Command(
                uncached:
                    "UPDATE sealed_secrets SET nonce = zeroblob(12) WHERE key = (SELECT max(key) FROM sealed_secrets)"
            )
        )
        scene.bench.restart(recovery: RecoverySecrets(current: Self.new, previous: Self.old))
        #expect(try scene.bench.transaction.renewSealedSecrets(most: 1) == 1)
        #expect(try scene.bench.transaction.renewSealedSecrets(most: 10) == 1)
        #expect(try scene.bench.transaction.renewSealedSecrets(most: 10) == 0)
        scene.bench.restart(recovery: RecoverySecrets(current: Self.new))
        #expect(try scene.bench.transaction.renewSealedSecrets(most: 10) == 0, "there is none before the present one")
        #expect(try plaintext(old.id) == old.secret)
        #expect(try plaintext(new.id) == new.secret)
        #expect(try plaintext(damaged.id) == nil)
    }

    @Test("erasing a key takes its copy along; a soft delete keeps it")
    func erased() throws {
        func copies() throws -> Int? { try scene.rowCounts()["sealed_secrets"] }
        let (soft, hard) = (try recoverable().id, try recoverable().id)
        try scene.data("keys.deleteKey", ["keyId": soft])
        #expect(try copies() == 2)
        try scene.data("keys.deleteKey", ["keyId": hard, "permanent": true])
        #expect(try copies() == 1)
    }
}
