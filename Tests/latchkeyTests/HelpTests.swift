import Glibc
import JSONSyntax
import Testing

@testable import latchkey

private let registry = Procedures([
    ["method": "apis.createApi", "summary": "Creates an API."],
    ["method": "keys.createKey", "summary": "Creates a key."],
    ["method": "keys.deleteKey", "summary": "Deletes a key."],
    [
        "method": "keys.verifyKey", "summary": "Verifies a key.",
        "parameters": [
            "properties": ["key": ["type": "string"], "credits": ["type": "object"], "tags": ["type": "array"]],
            "required": ["key"],
        ],
        "examples": [["params": ["key": "it's $HOME", "credits": ["cost": 1]], "data": ["valid": true]]],
    ],
    [
        "method": "ratelimit.multiLimit", "summary": "Limits.",
        "examples": [["params": [["namespace": "n"]], "data": []]],
    ],
])

struct ProceduresTests {
    @Test(
        "a misspelt method finds the ones it may mean, the likeliest first",
        arguments: [
            ("keys.creatKey", ["keys.createKey"]), ("keys.eteKey", ["keys.createKey", "keys.deleteKey"]),
            ("KEYS.CREATEKEY", ["keys.createKey"]),
            ("verifyKey", ["keys.verifyKey"]), ("analytics.getVerifications", []), ("", []),
        ]
    )
    func namesLike(text: String, methods: [String]) {
        #expect(registry.namesLike(text) == methods)
    }

    @Test("an overview lists every procedure, one of a service its own")
    func overview() throws {
        let keys = try #require(registry.overview(ofService: "keys"))
        #expect(keys.split(separator: "\n").count == 3)
        #expect(keys.hasPrefix("  keys.createKey  Creates a key.\n"))
        #expect(registry.overview(ofService: "key") == nil)
        #expect(registry.methods.allSatisfy(registry.overview.contains))
    }
}

struct ProcedureHelpTests {
    @Test(
        "a shell reads back every word that the help quotes",
        arguments: [
            "plain", "", "it's", "''", "a b", "$HOME `id` \\ \"", "*?[a]", "~", "#x", "ä€😀", "a\nb", "-n", "!x",
            "a=b;c&d|e<f>",
        ]
    )
    func quoted(text: String) throws {
        #expect(try output(of: "printf %s \(ProcedureHelp.quoted(text))") == text)
    }

    @Test(
        "an example is a command line that gives its parameters",
        arguments: ["keys.verifyKey", "ratelimit.multiLimit"]
    )
    func example(method: String) throws {
        let procedure = try #require(registry.procedure(method))
        let text = ProcedureHelp.text(procedure)
        let prefix = "  latchkey \(method) "
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(prefix) })
        let words = try output(of: "printf '%s\\n' \(line.dropFirst(prefix.count))").split(separator: "\n").map(
            String.init
        )
        #expect(try Arguments.params(words) == procedure["examples"]?.array?.first?["params"])
    }
}

struct CompletionTests {
    @Test(
        "what is typed is completed by what may stand there",
        arguments: [
            (["keys.c"], ["keys.createKey"]), (["comp"], ["completion"]), (["help", "a"], ["apis.createApi"]),
            (["completion", "z"], ["zsh"]), (["--ro"], ["--root-key-file"]), (["--id"], ["--idempotency-key"]),
            (["--idempotency-key", ""], []),
            (["--idempotency-key", "k", "keys.c"], ["keys.createKey"]), (["keys.verifyKey", "c"], ["credits:="]),
            (["keys.verifyKey", ""], ["credits:=", "key=", "tags:="]), (["no.such", ""], []), (["--socket", ""], []),
            (["--socket", "/s", "keys.c"], ["keys.createKey"]), (["--raw", "keys.verifyKey", "k"], ["key="]),
        ]
    )
    func candidates(words: [String], candidates: [String]) {
        #expect(Completion.candidates(words, registry) == candidates)
    }

    @Test("nothing typed is completed by everything, in alphabetical order")
    func everything() {
        #expect(Completion.candidates([], registry) == (["completion", "help"] + registry.methods).sorted())
    }

    @Test("the shell takes its script, where it is installed", arguments: Shell.allCases)
    func script(shell: Shell) throws {
        try withFile(shell.script) { path in
            let check = "command -v \(shell.rawValue) >/dev/null || exit 0; \(shell.rawValue) -n \(path) 2>&1"
            let complaint = try output(of: check)
            #expect(complaint == "")
        }
    }
}

struct ColouredJSONTests {
    private let value: JSONValue = ["a": [1, true, nil, "x\u{1B}"], "empty": [:], "none": []]

    @Test("coloured output without its colours is the indented text")
    func colours() {
        let coloured = ColouredJSON.text(value)
        #expect(coloured.contains("\u{1B}[34m\"a\"\u{1B}[0m"))
        let plain = ["34", "32", "33", "0"].reduce(coloured) { text, code in
            text.split(separator: "\u{1B}[\(code)m", omittingEmptySubsequences: false).joined()
        }
        #expect(plain == value.indented)
        #expect(!plain.contains("\u{1B}"))
    }

    @Test("compact output is one line")
    func compact() {
        #expect(value.serialized == #"{"a":[1,true,null,"x\u001b"],"empty":{},"none":[]}"#)
    }
}

/// What /bin/sh prints for a command; the exit status is 0.
private func output(of command: String) throws -> String {
    let pipe = try #require(popen(command, "r"))
    var bytes: [UInt8] = []
    while case let byte = fgetc(pipe), byte != EOF { bytes.append(UInt8(byte)) }
    #expect(pclose(pipe) == 0)
    return String(decoding: bytes, as: UTF8.self)
}
