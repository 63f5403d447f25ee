/// Why a database could not be brought to this program's schema; says what the operator can do.
public enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A later version of the program has changed the schema.
    case newerDatabase(path: String, version: Int32, known: Int32)
    /// The file is a database of another program, which was left as it is.
    case foreignFile(path: String, applicationID: Int32, expected: Int32)
    /// A step failed and was undone; those before it stay.
    case failed(path: String, Migration, SQLiteError)
    /// A step would leave rows without their parents, and was undone; those before it stay.
    case brokenForeignKeys(path: String, Migration, problems: [String])
    /// The database could not be read to begin with.
    case unreadable(SQLiteError)

    /// What happened, in which file, and what to do.
    public var description: String {
        switch self {
        case .newerDatabase(let path, let version, let known):
            "\(path) has schema version \(version), and this program knows versions up to \(known). "
                + "Start the newer program that wrote it, or restore a backup from before the upgrade."
        case .foreignFile(let path, let applicationID, let expected):
            "\(path) is a database of another program (application_id \(applicationID), not \(expected)) and was not touched. "
                + "Check the path; to start afresh, name a file that does not exist."
        case .failed(let path, let migration, let error):
            "\(path) could not be migrated to schema version \(migration.version) (\(migration.name)): \(error). "
                + "The step was undone. Mend the cause and start again, or go on with the previous program."
        case .brokenForeignKeys(let path, let migration, let problems):
            "\(path) could not be migrated to schema version \(migration.version) (\(migration.name)), because rows would be "
                + "left without their parent: \(problems.joined(separator: "; ")). The step was undone. "
                + "Remove these rows with the previous program and start again."
        case .unreadable(let error):
            "The database could not be opened: \(error). \(Self.advice(on: error))"
        }
    }

    private static func advice(on error: SQLiteError) -> String {
        switch error {
        case .cantOpen, .readOnly: "The daemon's user has to be able to read and write the file, and its folder."
        case .notADatabase: "Check the path; to start afresh, name a file that does not exist."
        case .full, .ioError: "The disk may be full or failing; the system's log says which."
        default: "Check the file, or restore a backup."
        }
    }
}
