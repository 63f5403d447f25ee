import Domain
import ProtocolWire
import Registry
import Store

/// `keys.migrateKeys`: keys taken over by their hashes, many at a time.
enum MigrateKeys {
    static let procedure = Procedure(
        "keys.migrateKeys",
        .domain(
            .migrate,
            effects: "Makes keys whose secrets their holders already have, and tells which hashes were taken",
            onRepeat:
                "changes nothing and tells that all hashes are taken; but the hash of a prefixed key is free once its key has been verified"
        ),
        summary: "Takes keys over from another service, by the hashes of their secrets.",
        access: .before(Keys.tuples(to: "create_key")),
        idempotency: .conditional,
        changes: """
            keys with their limits and links, identities, permissions and roles that do not exist yet, audit `key.create`, \
            `ratelimit.create`, `authorization.connect_permission_and_key`, `authorization.connect_role_and_key`, \
            `identity.create`, `permission.create` and `role.create`
            """,
        parameters: Parameters(
            Input.init,
            .required("migrationId", .string(length: 3...255), "Where they come from: a migration of the workspace."),
            .required("apiId", .string(length: 3...255), "API of the keys."),
            .required("keys", Shape<[MigratedKey]>.array(of: MigratedKey.shape, count: 1...Int.max), "The keys.")
        ),
        reply: Reply(
            .objects(
                "migrated",
                "Those that were made, in the order of the request.",
                { $0.migrated },
                .string("hash", "As it was sent.") { $0.hash },
                .string("keyId", "Identifier of the key, `key_…`.") { $0.id.text }
            ),
            .strings(
                "failed",
                "Hashes that exist already, those of deleted keys, root keys and other workspaces included."
            ) { $0.failed }
        ),
        errors: [
            .insufficientPermissions,
            DeclaredError(.apiNotFound, "missing, deleted, or another workspace's"),
            Migrations.notFound,
            DeclaredError(.invalidInput, "one hash is there twice"),
        ],
        examples: [
            Example(
                params: """
                    {"migrationId":"migration_3LqTz9WvKq","apiId":"api_5kPq9XvTn0","keys":[{"hash":\
                    "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=","externalId":"acct-2041","roles":["Accounting"]}]}
                    """,
                data: """
                    {"migrated":[{"hash":"LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=","keyId":"key_5HxYr1MnC0"}],"failed":[]}
                    """
            )
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let migrationID: String
        let apiID: String
        let keys: [MigratedKey]
    }

    struct Output: Sendable {
        var migrated: [(hash: String, id: KeyID)] = []
        var failed: [String] = []
    }

    private static func run(_ call: Call, _ input: Input, _ transaction: WriteTransaction) throws(Problem) -> Output {
        let api = try transaction.existingAPI(input.apiID, in: call.workspace)
        let migration = try transaction.existingMigration(input.migrationID, in: call.workspace)
        let hashes = try hashes(of: input.keys, migration.algorithm, transaction)
        var output = Output()
        for (key, hash) in zip(input.keys, hashes) {
            if try transaction.isTaken(hash) {
                output.failed.append(key.hash)
                continue
            }
            let reference = try transaction.issueKey(
                key.settings ?? KeySettings(),
                of: api,
                hash: hash,
                start: "",
                // A hash of the whole secret is what keys have here: nothing is left to do at the first verification.
                migration: migration.algorithm == .sha256 ? nil : migration.number,
                in: call.workspace
            ) { name throws(Problem) in
                try transaction.insertRole(named: name, description: nil, permissions: [], in: call.workspace)
            }
            output.migrated.append((key.hash, reference.id))
        }
        return output
    }

    private static func hashes(
        of keys: [MigratedKey],
        _ algorithm: KeyMigrationAlgorithm,
        _ transaction: WriteTransaction
    ) throws(Problem) -> [KeyHash] {
        var seen: Set<KeyHash> = []
        var hashes: [KeyHash] = []
        for (index, key) in keys.enumerated() {
            let hash = try transaction.hash(written: key.hash, by: algorithm)
            guard seen.insert(hash).inserted else {
                throw .invalid(
                    at: "body.keys[\(index)].hash",
                    "is there twice, got '\(Fault.excerpt(of: key.hash))' again",
                    fix: "send each hash once"
                )
            }
            hashes.append(hash)
        }
        return hashes
    }
}

/// A key that is taken over.
struct MigratedKey: Sendable {
    let hash: String
    let settings: KeySettings?

    static let shape = Shape<MigratedKey>.object(
        MigratedKey.init(hash:settings:),
        .required(
            "hash",
            .string(length: 3...Int.max),
            """
            sha256: SHA-256 of the whole secret, in base64 with padding. github.com/seamapi/prefixed-api-key: SHA-256 of the part \
            behind the last `_`, in hexadecimal. Unique on the server.
            """
        ),
        KeySettings.field(externalID: .string(length: 1...255), unknownRole: "is made")
    )
}
