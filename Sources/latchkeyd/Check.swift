import Daemon
import Glibc
import Program
import SQLite

/// `latchkeyd check`: whether the file is what it should be, page by page and row by row.
enum Check {
    static func run(_ options: inout CommandLineOptions) throws {
        let path = try options.take(Serve.database)
        try options.finish()
        let connection = try Connection(path: path, mode: .readOnly)
        let problems = try connection.integrityProblems() + (try connection.foreignKeyProblems())
        for problem in problems { print(problem) }
        print(problems.isEmpty ? "\(path) is sound" : "\(path) has \(problems.count) problems; restore a backup")
        if !problems.isEmpty { exit(1) }
    }
}
