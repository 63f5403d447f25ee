import Testing

@testable import JSONSyntax

@Suite struct CanonicalTests {
    private func canonical(_ text: String) throws -> String {
        let document = JSONDocument()
        return try Array(text.utf8).withUnsafeBytes { bytes in
            try document.parse(bytes)
            return String(decoding: document.root.canonical, as: UTF8.self)
        }
    }

    @Test(
        "what is equal has one text: members in any order, white space, escapes, spellings of a number",
        arguments: [
            [
                #"{"a":1,"b":[{"d":2,"c":3}]}"#, #"{ "b" : [ {"c":3, "d":2} ], "a" : 1 }"#,
                #"{"b":[{"d":2,"c":3}],"\u0061":1}"#,
            ],
            [#""A/é😀""#, #""\u0041\/\u00e9\uD83D\ude00""#],
            ["1", "1.0", "1e0", "1E+0", "10e-1", "0.001e3", "1.000"],
            ["-1200", "-12e2", "-1.2e3", "-1200.00"],
            ["0", "-0", "0.0", "-0e5", "0E-7"],
            ["9007199254740993", "9007199254740993.0", "9.007199254740993e15"],
            ["1e400", "10e399", "0.1E401"],
            ["{}", " { } "], ["[]", "[ ]"],
        ]
    )
    func equal(spellings: [String]) throws {
        let texts = try Set(spellings.map(canonical))
        #expect(texts.count == 1, "\(texts)")
    }

    @Test(
        "what differs has another text, also where numbers of 64 bits would round",
        arguments: [
            ["1", "-1", "10", "0.1", "\"1\"", "true", "[1]", "null", "0"], ["[1,2]", "[2,1]", "[12]", "[[1],2]"],
            [#"{"a":1}"#, #"{"a":2}"#, #"{"b":1}"#, #"{"a":{}}"#, #"{"a":null}"#, "{}"],
            ["9007199254740992", "9007199254740993"], ["9223372036854775807", "9223372036854775808"],
            ["1e400", "1e401", "-1e400"], ["1e99999999999", "1e99999999998", "1e-99999999999"],
            [#""é""#, #""e\u0301""#, #""E""#], [#"{"é":1}"#, #"{"e\u0301":1}"#],
            [#"["a","b"]"#, #"["a\",\"b"]"#],
        ]
    )
    func different(texts: [String]) throws {
        #expect(try Set(texts.map { Array(try canonical($0).utf8) }).count == texts.count)
    }

    @Test("exponents at the edges of 32 bits, and past them, are taken as they are")
    func exponents() throws {
        for exponent in ["2147483647", "2147483648", "-2147483648", "-2147483649", "999999999999999999999999"] {
            #expect(try canonical("1.5e\(exponent)") != canonical("1.4e\(exponent)"))
            #expect(try canonical("100e\(exponent)").isEmpty == false)
        }
    }
}
