import Program
import SQLite

/// A database that a command reads and does not make.
enum StoredDatabase {
    static let path = Setting.text("database", "PATH", "Database file.")

    static func open(_ path: String) throws -> Connection {
        do throws(SQLiteError) {
            return try Connection(path: path, mode: .readOnly)
        } catch {
            throw CommandFailure("\(error.message). Name the database of a daemon, or a backup of it, with --database.")
        }
    }
}
