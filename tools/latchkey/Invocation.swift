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
        /// Hidden: what the completion scripts ask.
        case complete([String])
        case call(method: String, arguments: [String])
    }

    let command: Command
    let connection: ConnectionChoice
    /// Whether a list is followed to its end.
    let followsPages: Bool
    /// Whether the whole reply is printed.
    let showsEnvelope: Bool
    /// What makes a change safe to repeat.
    let idempotencyKey: String?

    init(_ words: [String], environment: [String: String]) throws(ToolFailure) {
        do throws(UsageError) {
            // What stands behind the method belongs to the procedure, also when it begins with a dash.
            let isCompletion = words.first == "__complete"
            // A line that is being completed asks the daemon that its options name.
            let (options, rest) = Self.split(isCompletion ? Array(words.dropFirst().dropLast()) : words)
            // An idempotency key is one call's: a variable would give it to the next one, too.
            let variables = environment.filter { $0.key != Self.keySetting.variable }
            var line = CommandLineOptions(options, environment: variables)
            let wantsUsage = line.takeFlag("help", "Prints this.") || rest.contains(where: Self.helpWords.contains)
            let wantsVersion = line.takeFlag("version", "Prints the version.")
            followsPages = line.takeFlag("all", "Follows a list to its end.")
            showsEnvelope = line.takeFlag("raw", "Prints the whole reply.")
            idempotencyKey = try line.takeOptional(Self.keySetting)
            connection = try ConnectionChoice(&line, environment)
            try line.finish()
            if isCompletion {
                command = .complete(Array(words.dropFirst()))
            } else {
                command = wantsUsage ? Self.help(rest) : wantsVersion ? .version : try Self.command(rest)
            }
        } catch {
            throw .usage(error.description)
        }
    }

    static let optionsWithValue: Set<String> = [
        "--socket", "--operator-socket", "--root-key", "--root-key-file", "--idempotency-key",
    ]

    private static let keySetting = Setting.text("idempotency-key", "KEY", "Makes a change safe to repeat.")

    /// Options stand before the method or behind it up to a lone `--`; everything else is a word.
    static func split(_ words: [String]) -> (options: [String], rest: [String]) {
        var (options, rest): ([String], [String]) = ([], [])
        var index = 0
        while index < words.count {
            let word = words[index]
            if word == "--" { return (options, rest + words[(index + 1)...]) }
            if word.hasPrefix("--"), word.count > 2 {
                options.append(word)
                if optionsWithValue.contains(word), index + 1 < words.count {
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

    /// What else asks for help: the letter, and the option behind a lone `--`.
    private static let helpWords: Set<String> = ["-h", "--help"]

    /// Help on what the line would call; else how the tool is used.
    private static func help(_ words: [String]) -> Command {
        guard let first = words.first(where: { !helpWords.contains($0) }), !["help", "completion"].contains(first)
        else {
            return .usage
        }
        return .help(topic: first)
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
