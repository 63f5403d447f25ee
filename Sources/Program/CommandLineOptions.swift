/// The words of a command line, taken out one setting after the other; what is left in the end is refused.
public struct CommandLineOptions: Sendable {
    /// The words that nobody has taken yet.
    public private(set) var words: [String]
    private let environment: [String: String]
    private var help: [String] = []

    /// A command line.
    ///
    /// - Parameters:
    ///   - words: The arguments without the program's name.
    ///   - environment: Names and values.
    public init(_ words: [String], environment: [String: String]) {
        self.words = words
        self.environment = environment
    }

    /// Takes the value of a setting that need not have one.
    ///
    /// - Throws: ``UsageError`` for an option without a value, one that is given twice, and a value that is not of its kind.
    public mutating func takeOptional<Value>(_ setting: Setting<Value>) throws(UsageError) -> Value? {
        describe(setting)
        var given: String?
        for name in setting.names {
            while let (text, range) = try find(name) {
                guard given == nil else { throw UsageError("--\(setting.name) is given twice. Give it once.") }
                given = text
                words.removeSubrange(range)
            }
        }
        if let given { return try read(given, setting, from: "--\(setting.name)") }
        for variable in setting.names.map(Setting<Value>.variable) {
            guard let text = environment[variable], !text.isEmpty else { continue }
            return try read(text, setting, from: variable)
        }
        guard let standard = setting.standard else { return nil }
        return try read(standard, setting, from: "the standard value of --\(setting.name)")
    }

    /// Takes the value of a setting that must have one.
    ///
    /// - Throws: ``UsageError`` also where there is no value at all.
    public mutating func take<Value>(_ setting: Setting<Value>) throws(UsageError) -> Value {
        if let value = try takeOptional(setting) { return value }
        throw missing(setting)
    }

    /// Holds a program to settings that it must have, when all have been taken: a misspelt one is told before a missing one.
    ///
    /// - Throws: ``UsageError`` for what nobody has taken, else for a setting without a value.
    public func require<Value>(_ value: Value?, _ setting: Setting<Value>) throws(UsageError) -> Value {
        try finish()
        guard let value else { throw missing(setting) }
        return value
    }

    private func missing<Value>(_ setting: Setting<Value>) -> UsageError {
        UsageError("--\(setting.name) \(setting.placeholder) is missing. Give it, or set \(setting.variable).")
    }

    /// Takes an option that has no value.
    ///
    /// - Parameters:
    ///   - name: Without its dashes.
    ///   - meaning: A sentence, for the help.
    ///   - letter: What stands for it behind a single dash; nothing where there is none.
    /// - Returns: Whether it was there.
    public mutating func takeFlag(_ name: String, _ meaning: String, letter: Character? = nil) -> Bool {
        help.append(Self.line((letter.map { "-\($0), " } ?? "") + "--\(name)", meaning))
        let spellings = ["--\(name)"] + (letter.map { ["-\($0)"] } ?? [])
        let isThere = words.contains(where: spellings.contains)
        words.removeAll(where: spellings.contains)
        return isThere
    }

    /// Takes the first word that is no option; `-` is none, it stands for standard input.
    public mutating func takeWord() -> String? {
        guard let first = words.first, first == "-" || !first.hasPrefix("-") else { return nil }
        words.removeFirst()
        return first
    }

    /// Refuses what nobody has taken.
    ///
    /// - Throws: ``UsageError`` naming the first word that is left.
    public func finish() throws(UsageError) {
        guard let first = words.first else { return }
        let kind = first.hasPrefix("-") ? "option" : "argument"
        // What stands behind an equals sign may be a secret.
        let name = first.prefix { $0 != "=" }.prefix(64)
        throw UsageError("There is no \(kind) '\(name)'. --help lists what there is.")
    }

    /// One line for each setting that was asked for, in that order.
    public var helpLines: [String] { help }

    private mutating func describe<Value>(_ setting: Setting<Value>) {
        let standard = setting.standard.map { " Else \($0)." } ?? ""
        help.append(Self.line("--\(setting.name) \(setting.placeholder)", setting.meaning + standard))
    }

    private static func line(_ option: String, _ meaning: String) -> String {
        let width = 32
        guard option.count < width else { return "  \(option)\n" + String(repeating: " ", count: width + 3) + meaning }
        return "  " + option + String(repeating: " ", count: width + 1 - option.count) + meaning
    }

    private func find(_ name: String) throws(UsageError) -> (text: String, range: Range<Int>)? {
        for (index, word) in words.enumerated() {
            if word.hasPrefix("--\(name)=") { return (String(word.dropFirst(name.count + 3)), index..<index + 1) }
            guard word == "--\(name)" else { continue }
            guard index + 1 < words.count else { throw UsageError("--\(name) needs a value behind it.") }
            let value = words[index + 1]
            // Most likely the value was left out, and what comes next would be refused for something else.
            guard !value.hasPrefix("--") else {
                let option = value.prefix { $0 != "=" }.prefix(64)
                throw UsageError(
                    "--\(name) needs a value behind it, got the option '\(option)'. "
                        + "A value that begins with -- is given as --\(name)=VALUE."
                )
            }
            return (value, index..<index + 2)
        }
        return nil
    }

    private func read<Value>(_ text: String, _ setting: Setting<Value>, from source: String) throws(UsageError) -> Value
    {
        if let value = setting.read(text) { return value }
        throw UsageError("\(source) must be \(setting.wanted), got '\(text.prefix(64))'.")
    }
}
