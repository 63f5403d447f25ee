import ProtocolWire
import Registry

/// `migrations.deleteMigration`: no more keys come from a source.
enum DeleteMigration {
    static let procedure = Procedure(
        "migrations.deleteMigration",
        .delete(
            .soft,
            takesAlong: "nothing; keys that it has brought stay, and those that only it can verify stop",
            onRepeat: .refused(.migrationNotFound)
        ),
        summary: "Deletes a key migration; no more keys come through it.",
        sockets: .operator,
        access: .operatorInWorkspace,
        idempotency: .idempotent,
        changes: "tombstone on the key migration, audit `migration.delete`",
        parameters: Parameters(Input.init, Migrations.migrationID),
        reply: .empty,
        errors: [
            .workspaceNotFound,
            DeclaredError(.migrationNotFound, "missing, already deleted, or another workspace's"),
        ],
        examples: [Example(params: #"{"migrationId":"migration_3LqTz9WvKq"}"#, data: "{}")],
        lane: .write { call, input, transaction throws(Problem) in
            let row = try transaction.existingMigration(input.migrationID, in: call.workspace)
            try transaction.deleteKeyMigration(row, in: call.workspace)
        }
    )

    struct Input: Sendable { let migrationID: String }
}
