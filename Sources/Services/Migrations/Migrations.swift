import Domain
import ProtocolWire
import Registry
import Store

/// Sources that keys are taken over from, registered by the operator.
enum Migrations {
    static let procedures = [
        CreateMigration.procedure, GetMigration.procedure, ListMigrations.procedure, DeleteMigration.procedure,
    ]

    static let migrationID = Field.required(
        "migrationId",
        .string(length: 3...255, matching: .identifier),
        "Identifier, `migration_…`."
    )

    static let notFound = DeclaredError(.migrationNotFound, "missing, deleted, or another workspace's")

    /// A migration, as the procedures show it.
    static let members: [ReplyMember<KeyMigrationRow>] = [
        .string("migrationId", "Identifier, `migration_…`.") { $0.id.text },
        .string("name", "The operator's label.") { $0.name },
        .string("algorithm", "How the hashes that it brings were made.") { $0.algorithm.rawValue },
        .integer("createdAt", "When it was made, Unix milliseconds.") { $0.createdAt.value },
    ]

    static let example = """
        {"migrationId":"migration_3LqTz9WvKq","name":"old gateway","algorithm":"sha256","createdAt":1788000000000}
        """
}

extension Problem {
    /// No such key migration: missing, deleted, or another workspace's.
    static func noMigration(_ id: String) -> Problem {
        Problem(
            .migrationNotFound,
            "No key migration '\(Fault.excerpt(of: id))' in this workspace. The operator registers one with "
                + "migrations.createMigration."
        )
    }
}

extension ReadTransaction {
    func existingMigration(_ id: String, in workspace: WorkspaceReference) throws(Problem) -> KeyMigrationRow {
        guard let row = try keyMigration(KeyMigrationID(id), in: workspace) else { throw .noMigration(id) }
        return row
    }
}
