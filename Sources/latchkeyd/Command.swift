import Glibc
import Program
import ProtocolWire

/// What the first word of the command line asks for; without one the daemon serves.
enum Command: String, CaseIterable {
    case serve
    case backup
    case check
    case describe
    case generateSecret = "generate-secret"

    static func run(_ words: [String], environment: [String: String]) throws {
        var options = CommandLineOptions(words, environment: environment)
        if options.takeFlag("version", "Print the version and end.") { return try tell("latchkeyd \(Version.text)") }
        let word = options.takeWord()
        guard let command = word.map({ Command(rawValue: $0) }) ?? .serve else {
            let known = allCases.map(\.rawValue).joined(separator: ", ")
            throw UsageError("There is no command '\(word?.prefix(64) ?? "")'. The commands are: \(known).")
        }
        if options.takeFlag("help", "Print this and end.", letter: "h") { return try command.printHelp() }
        switch command {
        case .serve: try Serve.run(&options, environment: environment)
        case .backup: try BackUp.run(&options)
        case .check: try Check.run(&options)
        case .describe: try Describe.run(&options)
        case .generateSecret: try GenerateSecret.run(&options)
        }
    }

    private var synopsis: String {
        switch self {
        case .serve: "latchkeyd --database PATH --socket PATH --operator-socket PATH [option …]"
        case .backup: "latchkeyd backup --database PATH --to PATH"
        case .check: "latchkeyd check --database PATH"
        case .describe: "latchkeyd describe \(Describe.Page.allCases.map(\.rawValue).joined(separator: "|"))"
        case .generateSecret: "latchkeyd generate-secret [--to PATH]"
        }
    }

    private var meaning: String {
        switch self {
        case .serve: "Serves frames on two Unix-domain sockets until SIGTERM."
        case .backup: "Copies the database into another file while the daemon goes on."
        case .check: "Reads the whole database and says what is wrong with it; status 1 if anything is."
        case .describe: "Prints the contract, as it stands in protocol/."
        case .generateSecret: "Makes a secret for --recovery-secret-file."
        }
    }

    private func printHelp() throws {
        var text = "\(synopsis)\n\n\(meaning)\n\n"
        let lines = try helpLines()
        if !lines.isEmpty {
            text += lines.map { $0 + "\n" }.joined()
            text += "\nEvery option can be given as a variable: LATCHKEY_ and its name in capitals.\n\n"
        }
        text += "Other commands, each with --help; latchkeyd --version:\n"
        text += Command.allCases.filter { $0 != self }.map { "  \($0.synopsis)\n" }.joined()
        try Self.tell(text)
    }

    private func helpLines() throws -> [String] {
        switch self {
        case .serve: try Serve.helpLines()
        case .backup: try BackUp.helpLines()
        case .check: try Check.helpLines()
        case .describe: []
        case .generateSecret: try GenerateSecret.helpLines()
        }
    }

    /// Says on standard error why the program ends, and ends it.
    static func complain(_ message: String, status: Int32) -> Never {
        _ = StandardStreams.write("latchkeyd: \(message)\n", to: StandardStreams.error)
        exit(status)
    }

    /// Prints lines for the caller.
    ///
    /// - Throws: ``CommandFailure`` where they cannot be written.
    static func tell(_ text: String) throws {
        // A reader that has seen enough closes the pipe; that is no failure.
        guard let error = write(text), error != EPIPE else { return }
        throw CommandFailure("Standard output cannot be written: \(String(cString: strerror(error))).")
    }

    /// Prints a new secret, which is in no file.
    ///
    /// - Throws: ``CommandFailure`` where it cannot be written, also to a reader that has gone.
    static func tell(secret: String) throws {
        guard let error = write(secret) else { return }
        let reason = String(cString: strerror(error))
        throw CommandFailure("Standard output cannot be written: \(reason). The secret is lost; make another one.")
    }

    private static func write(_ text: String) -> Int32? {
        let line = text.hasSuffix("\n") ? text : text + "\n"
        return StandardStreams.write(line, to: StandardStreams.output)
    }
}

/// Why a command came to nothing, in a sentence or two: what is wrong, and what to change.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
