import LatchkeyClient
import Program

/// A command line, understood.
struct Invocation {
    /// What is to be done.
    enum Command: Equatable {
        case usage
        case version
        case help(topic: String?)
        case completion(Shell)
        /// Hidden: what the completion scripts ask; words without options, the last one being typed.
        case complete([String])
        case call(method: String, arguments: [String])
    }

    let command: Command
    let connection: ConnectionChoice
    /// Whether a list is followed to its end.
    let followsPages: Bool
    /// Whether the whole reply is printed.
    let showsEnvelope: Bool

    init(_ words: [String], environment: [String: String]) throws(ToolFailure) {
        do throws(UsageError) {
            // What stands behind the method belongs to the procedure, also when it begins with a dash.
            let isCompleting = words.first == "__complete"
            let typed = isCompleting && words.count > 1 ? words.suffix(1) : []
            let (options, rest) = Self.split(isCompleting ? words.dropFirst().dropLast() : words[...])
            var line = CommandLineOptions(options, environment: environment)
            let wantsUsage = line.takeFlag("help", "Prints this.") || rest.first == "--help"
            let wantsVersion = line.takeFlag("version", "Prints the version.")
            followsPages = line.takeFlag("all", "Follows a list to its end.")
            showsEnvelope = line.takeFlag("raw", "Prints the whole reply.")
            connection = try ConnectionChoice(&line, environment)
            try line.finish()
            if isCompleting {
                command = .complete(rest + typed)
                return
            }
            command = wantsUsage ? .usage : wantsVersion ? .version : try Self.command(rest)
        } catch {
            throw .usage(error.description)
        }
    }

    private static let optionsWithValue: Set<String> = [
        "--socket", "--operator-socket", "--root-key", "--root-key-file",
    ]

    /// Options stand before the method or behind it up to a lone `--`; everything else is a word.
    private static func split(_ words: ArraySlice<String>) -> (options: [String], rest: [String]) {
        var (options, rest): ([String], [String]) = ([], [])
        var index = words.startIndex
        while index < words.endIndex {
            let word = words[index]
            if word == "--" { return (options, rest + words[(index + 1)...]) }
            if word.hasPrefix("--"), word.count > 2 {
                options.append(word)
                if optionsWithValue.contains(word), index + 1 < words.endIndex {
                    index += 1
                    options.append(words[index])
                }
            } else {
                rest.append(word)
            }
            index += 1
        }
        return (options, rest)
    }

    private static func command(_ words: [String]) throws(UsageError) -> Command {
        guard let first = words.first else { return .usage }
        switch first {
        case "help":
            guard words.count <= 2 else {
                throw UsageError("help takes one service or procedure, such as keys.createKey.")
            }
            return .help(topic: words.count == 2 ? words[1] : nil)
        case "completion":
            guard words.count == 2, let shell = Shell(rawValue: words[1]) else {
                throw UsageError("completion takes one of bash, zsh, fish.")
            }
            return .completion(shell)
        default:
            guard first.contains(".") else {
                throw UsageError(
                    "'\(first.prefix(64))' is no procedure. Name one as service.procedure; latchkey help lists them."
                )
            }
            return .call(method: first, arguments: Array(words.dropFirst()))
        }
    }
}
