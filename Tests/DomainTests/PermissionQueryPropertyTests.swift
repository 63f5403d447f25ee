import TestSupport
import Testing

@testable import Domain

@Suite struct PermissionQueryPropertyTests {
    @Test("a random expression comes to what its tree says, however it is written")
    func trees() throws {
        var generator = SeededGenerator.announced("Permission query trees")
        for _ in 0..<4_000 {
            let tree = Expression.random(depth: Int.random(in: 0...7, using: &generator), &generator)
            let query = tree.written(&generator)
            for _ in 0..<4 {
                let held = Set(Expression.slugs.filter { _ in Bool.random(using: &generator) })
                #expect(try check(query, held) == tree.holds(held), "\(query) with \(held.sorted())")
            }
        }
    }

    @Test("any sequence of tokens is taken or refused as the grammar says, and never traps")
    func tokenSoup() {
        var generator = SeededGenerator.announced("Permission query tokens")
        let tokens = ["a", "b", "AND", "OR", "(", ")", "(", ")", " ", "\n", "and.x"]
        var taken = 0
        for _ in 0..<20_000 {
            let query = (0..<Int.random(in: 0...9, using: &generator))
                .map { _ in
                    (tokens.randomElement(using: &generator) ?? "") + (Bool.random(using: &generator) ? " " : "")
                }
                .joined()
            let held = Set(["a", "b", "and.x"].filter { _ in Bool.random(using: &generator) })
            let expected = GrammarReader.outcome(of: query, held)
            #expect((try? check(query, held)) == expected, "\(query) with \(held.sorted())")
            #expect((fault(of: query) == nil) == (expected != nil), "\(query)")
            if expected != nil { taken += 1 }
        }
        #expect(taken > 500, "too few of the texts are queries for the test to mean anything")
    }

    @Test("any bytes are a query or have a fault within them, and never trap")
    func anyBytes() {
        var generator = SeededGenerator.announced("Permission query bytes")
        for _ in 0..<20_000 {
            var bytes = Array(Expression.random(depth: 4, &generator).written(&generator).utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) { mutate(&bytes, &generator) }
            bytes.withUnsafeBytes { bytes in
                do throws(PermissionQuery.SyntaxError) {
                    _ = try PermissionQuery.check(bytes) { _ in false }
                } catch {
                    #expect((0...bytes.count).contains(error.offset))
                    #expect(bytes[..<error.offset].allSatisfy { $0 < 0x80 }, "bytes before a fault are characters")
                    #expect(error.message.contains("offset \(error.offset)"))
                }
            }
        }
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return bytes.append(UInt8(ascii: "(")) }
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes.removeLast(bytes.count - place)
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(Array("()aO \u{0}é😀".utf8).randomElement(using: &generator) ?? 0, at: place)
        default: bytes.insert(contentsOf: bytes[place...], at: place)
        }
    }
}

/// A query as a tree.
private indirect enum Expression {
    case slug(String)
    case and(Expression, Expression)
    case or(Expression, Expression)

    static let slugs = ["a", "B", "docs.read", "docs.*", "ANDROID", "or:1", "x/y-z_0"]

    static func random(depth: Int, _ generator: inout SeededGenerator) -> Expression {
        switch depth > 0 ? Int.random(in: 0..<5, using: &generator) : 0 {
        case 0: .slug(slugs.randomElement(using: &generator) ?? "a")
        case 1, 2: .and(random(depth: depth - 1, &generator), random(depth: depth - 1, &generator))
        default: .or(random(depth: depth - 1, &generator), random(depth: depth - 1, &generator))
        }
    }

    func holds(_ held: Set<String>) -> Bool {
        switch self {
        case .slug(let slug): held.contains(slug)
        // Both sides first, so that nothing is left out as the evaluator under test does.
        case .and(let left, let right): [left.holds(held), right.holds(held)].allSatisfy(\.self)
        case .or(let left, let right): [left.holds(held), right.holds(held)].contains(true)
        }
    }

    /// The tree as text: the parentheses it needs and some that it does not, keywords in any case, white space at random.
    func written(_ generator: inout SeededGenerator) -> String {
        let space = Self.space(from: 0, &generator)
        return space + text(insideAnd: false, &generator) + Self.space(from: 0, &generator)
    }

    private func text(insideAnd: Bool, _ generator: inout SeededGenerator) -> String {
        var needsParentheses = false
        var text: String
        switch self {
        case .slug(let slug):
            text = slug
        case .and(let left, let right):
            text = left.text(insideAnd: true, &generator) + Self.keyword("and", &generator)
            text += right.text(insideAnd: true, &generator)
        case .or(let left, let right):
            needsParentheses = insideAnd
            text = left.text(insideAnd: false, &generator) + Self.keyword("or", &generator)
            text += right.text(insideAnd: false, &generator)
        }
        let surplus = Int.random(in: 0..<6, using: &generator) == 0 ? Int.random(in: 1...3, using: &generator) : 0
        for _ in 0..<(surplus + (needsParentheses ? 1 : 0)) {
            text = "(" + Self.space(from: 0, &generator) + text + Self.space(from: 0, &generator) + ")"
        }
        return text
    }

    private static func keyword(_ word: String, _ generator: inout SeededGenerator) -> String {
        let cased = word.map { Bool.random(using: &generator) ? "\($0)" : $0.uppercased() }.joined()
        return space(from: 1, &generator) + cased + space(from: 1, &generator)
    }

    private static func space(from countMin: Int, _ generator: inout SeededGenerator) -> String {
        (0..<Int.random(in: countMin...2, using: &generator))
            .map { _ in [" ", "\t", "\r", "\n"].randomElement(using: &generator) ?? " " }
            .joined()
    }
}

/// The grammar of `keys.md` §13.3 read rule by rule, by recursion, over a list of words; slow and plain.
private struct GrammarReader {
    private var words: ArraySlice<String>
    private let held: Set<String>

    /// What a text comes to; `nil` when it is no query.
    static func outcome(of text: String, _ held: Set<String>) -> Bool? {
        var spaced = ""
        for character in text { spaced += character == "(" || character == ")" ? " \(character) " : "\(character)" }
        let words = spaced.split(whereSeparator: \.isWhitespace).map(String.init)
        var reader = GrammarReader(words: words[...], held: held)
        guard let outcome = reader.query(), reader.words.isEmpty else { return nil }
        return outcome
    }

    // query = and , { OR , and }
    private mutating func query() -> Bool? {
        guard var outcome = and() else { return nil }
        while words.first?.uppercased() == "OR" {
            words.removeFirst()
            guard let next = and() else { return nil }
            outcome = outcome || next
        }
        return outcome
    }

    // and = item , { AND , item }
    private mutating func and() -> Bool? {
        guard var outcome = item() else { return nil }
        while words.first?.uppercased() == "AND" {
            words.removeFirst()
            guard let next = item() else { return nil }
            outcome = outcome && next
        }
        return outcome
    }

    // item = slug | "(" , query , ")"
    private mutating func item() -> Bool? {
        guard let word = words.popFirst(), !["AND", "OR", ")"].contains(word.uppercased()) else { return nil }
        guard word == "(" else { return held.contains(word) }
        guard let outcome = query(), words.popFirst() == ")" else { return nil }
        return outcome
    }
}
