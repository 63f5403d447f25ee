import Testing

@testable import Domain

@Suite struct PermissionQueryTests {
    @Test(
        "AND binds tighter than OR, parentheses bind tightest, and both operators take any number of items",
        arguments: Grants.all
    )
    func precedence(_ held: Grants) throws {
        let (a, b, c) = (held.a, held.b, held.c)
        #expect(try check("a", held) == a)
        #expect(try check("a OR b AND c", held) == (a || (b && c)))
        #expect(try check("a AND b OR c", held) == ((a && b) || c))
        #expect(try check("(a OR b) AND c", held) == ((a || b) && c))
        #expect(try check("a AND (b OR c)", held) == (a && (b || c)))
        #expect(try check("a OR b OR c", held) == (a || b || c))
        #expect(try check("a AND b AND c", held) == (a && b && c))
        #expect(try check("a AND b OR b AND c OR c AND a", held) == ((a && b) || (b && c) || (c && a)))
        #expect(
            try check("(a OR (b AND c)) AND (b OR c) OR a AND (b)", held) == (((a || (b && c)) && (b || c)) || (a && b))
        )
        #expect(try check("((a))", held) == a)
    }

    @Test("the example of the reference asks for a permission and one of two others")
    func example() throws {
        let query = "invoices.read AND (invoices.write OR admin)"
        #expect(try !check(query, ["invoices.read"]))
        #expect(try check(query, ["invoices.read", "admin"]))
        #expect(try check(query, ["invoices.read", "invoices.write"]))
        #expect(try !check(query, ["invoices.write", "admin"]))
    }

    @Test("operators are words of any case")
    func keywordCase() throws {
        for and in ["AND", "and", "And", "aNd", "anD", "ANd"] {
            #expect(try check("a \(and) b", ["a", "b"]))
            #expect(try !check("a \(and) b", ["a"]))
        }
        for or in ["OR", "or", "Or", "oR"] {
            #expect(try check("a \(or) b", ["b"]))
            #expect(try !check("a \(or) b", []))
        }
    }

    @Test(
        "a word that only begins or ends like an operator is a permission",
        arguments: [
            "ANDROID", "ORANGE", "and.read", "or:", "FOR", "BAND", "AND-OR", "*and", "and/or", "_or", "OR2", "an", "o",
        ]
    )
    func wholeWords(_ slug: String) throws {
        #expect(try check(slug, [slug]))
        #expect(try check("a AND \(slug)", ["a", slug]))
        #expect(try !check("a AND \(slug)", ["a"]))
    }

    @Test("every character of a slug is taken, and a slug is compared exactly")
    func slugs() throws {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:*/"
        #expect(try check(alphabet, [alphabet]))
        for character in alphabet { #expect(try check("\(character)", ["\(character)"])) }
        #expect(try !check("Docs.read", ["docs.read"]), "case counts")
        #expect(try !check("docs.read", ["docs.*"]), "a star that is held means itself")
        #expect(try !check("docs.*", ["docs.read"]), "a star that is asked for means itself")
        #expect(try check("docs.*", ["docs.*"]))
        #expect(try !check("docs", ["docs.read", "doc", ""]))
    }

    @Test("between tokens there may be space, tab, CR and LF, or nothing where no word would run on")
    func whiteSpace() throws {
        let held: Set = ["a", "b", "c"]
        #expect(try check(" \t\r\na\t\r\n AND\nb \r\n", held))
        #expect(try check("a AND(b)AND(c)", held))
        #expect(try check("(a)OR(x)", held))
        #expect(try check("( a )", held))
        #expect(try check("((a)AND((b)))", held))
        #expect(try !check("aANDb", held))
    }

    @Test("a permission behind the point where the outcome is certain is not asked for")
    func shortCircuit() throws {
        #expect(try asked("a OR b", ["a"]) == ["a"])
        #expect(try asked("a AND b", []) == ["a"])
        #expect(try asked("a AND b OR c", []) == ["a", "c"])
        #expect(try asked("a AND (b OR (c AND d)) OR e", []) == ["a", "e"])
        #expect(try asked("(a OR (b AND c)) AND d", ["a"]) == ["a", "d"])
        #expect(try asked("(a OR b) AND (c OR d)", ["b"]) == ["a", "b", "c", "d"])
    }

    @Test("a query of 1,000 characters may be nested as deep as it is long")
    func nesting() throws {
        let deep = String(repeating: "(", count: 499) + "ab" + String(repeating: ")", count: 499)
        #expect(deep.utf8.count == PermissionQuery.charactersMax)
        #expect(try check(deep, ["ab"]))
        #expect(try !check(deep, []))
        // Both operators at every depth, decided at the far end or at the near one.
        let (left, right) = (String(repeating: "(a AND ", count: 124), String(repeating: ")", count: 124))
        #expect(try check(left + "b" + right, ["a", "b"]))
        #expect(try !check(left + "b" + right, ["a"]))
        #expect(try !check(left + "b" + right, ["b"]))
        let alternatives = String(repeating: "(a OR ", count: 142) + "b" + String(repeating: ")", count: 142)
        #expect(try check(alternatives, ["b"]))
        #expect(try check(alternatives, ["a"]))
        #expect(try !check(alternatives, ["c"]))
        expect(String(repeating: "(", count: 1_000), .unexpectedEnd, at: 1_000)
        expect(String(repeating: "(", count: 499) + "a" + String(repeating: ")", count: 500), .trailingText, at: 999)
        expect(
            String(repeating: "(", count: 500) + "a" + String(repeating: ")", count: 499),
            .missingParenthesis,
            at: 1_000
        )
    }

    @Test("no length exhausts anything")
    func unboundedLength() throws {
        let depth = 200_000
        #expect(try check(String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth), ["a"]))
        #expect(try check("a" + String(repeating: " AND a", count: depth), ["a"]))
    }

    private func asked(_ query: String, _ held: Set<String>) throws -> [String] {
        var asked: [String] = []
        _ = try check(query) { slug in
            asked.append(slug)
            return held.contains(slug)
        }
        return asked
    }
}

