import Glibc
import Program
import SQLite

/// `latchkeyd check`: whether the file is what it should be, page by page and row by row.
enum Check {
    static func run(_ options: inout CommandLineOptions) throws {
        let given = try options.takeOptional(StoredDatabase.path)
        let path = try options.require(given, StoredDatabase.path)
        let connection = try StoredDatabase.open(path)
        let problems = try problems(of: connection, path)
        for problem in problems { try Command.tell(problem) }
        try Command.tell(
            problems.isEmpty ? "\(path) is sound" : "\(path) has \(problems.count) problems; restore a backup"
        )
        if !problems.isEmpty { exit(1) }
    }

    private static func problems(of connection: Connection, _ path: String) throws -> [String] {
        do throws(SQLiteError) {
            return try connection.integrityProblems() + (try connection.foreignKeyProblems())
        } catch {
            throw CommandFailure("\(path) cannot be read to its end: \(error.message); restore a backup")
        }
    }

    /// One line for each option.
    static func helpLines() throws -> [String] {
        var options = CommandLineOptions([], environment: [:])
        _ = try options.takeOptional(StoredDatabase.path)
        return options.helpLines
    }
}
