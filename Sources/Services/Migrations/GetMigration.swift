import ProtocolWire
import Registry

/// `migrations.getMigration`: one source of keys.
enum GetMigration {
    static let procedure = Procedure(
        "migrations.getMigration",
        .get,
        summary: "Reads a key migration: its name and algorithm.",
        sockets: .operator,
        access: .operatorInWorkspace,
        idempotency: .idempotent,
        parameters: Parameters(Input.init, Migrations.migrationID),
        reply: Reply(Migrations.members),
        errors: [.workspaceNotFound, Migrations.notFound],
        examples: [Example(params: #"{"migrationId":"migration_3LqTz9WvKq"}"#, data: Migrations.example)],
        lane: .read { call, input, transaction throws(Problem) in
            try transaction.existingMigration(input.migrationID, in: call.workspace)
        }
    )

    struct Input: Sendable { let migrationID: String }
}
