import Glibc
public import SQLite
import Store

/// The database file, and how its connections are set up.
public struct Database: Sendable {
    /// Where the file is.
    public let path: String

    /// A database that need not exist yet.
    ///
    /// - Parameter path: Links are followed, so that one file has one name, and one lock, however it is reached.
    public init(path: String) {
        self.path = Self.resolved(path) ?? path
    }

    /// The path without links: of the file, or of its folder where the file is still to be made.
    private static func resolved(_ path: String) -> String? {
        if let whole = realpath(path, nil) {
            defer { free(whole) }
            return String(cString: whole)
        }
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let folder = path.dropLast(name.utf8.count)
        guard !name.isEmpty, let resolved = realpath(folder.isEmpty ? "." : String(folder), nil) else { return nil }
        defer { free(resolved) }
        let prefix = String(cString: resolved)
        return prefix == "/" ? "/" + name : prefix + "/" + name
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
        try connection.keepTemporariesInMemory()
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
