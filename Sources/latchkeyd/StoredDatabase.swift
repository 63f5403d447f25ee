import Program
import SQLite
import Store

/// A database that a command reads and does not make.
enum StoredDatabase {
    static let path = Setting.text("database", "PATH", "Database file.")

    private static let advice = "Name the database of a daemon, or a backup of it, with --database."

    static func open(_ path: String) throws -> Connection {
        let connection: Connection
        let owner: Int32
        do throws(SQLiteError) {
            connection = try Connection(path: path, mode: .readOnly)
            owner = try connection.applicationID
        } catch {
            throw CommandFailure("\(error.message). \(error.code == .corrupt ? "Restore a backup." : advice)")
        }
        // Whatever else it may be, its soundness says nothing of the keys that were meant.
        guard owner == Schema.applicationID else {
            throw CommandFailure("\(path) is a database of another program (application_id \(owner)). \(advice)")
        }
        return connection
    }
}
