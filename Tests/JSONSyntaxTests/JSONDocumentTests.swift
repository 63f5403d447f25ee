import TestSupport
import Testing

@testable import JSONSyntax

/// Why a text is refused; `nil` when it is not.
private func refusal(_ text: String) -> JSONSyntaxError? {
    do throws(JSONSyntaxError) {
        _ = try JSONValue(parsing: text)
        return nil
    } catch {
        return error
    }
}

/// Parses a text and reads it before it goes.
private func withView<Result>(_ text: String, _ body: (JSONView) throws -> Result) throws -> Result {
    let bytes = Array(text.utf8)
    return try bytes.withUnsafeBytes { bytes in
        let document = JSONDocument()
        try document.parse(bytes)
        return try body(document.root)
    }
}

@Suite struct JSONDocumentTests {
    @Test("depth 64 is taken and 65 is not, in arrays and objects alike")
    func depth() {
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        #expect(refusal(nested(64, "[", "]")) == nil)
        #expect(refusal(nested(65, "[", "]")) == JSONSyntaxError(reason: .tooDeep, offset: 64))
        #expect(refusal(nested(64, #"{"a":"#, "}")) == nil)
        #expect(refusal(nested(65, #"{"a":"#, "}"))?.reason == .tooDeep)
        #expect(refusal(String(repeating: "[", count: 1_000_000))?.reason == .tooDeep)
    }

