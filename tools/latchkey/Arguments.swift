import JSONSyntax
import Program

/// Parameters as a command line spells them: JSON, `@file`, `-`, and pairs that are laid over it.
///
///     name=text   name:=json   outer.inner:=2   tags[]=a   tags[]=b
enum Arguments {
    /// The parameters; without arguments `{}`.
    static func params(_ words: [String]) throws(ToolFailure) -> JSONValue {
        do throws(UsageError) {
            var base: JSONValue?
            var pairs: [Pair] = []
            for (index, word) in words.enumerated() {
                if let pair = try Pair(word) {
                    pairs.append(pair)
                } else {
                    guard base == nil else {
                        throw UsageError("Only one argument may be JSON; argument \(index + 1) is another.")
                    }
                    base = try whole(word, number: index + 1)
                }
            }
            var params = base ?? [:]
            for pair in pairs { params = try pair.applied(to: params) }
            return params
        } catch {
            throw .usage(error.description)
        }
    }

    /// The words of this process's command line, without the program's name.
    ///
    /// Swift's own list replaces what is no UTF-8, and a key would be made for somebody else than was named.
    static func ofProcess() throws(ToolFailure) -> [String] {
        var words: [String] = []
        for number in 1..<max(1, Int(CommandLine.argc)) {
            guard let bytes = CommandLine.unsafeArgv[number], let word = String(validatingCString: bytes) else {
                throw .usage("Argument \(number) is not UTF-8. Give it in that encoding.")
            }
            words.append(word)
        }
        return words
    }

    /// Its word is not repeated in an error: it may hold a key.
    private static func whole(_ word: String, number: Int) throws(UsageError) -> JSONValue {
        if word == "-" { return try parse(try InputFile.read("-", of: "-"), "standard input") }
        if word.hasPrefix("@") {
            let path = String(word.dropFirst())
            return try parse(try InputFile.read(path, of: "@"), path)
        }
        return try parse(Array(word.utf8), "Argument \(number)")
    }

    static func parse(_ bytes: [UInt8], _ source: String) throws(UsageError) -> JSONValue {
        do throws(JSONSyntaxError) {
            return try JSONValue(parsing: bytes)
        } catch {
            throw UsageError(
                "\(source) is not JSON: \(error). Parameters are one JSON object, or name=text and name:=json pairs."
            )
        }
    }
}

/// One `path=text` or `path:=json`.
private struct Pair {
    let path: [String]
    let appends: Bool
    let value: JSONValue
    /// What stands before the equals sign; what stands behind it may be a secret.
    private let spelling: String

    /// - Returns: `nil` for a word that is no pair.
    init?(_ word: String) throws(UsageError) {
        guard let first = word.first, first.isLetter || first == "_", let equals = word.firstIndex(of: "=") else {
            return nil
        }
        let isJSON = word[..<equals].hasSuffix(":")
        var name = word[..<equals].dropLast(isJSON ? 1 : 0)
        guard name.allSatisfy({ $0.isLetter || $0.isNumber || "_-.[]".contains($0) }) else { return nil }
        appends = name.hasSuffix("[]")
        if appends { name = name.dropLast(2) }
        path = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        spelling = String(word[...equals].prefix(64))
        guard path.allSatisfy({ !$0.isEmpty && !$0.contains("[") && !$0.contains("]") }) else {
            throw UsageError("'\(spelling)' names no member. Write name=text, outer.inner=text or list[]=text.")
        }
        let text = String(word[word.index(after: equals)...])
        value = isJSON ? try Arguments.parse(Array(text.utf8), "the value of \(name)") : .string(text)
    }

    func applied(to params: JSONValue) throws(UsageError) -> JSONValue {
        try set(path[...], in: params)
    }

    private func set(_ path: ArraySlice<String>, in value: JSONValue) throws(UsageError) -> JSONValue {
        guard let name = path.first else { return try leaf(value) }
        guard case .object(var members) = value else {
            throw UsageError("'\(spelling)' sets a member of something that is no object.")
        }
        let index = members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
        let current = index.map { members[$0].value } ?? (path.count > 1 ? [:] : .null)
        let member = JSONValue.Member(name: name, value: try set(path.dropFirst(), in: current))
        if let index { members[index] = member } else { members.append(member) }
        return .object(members)
    }

    private func leaf(_ current: JSONValue) throws(UsageError) -> JSONValue {
        guard appends else { return value }
        switch current {
        case .null: return .array([value])
        case .array(let elements): return .array(elements + [value])
        default: throw UsageError("'\(spelling)' appends to something that is no list.")
        }
    }
}