/// Which of three permissions are held.
struct Grants: Sendable {
    let a: Bool
    let b: Bool
    let c: Bool

    static let all = (0..<8).map { Grants(a: $0 & 1 != 0, b: $0 & 2 != 0, c: $0 & 4 != 0) }
}

@Suite struct PermissionQuerySyntaxTests {
    @Test("only white space is no query: the fault is at its end, where a permission was due")
    func blank() {
        for blank in ["", " ", " \t\r\n"] { expect(blank, .unexpectedEnd, at: blank.unicodeScalars.count) }
    }

    @Test("an operator where a permission was due is told at its place")
    func misplacedOperator() {
        expect("AND a", .misplacedOperator, at: 0)
        expect("or", .misplacedOperator, at: 0)
        expect("a AND OR b", .misplacedOperator, at: 6)
        expect("a OR  or b", .misplacedOperator, at: 6)
        expect("a AND (AND b)", .misplacedOperator, at: 7)
    }

    @Test("a closing parenthesis where a permission was due is told at its place")
    func misplacedParenthesis() {
        expect(")", .misplacedParenthesis, at: 0)
        expect("a AND )", .misplacedParenthesis, at: 6)
        expect("(a OR ) b", .misplacedParenthesis, at: 6)
        expect("(a)AND)", .misplacedParenthesis, at: 6)
    }

    @Test("an end where a permission was due is told at the end")
    func unexpectedEnd() {
        expect("a AND", .unexpectedEnd, at: 5)
        expect("a OR ", .unexpectedEnd, at: 5)
        expect("(", .unexpectedEnd, at: 1)
        expect("(a AND", .unexpectedEnd, at: 6)
    }

    @Test("empty parentheses are told at the closing one")
    func emptyParentheses() {
        expect("permission_1 AND ()", .emptyParentheses, at: 18)
        expect("()", .emptyParentheses, at: 1)
        expect("( \n )", .emptyParentheses, at: 4)
        expect("a OR (b AND (()))", .emptyParentheses, at: 14)
    }

    @Test("a parenthesis that is not closed is told at the end")
    func missingParenthesis() {
        expect("(permission_1 AND permission_2", .missingParenthesis, at: 30)
        expect("(a", .missingParenthesis, at: 2)
        expect("((a) ", .missingParenthesis, at: 5)
    }

    @Test("two items in parentheses with nothing between them are told at the second")
    func missingOperator() {
        expect("(a b)", .missingOperator, at: 3)
        expect("(a (b))", .missingOperator, at: 3)
        expect("x OR (a AND (b)c", .missingOperator, at: 15)
    }

    @Test("what follows a complete query is told at its beginning")
    func trailingText() {
        expect("a b", .trailingText, at: 2)
        expect("a (b)", .trailingText, at: 2)
        expect("a(b)", .trailingText, at: 1)
        expect("a )", .trailingText, at: 2)
        expect("(a))", .trailingText, at: 3)
        expect("(a) android", .trailingText, at: 4)
    }

    @Test("a stray character is named, also one that is not ASCII, and counted in characters")
    func strayCharacter() {
        for character in "!\"#$%&'+,;<=>?@[\\]^`{|}~\u{0}\u{B}\u{C}\u{1F}\u{7F}".unicodeScalars {
            expect("\(character)", .strayCharacter(character), at: 0)
            expect("a AND \(character)", .strayCharacter(character), at: 6)
            expect("a\(character)b", .strayCharacter(character), at: 1)
        }
        // Beside a visible one: a no-break space, the letter that folds to k, line separators, an accent on its own.
        for character in "\u{80}\u{A0}\u{E9}\u{2028}\u{212A}\u{FEFF}\u{FFFF}\u{1F600}\u{10FFFF}".unicodeScalars {
            expect("\(character)", .strayCharacter(character), at: 0)
            expect("(a) OR b\(character)\u{E9}", .strayCharacter(character), at: 8)
        }
        expect("e\u{301}", .strayCharacter("\u{301}"), at: 1)
    }

