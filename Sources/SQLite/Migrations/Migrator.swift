/// Brings a database to the schema that the program was written for.
public enum Migrator {
    /// Applies the steps that the database does not have yet, each in a transaction of its own with its new `user_version`.
    ///
    /// An empty file becomes the program's own: it gets `applicationID` with the first step. Two processes may do this at
    /// once; each step is applied by one of them.
    ///
    /// - Parameters:
    ///   - connection: May write, and has no transaction open. Whether it enforces foreign keys is the same afterwards.
    ///   - migrations: The whole history, versions ascending; only ever appended to.
    ///   - applicationID: The number in the file's header that tells the program's databases from all others; not 0.
    /// - Throws: ``MigrationError``. The database is then at the last version that succeeded.
    public static func migrate(
        _ connection: Connection,
        _ migrations: [Migration],
        applicationID: Int32
    ) throws(MigrationError) {
        precondition(applicationID != 0, "0 is what a file of no program has")
        precondition(zip(migrations, migrations.dropFirst()).allSatisfy { $0.version < $1.version }, "versions ascend")
        let version = try checkOwner(of: connection, applicationID, known: migrations.last?.version ?? 0)
        let pending = migrations.drop { $0.version <= version }
        guard !pending.isEmpty else { return }
        try withoutForeignKeys(connection) { () throws(MigrationError) in
            for migration in pending { try apply(migration, to: connection, applicationID) }
        }
    }

    /// Refuses files that are not the program's, or no longer.
    ///
    /// - Returns: The version of the schema; 0 for an empty file.
    private static func checkOwner(
        of connection: Connection,
        _ expected: Int32,
        known: Int32
    ) throws(MigrationError) -> Int32 {
        let (found, version, isEmpty) = try reading { () throws(SQLiteError) in
            (try connection.applicationID, try connection.userVersion, try connection.first(schemaIsEmpty) ?? true)
        }
        if found == 0, version == 0, isEmpty { return 0 }
        guard found == expected else {
            throw .foreignFile(path: connection.path, applicationID: found, expected: expected)
        }
        guard version <= known else { throw .newerDatabase(path: connection.path, version: version, known: known) }
        return version
    }

    /// Rebuilding a table drops the old one, which with enforcement on would delete or refuse what refers to it; the switch
    /// only works outside of a transaction (https://www.sqlite.org/lang_altertable.html#otheralter, steps 1 and 12).
    private static func withoutForeignKeys(
        _ connection: Connection,
        _ body: () throws(MigrationError) -> Void
    ) throws(MigrationError) {
        let wereEnforced = try reading { () throws(SQLiteError) in
            let wereEnforced = try connection.enforcesForeignKeys
            try connection.setForeignKeys(enforced: false)
            return wereEnforced
        }
        let outcome = Result { () throws(MigrationError) in try body() }
        try reading { () throws(SQLiteError) in try connection.setForeignKeys(enforced: wereEnforced) }
        try outcome.get()
    }

    private static func apply(
        _ migration: Migration,
        to connection: Connection,
        _ applicationID: Int32
    ) throws(MigrationError) {
        let problems: [String]
        do throws(SQLiteError) {
            try connection.begin(.immediate)
            // Asked again under the write lock: another process may have been here first.
            guard try connection.userVersion < migration.version else { return connection.rollback() }
            try connection.execute(migration.sql)
            guard connection.isInTransaction else {
                throw SQLiteError(.misuse, "the migration ends its own transaction", sql: migration.sql)
            }
            try connection.setApplicationID(applicationID)
            try connection.setUserVersion(migration.version)
            problems = try connection.foreignKeyProblems(limit: 10)
            if problems.isEmpty { return try connection.commit() }
        } catch {
            connection.rollback()
            throw .failed(path: connection.path, migration, error)
        }
        connection.rollback()
        throw .brokenForeignKeys(path: connection.path, migration, problems: problems)
    }

    private static func reading<Value>(_ body: () throws(SQLiteError) -> Value) throws(MigrationError) -> Value {
        do throws(SQLiteError) {
            return try body()
        } catch {
            throw .unreadable(error)
        }
    }
}

private let schemaIsEmpty = Query("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)") { row in row.boolean(0) }
