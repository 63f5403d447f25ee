import Domain
import TestSupport
import Testing

@Suite struct WildcardPatternTests {
    private func matches(_ pattern: String, _ text: String) -> Bool { WildcardPattern(pattern).matches(text) }

    @Test("a star matches any run of characters, also none")
    func star() {
        for text in ["", "a", "team_7", "é🎉", "*"] { #expect(matches("*", text)) }
        for text in ["team_", "team_7", "team_team_"] { #expect(matches("team_*", text)) }
        for text in ["a@b", "@b", "x@a@b"] { #expect(matches("*@b", text)) }
        #expect(matches("a*b*c", "abc") && matches("a*b*c", "a-b-b-c") && matches("a**c", "ac"))
    }

    @Test("the whole text has to match, in its case")
    func whole() {
        for text in ["xteam_7", "Team_7", "team", ""] { #expect(!matches("team_*", text)) }
        for text in ["a@b.", "a@B"] { #expect(!matches("*@b", text)) }
        #expect(!matches("a*a", "a"))
        #expect(!matches("ab*ba", "aba"))
        #expect(!matches("a*b*c", "acb"))
    }

    @Test("no other character has a meaning")
    func literals() {
        for character in [".", "+", "[", "?", "%", "_", "\\", "^", "$", "(", "]"] {
            #expect(matches("a\(character)*", "a\(character)z"))
            #expect(!matches("a\(character)*", "axz"))
        }
        #expect(!matches(".*", "abc") && !matches("^*$", "abc") && !matches("[a-z]*", "abc"))
    }

    @Test("a star matches no line feed; a line feed matches itself")
    func lineFeed() {
        #expect(!matches("*", "\n") && !matches("a*b", "a\nb") && !matches("*", "a\n"))
        #expect(matches("a\nb", "a\nb") && matches("*\n*", "a\nb") && matches("*\n*", "\n"))
        #expect(!matches("*\n*", "a\nb\nc") && !matches("*\n*", "ab"))
        #expect(matches("*", "a\r\u{2028}b") && !matches("*a*\n*b", "xay\nbz"))
    }

    @Test("texts are compared byte by byte: an accent of its own is another text")
    func bytes() {
        #expect(!matches("é*", "e\u{301}x"))
        #expect(matches("*\u{301}*", "e\u{301}x"))
    }

    @Test("characters of its own are counted in code points, without stars and with line feeds")
    func literalCount() {
        #expect(WildcardPattern("*").literalCount == 0)
        #expect(WildcardPattern("a*🎉\n*e\u{301}").literalCount == 5)
        #expect(WildcardPattern.isPattern("a*") && !WildcardPattern.isPattern("a?"))
    }

    @Test("random patterns agree with a table of all prefixes")
    func model() {
        var generator = SeededGenerator.announced("wildcard pattern")
        let letters = Array("aab*\n")
        for _ in 0..<20_000 {
            let pattern = String((0..<Int.random(in: 0...8, using: &generator)).map { _ in pick(letters, &generator) })
            let text = String((0..<Int.random(in: 0...10, using: &generator)).map { _ in pick(letters, &generator) })
            #expect(matches(pattern, text) == slowly(Array(pattern), Array(text)), "\(pattern.debugDescription)")
        }
    }

    @Test("60 stars against a near miss take time in proportion to the lengths")
    func linear() {
        let pattern = WildcardPattern(String(repeating: "a*", count: 60) + "b")
        let near = String(repeating: "a", count: 500)
        let nasty = WildcardPattern("*" + String(repeating: "a", count: 250) + "b*")
        // Backtracking would not end in this universe; a quadratic search would take a hundred times as long as this may.
        for _ in 0..<1_000 {
            #expect(!pattern.matches(near))
            #expect(!nasty.matches(near))
        }
    }

    /// The answer by the definition.
    private func slowly(_ pattern: [Character], _ text: [Character]) -> Bool {
        var row = [Bool](repeating: false, count: text.count + 1)
        row[0] = true
        for symbol in pattern {
            var next = [Bool](repeating: false, count: text.count + 1)
            if symbol == "*" { next[0] = row[0] }
            for index in text.indices {
                if symbol == "*" {
                    next[index + 1] = row[index + 1] || (next[index] && text[index] != "\n")
                } else {
                    next[index + 1] = row[index] && symbol == text[index]
                }
            }
            row = next
        }
        return row[text.count]
    }

    private func pick(_ letters: [Character], _ generator: inout SeededGenerator) -> Character {
        letters.randomElement(using: &generator) ?? "a"
    }
}