    @Test("the first fault from the left counts")
    func firstFault() {
        expect("a b $", .trailingText, at: 2)
        expect("AND \u{E9}", .misplacedOperator, at: 0)
        expect("a $ b", .strayCharacter("$"), at: 2)
        expect("() (", .emptyParentheses, at: 1)
    }

    @Test("a fault is told also behind the point where the outcome is certain")
    func faultsBehindTheOutcome() {
        for query in ["a OR b c", "x AND b c", "a OR (b c", "x AND ()", "a OR b AND", "x AND b $", "(a OR b"] {
            #expect(throws: PermissionQuery.SyntaxError.self) { try check(query, ["a"]) }
            #expect(throws: PermissionQuery.SyntaxError.self) { try check(query, ["x", "b"]) }
        }
    }

    @Test("bytes that are not UTF-8 are stray characters")
    func badUTF8() {
        for bad: [UInt8] in [[0xFF], [0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] {
            let bytes = Array("a AND ".utf8) + bad
            _ = bytes.withUnsafeBytes { bytes in
                #expect(throws: PermissionQuery.SyntaxError(.strayCharacter("\u{FFFD}"), at: 6)) {
                    _ = try PermissionQuery.check(bytes) { _ in false }
                }
            }
        }
    }

    @Test(
        "a message says what and where",
        arguments: [
            ("a $", "'$' at offset 2 cannot stand in a query"),
            ("a\u{E9}", "U+00E9 at offset 1 cannot stand in a query"),
            ("\u{0}", "U+0000 at offset 0 cannot stand in a query"),
            ("\u{1F600}", "U+1F600 at offset 0 cannot stand in a query"),
            ("AND a", "a permission or '(' was expected at offset 0, got an operator"),
            ("a OR )", "a permission or '(' was expected at offset 5, got ')'"),
            ("a AND", "a permission or '(' was expected at offset 5, got the end of the query"),
            ("permission_1 AND ()", "a permission was expected before the ')' at offset 18"),
            ("(permission_1 AND permission_2", "')' was expected at offset 30, got the end of the query"),
            ("(a b)", "AND, OR or ')' was expected at offset 3"),
            ("a b", "AND, OR or the end of the query was expected at offset 2"),
        ]
    )
    func messages(_ query: String, _ message: String) throws {
        let found = try #require(fault(of: query))
        #expect(found.message == message)
        #expect(found.description == message)
        #expect(!found.fix.isEmpty)
    }
}

/// The outcome of a query for a caller who holds `a`, `b` or `c`.
func check(_ query: String, _ held: Grants) throws(PermissionQuery.SyntaxError) -> Bool {
    try check(query) { ["a": held.a, "b": held.b, "c": held.c][$0] ?? false }
}

/// The outcome of a query for a caller who holds these permissions.
func check(_ query: String, _ held: Set<String>) throws(PermissionQuery.SyntaxError) -> Bool {
    try check(query) { held.contains($0) }
}

/// The outcome of a query.
func check(_ query: String, isGranted: (String) -> Bool) throws(PermissionQuery.SyntaxError) -> Bool {
    let bytes = Array(query.utf8)
    let result = bytes.withUnsafeBytes { bytes in
        Result { () throws(PermissionQuery.SyntaxError) in
            try PermissionQuery.check(bytes) { isGranted(String(decoding: $0, as: UTF8.self)) }
        }
    }
    return try result.get()
}

/// The fault of a text, which both ways to read it have to tell alike.
func fault(of query: String) -> PermissionQuery.SyntaxError? {
    let bytes = Array(query.utf8)
    return bytes.withUnsafeBytes { bytes in
        var faults: [PermissionQuery.SyntaxError?] = []
        for isGranted in [true, false] {
            do throws(PermissionQuery.SyntaxError) {
                _ = try PermissionQuery.check(bytes) { _ in isGranted }
                faults.append(nil)
            } catch {
                faults.append(error)
            }
        }
        do throws(PermissionQuery.SyntaxError) {
            _ = try PermissionQuery.check(bytes) { _ in false }
            faults.append(nil)
        } catch {
            faults.append(error)
        }
        #expect(faults[0] == faults[1] && faults[1] == faults[2], "\(query)")
        return faults[0]
    }
}

private func expect(
    _ query: String,
    _ kind: PermissionQuery.SyntaxError.Kind,
    at offset: Int,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(
        fault(of: query) == PermissionQuery.SyntaxError(kind, at: offset),
        "\(query)",
        sourceLocation: sourceLocation
    )
}
