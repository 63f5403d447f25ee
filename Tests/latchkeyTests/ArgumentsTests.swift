import Glibc
import JSONSyntax
import Testing

@testable import latchkey

struct ArgumentsTests {
    @Test(
        "every form of an argument gives its member",
        arguments: [
            ([], [:]),
            (["name=payments"], ["name": "payments"]),
            (["name="], ["name": ""]),
            (["name=a=b:=c"], ["name": "a=b:=c"]),
            (["name=5", "n:=5", "on:=false", "off:=null"], ["name": "5", "n": 5, "on": false, "off": nil]),
            (["meta:={\"a\":[1]}"], ["meta": ["a": [1]]]),
            (["a.b.c=x", "a.b.d:=1"], ["a": ["b": ["c": "x", "d": 1]]]),
            (["tags[]=a", "tags[]:=2", "meta.list[]=x"], ["tags": ["a", 2], "meta": ["list": ["x"]]]),
            (["größe=😀", "_x=1", "plan-name=pro"], ["größe": "😀", "_x": "1", "plan-name": "pro"]),
            (["a=1", "a=2"], ["a": "2"]),
            (["{\"a\":1,\"b\":{\"c\":2}}"], ["a": 1, "b": ["c": 2]]),
            (["a=x", "{\"a\":1,\"b\":{\"c\":2}}", "b.c:=3", "b.d=y"], ["a": "x", "b": ["c": 3, "d": "y"]]),
            (["{\"tags\":[\"a\"]}", "tags[]=b"], ["tags": ["a", "b"]]),
            (["tags:=null", "tags[]=b"], ["tags": ["b"]]),
            (["[{\"namespace\":\"n\"}]"], [["namespace": "n"]]),
            (["n:=9223372036854775807"], ["n": .integer(.max)]),
        ] as [([String], JSONValue)]
    )
    func forms(words: [String], params: JSONValue) throws {
        #expect(try Arguments.params(words) == params)
    }

    @Test("names that differ only in their code points are two members")
    func codePoints() throws {
        let params = try Arguments.params(["\u{E9}=1", "e\u{301}=2"])
        #expect(params.object?.map(\.value) == ["1", "2"])
    }

    @Test("a file after @ holds the parameters, and pairs are laid over it")
    func file() throws {
        try withFile("{\"a\":1,\"b\":2}\n") { path in
            let params = try Arguments.params(["b=x", "@" + path])
            #expect(params == ["a": 1, "b": "x"])
        }
    }

    @Test(
        "what makes no sense says what to change",
        arguments: [
            (["{}", "{}"], "Only one argument may be JSON"), (["{"], "is not JSON"), (["word"], "is not JSON"),
            (["n:=x"], "the value of n is not JSON"), (["n:="], "the value of n is not JSON"),
            ([""], "is not JSON"), (["=x"], "is not JSON"), (["a b=x"], "is not JSON"),
            (["a..b=x"], "names no member"), (["a.=x"], "names no member"), (["a[0]=x"], "names no member"),
            (["a[].b=x"], "names no member"), (["a=1", "a.b=2"], "no object"), (["a=1", "a[]=2"], "no list"),
            (["[1]", "a=2"], "no object"), (["@/nowhere/file"], "/nowhere/file cannot be read: No such file"),
            (["@/tmp"], "cannot be read: Is a directory"), (["{\"a\":1,\"a\":2}"], "is not JSON"),
        ]
    )
    func mistakes(words: [String], message: String) {
        let failure = #expect(throws: ToolFailure.self) { try Arguments.params(words) }
        guard case .usage(let text) = failure else {
            Issue.record("not a mistake of the command line")
            return
        }
        #expect(text.contains(message))
    }

    @Test("a message repeats no more than 64 characters of a word")
    func excerpt() {
        let failure = #expect(throws: ToolFailure.self) {
            try Arguments.params([String(repeating: "x", count: 10_000)])
        }
        guard case .usage(let text) = failure else { return }
        #expect(text.count < 300)
    }
}

/// Calls `body` with the path of a file that holds a text.
func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    var template = Array("/tmp/latchkey-tool-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
        close(descriptor)
        unlink(path)
    }
    try #require(write(descriptor, text, text.utf8.count) == text.utf8.count)
    try body(path)
}
