/// One option of a program: `--name VALUE` or `--name=VALUE`, else the variable `LATCHKEY_NAME`, else its standard value.
public struct Setting<Value: Sendable>: Sendable {
    /// The name without its dashes.
    public let name: String
    /// What stands for the value in the help.
    public let placeholder: String
    /// What it is for, in a sentence.
    public let meaning: String
    /// The value where none is given, as text; `nil` where there is none.
    public let standard: String?
    /// A name that it had in an earlier version, and still answers to; not in the help.
    private(set) var formerName: String?
    /// What a value has to be, for messages: "an integer from 1 to 10".
    let wanted: String
    let read: @Sendable (String) -> Value?

    /// An option.
    ///
    /// - Parameters:
    ///   - name: Without its dashes, in lower case, words joined by a dash.
    ///   - placeholder: In capitals, for the help.
    ///   - meaning: A sentence.
    ///   - standard: The value where none is given; must be readable itself.
    ///   - wanted: What a value has to be.
    ///   - read: Gives `nil` for what is not such a value.
    public init(
        _ name: String,
        _ placeholder: String,
        _ meaning: String,
        standard: String? = nil,
        wanted: String,
        read: @escaping @Sendable (String) -> Value?
    ) {
        self.name = name
        self.placeholder = placeholder
        self.meaning = meaning
        self.standard = standard
        self.wanted = wanted
        self.read = read
    }

    /// The environment variable that stands in for the option.
    public var variable: String { Self.variable(of: name) }

    /// The same option, which goes on answering to the name it had.
    public func renamed(from formerName: String) -> Setting {
        var setting = self
        setting.formerName = formerName
        return setting
    }

    /// The names that it answers to, the present one first.
    var names: [String] { [name] + (formerName.map { [$0] } ?? []) }

    static func variable(of name: String) -> String {
        "LATCHKEY_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }
}

extension Setting where Value == String {
    /// Text that is not empty, such as a path.
    public static func text(
        _ name: String,
        _ placeholder: String,
        _ meaning: String,
        standard: String? = nil
    ) -> Setting {
        Setting(name, placeholder, meaning, standard: standard, wanted: "not empty") { $0.isEmpty ? nil : $0 }
    }
}

extension Setting where Value == String {
    /// Where a Unix-domain socket is.
    public static func socketPath(_ name: String, _ meaning: String) -> Setting {
        // unix(7): the field has 108 bytes, one of them for the terminating NUL.
        Setting(name, "PATH", meaning, wanted: "a path of 1 to 107 bytes") {
            (1...107).contains($0.utf8.count) ? $0 : nil
        }
    }
}

extension Setting where Value == Int {
    /// An integer of a range.
    public static func integer(
        _ name: String,
        _ placeholder: String,
        _ meaning: String,
        _ range: ClosedRange<Int>,
        standard: Int
    ) -> Setting {
        let wanted = "an integer from \(range.lowerBound) to \(range.upperBound)"
        return Setting(name, placeholder, meaning, standard: String(standard), wanted: wanted) { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension Setting where Value: CaseIterable & RawRepresentable<String> {
    /// One of a few words.
    public static func word(_ name: String, _ placeholder: String, _ meaning: String, standard: Value) -> Setting {
        let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
        return Setting(name, placeholder, meaning, standard: standard.rawValue, wanted: "one of \(words)") {
            Value(rawValue: $0)
        }
    }
}

extension Setting where Value == Log.Level {
    /// What is logged, the same in every program.
    public static var logLevel: Setting {
        .word(
            "log-level",
            "LEVEL",
            "The least important events to log: debug, info, warning or error.",
            standard: .info
        )
    }
}

/// A command line that cannot be carried out: what is wrong, and what to change.
public struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One sentence or two.
    public let description: String

    /// A mistake of the command line.
    public init(_ description: String) {
        self.description = description
    }
}
