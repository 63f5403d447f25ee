import Testing

@testable import Domain

@Suite struct FoldedNameTests {
    @Test("names are one without regard to ASCII case, and to nothing else")
    func folding() {
        #expect(FoldedName("Billing Admin") == FoldedName("BILLING aDMIN"))
        #expect(FoldedName("@[`{") != FoldedName("`{@["))
        #expect(FoldedName("\u{E9}") != FoldedName("\u{C9}"))
        #expect(FoldedName("\u{E9}") != FoldedName("e\u{301}"))
        #expect(FoldedName("\u{212A}") != FoldedName("k"), "the Kelvin sign is not the letter")
        #expect(FoldedName("a\u{0}b") != FoldedName("a\u{0}c"))
        #expect(FoldedName("a\u{0}B") == FoldedName("A\u{0}b"))
    }
}

@Suite struct SearchTextTests {
    @Test("a text is found as it stands without regard to ASCII case; %, _ and \\ mean themselves")
    func literal() throws {
        let cases: [(String, String, Bool)] = [
            ("VOICE", "invoices.read", true), ("voices", "voice", false), ("a", "", false),
            ("100%", "100% sure", true), ("100%", "100 sure", false),
            ("a_b", "xA_Bx", true), ("a_b", "acb", false),
            (#"\"#, #"back\slash"#, true), (#"\"#, "backslash", false),
            ("*", "invoices.*", true), ("*", "invoices.read", false),
            ("\u{C9}t\u{E9}", "l'\u{C9}T\u{E9}", true), ("\u{C9}", "\u{E9}", false), ("\u{E9}", "e\u{301}", false),
            ("b", "a\u{0}b", true), ("a\u{0}c", "a\u{0}b", false),
        ]
        for (search, text, isFound) in cases {
            #expect(try #require(SearchText(search)).isFound(in: text) == isFound, "\(search) in \(text)")
        }
    }

    @Test("any of several texts is enough, and one that is not there is passed over")
    func several() throws {
        let search = try #require(SearchText("x"))
        #expect(search.isFound(in: "a", nil, "X"))
        #expect(!search.isFound(in: "a", nil, "b"))
    }

    @Test("white space at the ends does not count, and a blank text is none")
    func trimming() throws {
        #expect(try #require(SearchText(" \t\u{A0}read me\n")).isFound(in: "do Read Me now"))
        #expect(try !#require(SearchText("read me")).isFound(in: "readme"))
        for blank in ["", " ", "\t\r\n", "\u{3000}"] { #expect(SearchText(blank) == nil) }
    }
}
