import Testing

@testable import Program

private let path = Setting<String>.text("data-path", "PATH", "Where things are.")
private let size = Setting<Int>.integer("size", "N", "How large.", 1...10, standard: 5)
private let level = Setting<Log.Level>.word("level", "LEVEL", "What is logged.", standard: .info)

@Suite struct CommandLineOptionsTests {
    private func refusal(_ words: [String], _ environment: [String: String] = [:]) -> String? {
        var options = CommandLineOptions(words, environment: environment)
        do throws(UsageError) {
            _ = try options.take(path)
            _ = try options.take(size)
            _ = try options.take(level)
            try options.finish()
            return nil
        } catch {
            return error.description
        }
    }

    @Test("a value is taken from either form, else from the environment, else the standard one")
    func sources() throws {
        for words in [["--data-path", "/a"], ["--data-path=/a"]] {
            var options = CommandLineOptions(words, environment: ["LATCHKEY_DATA_PATH": "/b", "LATCHKEY_SIZE": "7"])
            #expect(try options.take(path) == "/a")
            #expect(try options.take(size) == 7)
            #expect(try options.take(level) == .info)
            try options.finish()
        }
        var options = CommandLineOptions([], environment: ["LATCHKEY_DATA_PATH": "/b", "LATCHKEY_SIZE": ""])
        #expect(try options.take(path) == "/b")
        #expect(try options.take(size) == 5)
    }

    @Test("a value may hold an equals sign and begin with a dash")
    func oddValues() throws {
        var options = CommandLineOptions(["--data-path=a=b", "--size", "1"], environment: [:])
        #expect(try options.take(path) == "a=b")
        var dashed = CommandLineOptions(["--data-path", "-x"], environment: [:])
        #expect(try dashed.take(path) == "-x")
        #expect(try options.take(size) == 1)
    }

    @Test("what cannot be carried out is refused with what to change")
    func refusals() {
        let cases: [([String], [String: String], String)] = [
            ([], [:], "--data-path PATH is missing. Give it, or set LATCHKEY_DATA_PATH."),
            (["--data-path"], [:], "--data-path needs a value behind it."),
            (
                ["--data-path", "--size=3"], [:],
                "--data-path needs a value behind it, got the option '--size'. "
                    + "A value that begins with -- is given as --data-path=VALUE."
            ),
            (["--data-path", "a", "--data-path=b"], [:], "--data-path is given twice. Give it once."),
            (["--data-path="], [:], "--data-path must be not empty, got ''."),
            (["--data-path=a", "--size=0"], [:], "--size must be an integer from 1 to 10, got '0'."),
            (["--data-path=a", "--size=11"], [:], "--size must be an integer from 1 to 10, got '11'."),
            (["--data-path=a"], ["LATCHKEY_SIZE": "x"], "LATCHKEY_SIZE must be an integer from 1 to 10, got 'x'."),
            (
                ["--data-path=a", "--level=loud"], [:],
                "--level must be one of debug, info, warning, error, got 'loud'."
            ),
            (["--data-path=a", "--colour"], [:], "There is no option '--colour'. --help lists what there is."),
            (["--data-path=a", "--colour=red"], [:], "There is no option '--colour'. --help lists what there is."),
            (["--data-path=a", "more"], [:], "There is no argument 'more'. --help lists what there is."),
        ]
        for (words, environment, message) in cases { #expect(refusal(words, environment) == message) }
        for size in [1, 10] { #expect(refusal(["--data-path=a", "--size=\(size)"]) == nil) }
    }

    @Test("where all are taken before one is required, a misspelt option is told before the missing one")
    func misspelt() throws {
        func refusal(_ words: [String]) -> String? {
            var options = CommandLineOptions(words, environment: [:])
            do throws(UsageError) {
                let value = try options.takeOptional(path)
                _ = try options.require(value, path)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(refusal(["--data-paht=a"]) == "There is no option '--data-paht'. --help lists what there is.")
        #expect(refusal([]) == "--data-path PATH is missing. Give it, or set LATCHKEY_DATA_PATH.")
        #expect(refusal(["--data-path=a"]) == nil)
    }

    @Test("an option that was renamed answers to both names, on the line and in the environment, and is one option")
    func renamed() throws {
        let renamed = size.renamed(from: "how-large")
        for words in [["--size=7"], ["--how-large=7"], ["--how-large", "7"]] {
            var options = CommandLineOptions(words, environment: ["LATCHKEY_SIZE": "2"])
            #expect(try options.take(renamed) == 7)
            try options.finish()
        }
        var variable = CommandLineOptions([], environment: ["LATCHKEY_HOW_LARGE": "7"])
        #expect(try variable.take(renamed) == 7)
        var both = CommandLineOptions([], environment: ["LATCHKEY_HOW_LARGE": "7", "LATCHKEY_SIZE": "2"])
        #expect(try both.take(renamed) == 2)
        #expect(both.helpLines == ["  --size N                         How large. Else 5."])
        var twice = CommandLineOptions(["--how-large=7", "--size=7"], environment: [:])
        #expect(throws: UsageError("--size is given twice. Give it once.")) { _ = try twice.take(renamed) }
    }

    @Test("a socket's path has 1 to 107 bytes", arguments: [0, 1, 107, 108])
    func socketPath(count: Int) {
        var options = CommandLineOptions(["--at=" + String(repeating: "s", count: count)], environment: [:])
        let path = try? options.take(.socketPath("at", "Where."))
        #expect(path?.utf8.count == ((1...107).contains(count) ? count : nil))
    }

    @Test("words and flags are taken out; a lone dash is a word")
    func words() throws {
        var options = CommandLineOptions(["method", "-", "--quiet", "rest"], environment: [:])
        let isQuiet = [options.takeFlag("quiet", "Says less."), options.takeFlag("quiet", "Says less.")]
        #expect(isQuiet == [true, false])
        let words = [options.takeWord(), options.takeWord(), options.takeWord(), options.takeWord()]
        #expect(words == ["method", "-", "rest", nil])
        try options.finish()
        var dashed = CommandLineOptions(["--size"], environment: [:])
        let word = dashed.takeWord()
        #expect(word == nil)
    }

    @Test("the help has a line for each setting, in the order they were asked for")
    func help() throws {
        var options = CommandLineOptions(["--data-path=a"], environment: [:])
        _ = try options.take(path)
        _ = try options.take(size)
        _ = options.takeFlag("a-flag-with-a-very-long-name-indeed", "Long.")
        #expect(
            options.helpLines == [
                "  --data-path PATH                 Where things are.",
                "  --size N                         How large. Else 5.",
                "  --a-flag-with-a-very-long-name-indeed\n                                   Long.",
            ]
        )
    }
}
