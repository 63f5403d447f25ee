import Program
import SQLite

/// `latchkeyd backup`: a copy of the database, as it is at one moment, while the daemon goes on.
enum BackUp {
    private static let destination = Setting.text("to", "PATH", "The copy; one that is there is replaced.")

    static func run(_ options: inout CommandLineOptions) throws {
        let paths = try take(&options)
        let path = try options.require(paths.database, StoredDatabase.path)
        let copy = try options.require(paths.copy, destination)
        let connection = try StoredDatabase.open(path)
        do throws(SQLiteError) {
            try connection.backUp(to: copy)
        } catch {
            var advice = ""
            if case .corrupt = error {
                advice = " Run latchkeyd check --database \(path); if that is sound, name another disk with --to."
            }
            throw CommandFailure(
                "\(error.message). The backup was not made; what \(copy) was before, it still is.\(advice)"
            )
        }
        try Command.tell("\(path) is backed up to \(copy)")
    }

    /// One line for each option.
    static func helpLines() throws -> [String] {
        var options = CommandLineOptions([], environment: [:])
        _ = try take(&options)
        return options.helpLines
    }

    private static func take(_ options: inout CommandLineOptions) throws -> (database: String?, copy: String?) {
        (try options.takeOptional(StoredDatabase.path), try options.takeOptional(destination))
    }
}