    @Test(
        "two members of one name are refused however they are spelt, in small objects and large ones",
        arguments: [0, 6, 7, 8, 500]
    )
    func duplicates(others: Int) {
        let rest = (0..<others).map { #""m\#($0)":0,"# }.joined()
        for (first, second) in [("a", "a"), ("a", #"\u0061"#), (#"\u00e9"#, "é"), ("😀", #"\ud83d\ude00"#), ("", "")] {
            let text = #"{"\#(first)":1,\#(rest)"\#(second)":2}"#
            #expect(refusal(text)?.reason == .duplicateName, "\(text.prefix(80))")
        }
        // Different code points are different names, although Swift's strings would call them equal.
        #expect(refusal(#"{"\u00e9":1,\#(rest)"e\u0301":2}"#) == nil)
        #expect(refusal(#"{"a":{"a":1},\#(rest)"b":{"a":1}}"#) == nil, "another object has names of its own")
    }

    @Test("a document is used again after an error, and then holds only the new text")
    func reuse() throws {
        let document = JSONDocument()
        func parse(_ text: String) throws -> JSONValue {
            let bytes = Array(text.utf8)
            return try bytes.withUnsafeBytes { bytes in
                try document.parse(bytes)
                return JSONValue(document.root)
            }
        }
        for broken in [#"{"a":[1,2"#, "[[[[", #"{"a":1,"a":2}"#, "", "1 2"] {
            #expect(throws: JSONSyntaxError.self) { try parse(broken) }
            #expect(document.used == 0)
            #expect(try parse(#"{"b":[true]}"#) == ["b": [true]])
        }
    }

    @Test("each mistake is named at its place")
    func places() {
        let mistakes: [(String, JSONSyntaxError.Reason, Int)] = [
            ("", .unexpectedEnd, 0), ("  ", .unexpectedEnd, 2), ("[1,]", .expectedValue, 3),
            ("[1 2]", .expectedCommaOrEnd, 3),
            ("{1:2}", .expectedName, 1), (#"{"a" 1}"#, .expectedColon, 5), (#"{"a":1,}"#, .expectedName, 7),
            ("1 1", .trailingContent, 2), ("-", .unexpectedEnd, 1), ("1.x", .badNumber, 2),
            ("\"\u{1}\"", .controlCharacter, 1),
            (#""\x""#, .badEscape, 1), (#""\ud800""#, .loneSurrogate, 1), (#""\udc00""#, .loneSurrogate, 1),
            (#""\ud800\u0041""#, .loneSurrogate, 1), ("nul", .unexpectedEnd, 3), ("nulx", .expectedValue, 0),
            ("\u{FEFF}1", .byteOrderMark, 0), (#"{"a":1,"b":2,"a":3}"#, .duplicateName, 14),
            (" \u{FEFF}{}", .expectedValue, 1), ("[\u{FEFF}]", .expectedValue, 1),
        ]
        for (text, reason, offset) in mistakes {
            #expect(refusal(text) == JSONSyntaxError(reason: reason, offset: offset), "\(text)")
        }
    }

    @Test("bytes that are not UTF-8 are refused, at every place in the eight that are looked at together")
    func utf8() {
        let bad: [[UInt8]] = [
            [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xE2, 0x82],
            [0xF0, 0x8F, 0xBF, 0xBF],
            [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
        ]
        for padding in 0..<20 {
            let before = [UInt8(ascii: "\"")] + [UInt8](repeating: UInt8(ascii: "a"), count: padding)
            for bytes in bad {
                #expect(throws: JSONSyntaxError(reason: .badUTF8, offset: 1 + padding)) {
                    try JSONValue(parsing: before + bytes + Array("\"".utf8))
                }
            }
            for control in UInt8(0)..<0x20 {
                #expect(throws: JSONSyntaxError(reason: .controlCharacter, offset: 1 + padding)) {
                    try JSONValue(parsing: before + [control] + Array("aaaaaaaaaaaa\"".utf8))
                }
            }
            #expect(throws: Never.self) { try JSONValue(parsing: before + Array("\u{7F}é€😀 \u{FFFF}\"".utf8)) }
        }
    }

    @Test("every name of a large object is found, and each counts once")
    func manyMembers() throws {
        let count = 20_000
        let text = "{" + (0..<count).map { #""n\#($0)":\#($0)"# }.joined(separator: ",") + "}"
        try withView(text) { view in
            #expect(view.count == count)
            #expect(view.member("n0")?.integer == 0)
            #expect(view.member("n19999" as String)?.integer == 19_999)
            #expect(view.member("n20000" as String) == nil)
        }
    }
}

@Suite struct JSONNumberTests {
    @Test("integers are exact over all of 64 bits, and nil past them")
    func integers() throws {
        let cases: [(String, Int64?)] = [
            ("0", 0), ("-0", 0), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9223372036854775808", nil),
            ("-9223372036854775809", nil), ("9007199254740993", 9_007_199_254_740_993),
            ("-9007199254740993", -9_007_199_254_740_993),
            ("1.0", nil), ("1e2", nil), ("99999999999999999999999999", nil),
        ]
        for (text, value) in cases {
            #expect(try withView(text) { $0.integer } == value, "\(text)")
        }
        #expect(try withView("99999999999999999999999999") { $0.isIntegerLiteral })
        #expect(try withView("\"1\"") { $0.integer } == nil)
    }

    @Test("numbers of the grammar are taken, all others are not")
    func grammar() {
        for text in ["0", "-0", "10", "0.5", "-0.0", "1e5", "1E+05", "1e-5", "0e0", "1.25e10"] {
            #expect(refusal(text) == nil, "\(text)")
        }
        for text in [
            "01", "-01", "+1", ".5", "1.", "1.e1", "1e", "1e+", "--1", "-", "0x1", "1_0", "NaN", "Infinity",
            "-Infinity",
        ] {
            #expect(refusal(text) != nil, "\(text)")
        }
    }

    @Test("a number too large for 64 bits of floating point is the largest one of its sign")
    func huge() throws {
        #expect(try withView("1e999") { $0.double } == nil)
        #expect(try JSONValue(parsing: "1e999") == .number(.greatestFiniteMagnitude))
        #expect(try JSONValue(parsing: "-1e999") == .number(-.greatestFiniteMagnitude))
        #expect(try JSONValue(parsing: "1e-999") == .number(0))
        #expect(try JSONValue(parsing: "1" + String(repeating: "0", count: 400)) == .number(.greatestFiniteMagnitude))
    }

    @Test("doubles are written in the shortest form that reads back the same")
    func shortest() throws {
        let cases: [(Double, String)] = [
            (0.1, "0.1"), (1, "1.0"), (-0.0, "-0.0"), (.leastNonzeroMagnitude, "5e-324"), (1e100, "1e+100"),
            (0.30000000000000004, "0.30000000000000004"),
        ]
        for (value, text) in cases { #expect(JSONValue.number(value).serialized == text) }
        var generator = SeededGenerator.announced("JSON doubles")
        for _ in 0..<5_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            let text = JSONValue.number(value).serialized
            #expect(try withView(text) { $0.double?.bitPattern } == value.bitPattern, "\(text)")
        }
    }

    @Test("integers are written as they are, to the last digit")
    func writtenIntegers() {
        var power: Int64 = 1
        var values: [Int64] = [0, .min, .max]
        for _ in 0..<19 {
            values += [power, power - 1, power + 1, -power, 1 - power]
            power = power.multipliedReportingOverflow(by: 10).partialValue
        }
        for value in values { #expect(JSONValue.integer(value).serialized == String(value)) }
    }
}

@Suite struct JSONTextTests {
    @Test("escapes are undone, surrogate pairs become one character")
    func escapes() throws {
        let cases = [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0000\u001f\u007f""#, "\u{0}\u{1F}\u{7F}"),
            (#""\u0080\u07ff\u0800\uFFFF""#, "\u{80}\u{7FF}\u{800}\u{FFFF}"),
            (#""\ud83d\ude00\uD800\uDC00\udbff\udfff""#, "😀\u{10000}\u{10FFFF}"),
            ("\"é€😀\"", "é€😀"), ("\"\"", ""),
        ]
        for (text, content) in cases {
            try withView(text) { view in
                let found = try #require(view.text)
                #expect(Array(found.string.utf8) == Array(content.utf8), "\(text)")
                #expect(found.utf8Count == content.utf8.count)
                #expect(found.codePointCount == content.unicodeScalars.count)
                #expect(found.equals(content))
                #expect(!found.equals(content + "x"))
                #expect(found.isEscaped == text.contains("\\"))
            }
        }
    }

    @Test("quotes, backslashes and control characters are written as escapes, nothing else is")
    func written() {
        #expect(
            JSONValue.string("\"\\/\u{8}\u{C}\n\r\t\u{0}\u{1F}\u{7F}é😀").serialized == #""\"\\/\b\f\n\r\t\u0000\u001f"#
                + "\u{7F}é😀\""
        )
        #expect(JSONValue.object([.init(name: "a\"b", value: .null)]).serialized == #"{"a\"b":null}"#)
    }
}

@Suite struct JSONValueTests {
    @Test("objects are equal in any order of their members, arrays only in theirs")
    func equality() {
        #expect(JSONValue.object([.init(name: "a", value: 1), .init(name: "b", value: 2)]) == ["b": 2, "a": 1])
        #expect(JSONValue.array([1, 2]) != [2, 1])
        #expect(JSONValue.integer(1) != .number(1))
        let twice: JSONValue = .object([.init(name: "a", value: 1), .init(name: "a", value: 1)])
        #expect(twice != ["a": 1, "b": 2])
        #expect(["a": 1, "b": 2] != twice)
    }

    @Test("names that only look alike are different members")
    func names() throws {
        let value = try JSONValue(parsing: #"{"\u00e9":1,"e\u0301":2}"#)
        #expect(value["\u{E9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        #expect(value != .object([.init(name: "\u{E9}", value: 2), .init(name: "\u{E9}", value: 1)]))
        #expect(value["x"] == nil)
    }
}
