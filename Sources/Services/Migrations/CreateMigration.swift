import Domain
import ProtocolWire
import Registry
import Store

/// `migrations.createMigration`: a source that keys are taken over from.
enum CreateMigration {
    static let procedure = Procedure(
        "migrations.createMigration",
        .create(onRepeat: .another("registers another migration of the same name; names are labels")),
        summary: "Registers a source that keys are taken over from, and how it hashed their secrets.",
        sockets: .operator,
        access: .operatorInWorkspace,
        idempotency: .conditional,
        changes: "1 key migration, audit `migration.create`",
        parameters: Parameters(
            Input.init,
            .required("name", .string(length: 1...255), "The operator's label; need not be unique."),
            .required(
                "algorithm",
                Shape.word(
                    KeyMigrationAlgorithm.sha256.rawValue,
                    KeyMigrationAlgorithm.prefixedAPIKey.rawValue
                )
                .parsed("must be the name of an algorithm", fix: "send sha256") { KeyMigrationAlgorithm(rawValue: $0) },
                "How the hashes were made: of the whole secret, or of the last part of a prefixed API key."
            )
        ),
        reply: Reply(.string("migrationId", "Identifier of the new migration, `migration_…`.") { $0 }),
        errors: [.workspaceNotFound],
        examples: [
            Example(
                params: #"{"name":"old gateway","algorithm":"sha256"}"#,
                data: #"{"migrationId":"migration_3LqTz9WvKq"}"#
            )
        ],
        lane: .write { call, input, transaction throws(Problem) in
            try transaction.insertKeyMigration(named: input.name, input.algorithm, in: call.workspace).text
        }
    )

    struct Input: Sendable {
        let name: String
        let algorithm: KeyMigrationAlgorithm
    }
}
