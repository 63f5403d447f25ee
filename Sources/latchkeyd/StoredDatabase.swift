import Glibc
import Program
import SQLite
import Store

/// A database that a command reads and does not make.
enum StoredDatabase {
    static let path = Setting.text("database", "PATH", "Database file.")

    private static let advice = "Name the database of a daemon, or a backup of it, with --database."

    static func open(_ path: String) throws -> Connection {
        // SQLite says no more than that it cannot open the file.
        guard access(path, R_OK) == 0 else {
            let code = errno
            let hint = code == EACCES ? "Run this as the daemon's user." : advice
            throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(code))). \(hint)")
        }
        let connection: Connection
        let owner: Int32
        do throws(SQLiteError) {
            connection = try Connection(path: path, mode: .readOnly)
            owner = try connection.applicationID
        } catch {
            throw CommandFailure("\(error.message). \(advice(on: error))")
        }
        // Whatever else it may be, its soundness says nothing of the keys that were meant.
        guard owner == Schema.applicationID else {
            throw CommandFailure("\(path) is a database of another program (application_id \(owner)). \(advice)")
        }
        return connection
    }

    private static func advice(on error: SQLiteError) -> String {
        switch error {
        case .corrupt: "Restore a backup."
        // A write-ahead log needs a file beside the database, also of those who only read.
        case .cantOpen, .readOnly: "Run this as the daemon's user, who can write the folder."
        default: advice
        }
    }
}
