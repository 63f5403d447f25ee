public import SQLite
import Store

/// The database file, and how its connections are set up.
public struct Database: Sendable {
    /// Where the file is.
    public let path: String

    /// A database that need not exist yet.
    public init(path: String) {
        self.path = path
    }

    /// Makes the file if there is none, and brings it to this program's schema.
    ///
    /// - Throws: ``MigrationError``, which says what the operator can do.
    public func migrate() throws(MigrationError) {
        try Migrator.migrate(try open(), Schema.migrations, applicationID: Schema.applicationID)
    }

    /// A connection with nothing set up: a file of another program is left as it is until its owner is known.
    private func open() throws(MigrationError) -> Connection {
        do throws(SQLiteError) {
            return try Connection(path: path, mode: .readWriteCreate)
        } catch {
            throw .unreadable(error)
        }
    }

    /// A connection for the writer: a commit is on the disk when it returns.
    func openForWriting() throws(SQLiteError) -> Connection {
        let connection = try Connection(path: path, mode: .readWriteCreate)
        try connection.useWriteAheadLog()
        try connection.setSynchronous(.full)
        try connection.setForeignKeys(enforced: true)
        try connection.setCacheSize(kibibytes: 16 * 1_024)
        try connection.distrustSchema()
        return connection
    }

    /// A connection for a reader.
    func openForReading() throws(SQLiteError) -> Connection {
        let connection = try Connection(path: path, mode: .readOnly)
        try connection.setCacheSize(kibibytes: 4 * 1_024)
        try connection.distrustSchema()
        return connection
    }
}
