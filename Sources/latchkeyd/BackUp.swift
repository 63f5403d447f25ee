import Daemon
import Program
import SQLite

/// `latchkeyd backup`: a copy of the database, as it is at one moment, while the daemon goes on.
enum BackUp {
    private static let destination = Setting.text("to", "PATH", "The copy; one that is there is replaced.")

    static func run(_ options: inout CommandLineOptions) throws {
        let path = try options.take(Serve.database)
        let copy = try options.take(destination)
        try options.finish()
        try Connection(path: path, mode: .readOnly).backUp(to: copy)
        print("\(path) is backed up to \(copy)")
    }
}
