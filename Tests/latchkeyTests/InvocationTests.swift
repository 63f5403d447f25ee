import Testing

@testable import latchkey

struct InvocationTests {
    private static let call = Invocation.Command.call(method: "a.b", arguments: ["x=1"])

    @Test(
        "a command line is understood",
        arguments: [
            ([], .usage), (["--help"], .usage), (["-h"], .usage), (["help", "--help"], .usage),
            (["a.b", "--help"], .help(topic: "a.b")), (["a.b", "x=1", "-h"], .help(topic: "a.b")),
            (["--version"], .version),
            (["help"], .help(topic: nil)), (["help", "keys"], .help(topic: "keys")),
            (["completion", "fish"], .completion(.fish)), (["a.b", "x=1"], call),
            (["--socket", "/s", "a.b", "x=1"], call), (["a.b", "x=1", "--socket=/s"], call),
            (["a.b", "--all", "x=1", "--raw"], call), (["a.b", "-"], .call(method: "a.b", arguments: ["-"])),
            (["--", "a.b", "x=1"], call), (["a.b", "--", "--raw"], .call(method: "a.b", arguments: ["--raw"])),
            (["__complete", "--help", "a"], .complete(["--help", "a"])),
        ] as [([String], Invocation.Command)]
    )
    func commands(words: [String], command: Invocation.Command) throws {
        #expect(try Invocation(words, environment: [:]).command == command)
    }

    @Test("options count before and behind the method, and not behind --")
    func options() throws {
        for words in [["--all", "a.b"], ["a.b", "--all"]] {
            let invocation = try Invocation(words, environment: [:])
            #expect(invocation.followsPages && !invocation.showsEnvelope)
        }
        #expect(try Invocation(["a.b", "--raw"], environment: [:]).showsEnvelope)
        #expect(try !Invocation(["a.b", "--", "--raw"], environment: [:]).showsEnvelope)
    }

    @Test("an idempotency key comes from the line alone, and not from a variable that the next call would have, too")
    func idempotencyKey() throws {
        for words in [["--idempotency-key", "k", "a.b"], ["a.b", "x=1", "--idempotency-key=k"]] {
            #expect(try Invocation(words, environment: [:]).idempotencyKey == "k")
        }
        let variable = ["LATCHKEY_IDEMPOTENCY_KEY": "v"]
        #expect(try Invocation(["a.b"], environment: variable).idempotencyKey == nil)
        #expect(try Invocation(["a.b", "--idempotency-key", "k"], environment: variable).idempotencyKey == "k")
    }

    @Test(
        "a command line that makes no sense says what to change",
        arguments: [
            (["word"], "is no procedure"), (["-x"], "is no procedure"), (["help", "a", "b"], "help takes one"),
            (["completion"], "one of bash, zsh, fish"), (["completion", "tcsh"], "one of bash, zsh, fish"),
            (["--colour", "a.b"], "There is no option '--colour'"), (["a.b", "--all=yes"], "There is no option"),
            (["a.b", "--socket"], "--socket needs a value"), (["a.b", "--socket="], "1 to 107 bytes"),
            (["a.b", "--idempotency-key"], "--idempotency-key needs a value"),
            (["a.b", "--idempotency-key="], "must be not empty"),
            (["--socket", "/a", "--socket", "/b", "a.b"], "given twice"),
            (["--root-key=a", "--root-key-file=/b", "a.b"], "Give one of them"),
        ]
    )
    func mistakes(words: [String], message: String) {
        expectUsage(message) { _ = try Invocation(words, environment: [:]) }
    }
}

struct ConnectionChoiceTests {
    private func choice(_ words: [String], _ environment: [String: String] = [:]) throws -> ConnectionChoice {
        try Invocation(words + ["a.b"], environment: ["HOME": "/u"].merging(environment) { $1 }).connection
    }

    @Test("the API socket comes from the option, else the variable, else the state folder")
    func socket() throws {
        #expect(try choice([]).socket == "/u/.local/state/latchkey/api.sock")
        #expect(try choice([], ["XDG_STATE_HOME": "/x"]).socket == "/x/latchkey/api.sock")
        #expect(try choice([], ["XDG_STATE_HOME": ""]).socket == "/u/.local/state/latchkey/api.sock")
        #expect(try choice([], ["LATCHKEY_SOCKET": "/v"]).socket == "/v")
        #expect(try choice(["--socket", "/o"], ["LATCHKEY_SOCKET": "/v"]).socket == "/o")
    }

    @Test("only an option makes the caller the operator, on the socket that is named or beside the API's")
    func operatorSocket() throws {
        let named = ["LATCHKEY_OPERATOR_SOCKET": "/v/op"]
        #expect(try !choice([], named).isOperator)
        #expect(try choice(["--operator"]).socket == "/u/.local/state/latchkey/operator.sock")
        #expect(try choice(["--operator"], named).socket == "/v/op")
        #expect(try choice(["--operator-socket=/o"], named).socket == "/o")
        #expect(try choice(["--operator-socket=/o"]).isOperator)
        #expect(try choice(["--operator", "--socket", "/run/x/api.sock"]).socket == "/run/x/operator.sock")
        #expect(try choice(["--operator", "--socket", "api.sock"]).socket == "operator.sock")
    }

    @Test("the root key of the line goes before that of the environment, and the operator sends none")
    func rootKey() throws {
        #expect(try choice([]).rootKey == nil)
        #expect(try choice([], ["LATCHKEY_ROOT_KEY": "v"]).rootKey == "v")
        try withFile(" file\n") { path in
            let overVariable = try choice(["--root-key-file", path], ["LATCHKEY_ROOT_KEY": "v"]).rootKey
            let fromVariable = try choice([], ["LATCHKEY_ROOT_KEY_FILE": path]).rootKey
            let overFile = try choice(["--root-key", "o"], ["LATCHKEY_ROOT_KEY_FILE": path]).rootKey
            #expect([overVariable, fromVariable, overFile] == ["file", "file", "o"])
        }
        #expect(try choice(["--operator", "--root-key", "o"]).rootKey == nil)
    }

    @Test("a file of another content than one root key is refused", arguments: ["", " \n", "a b"])
    func rootKeyFile(text: String) throws {
        try withFile(text) { path in
            expectUsage("must hold one root key") { _ = try choice(["--root-key-file", path]) }
        }
        expectUsage("--root-key-file: /nowhere cannot be read") { _ = try choice(["--root-key-file=/nowhere"]) }
    }
}

/// Expects a usage error whose text contains `message`.
func expectUsage(_ message: String, _ body: () throws -> Void) {
    do {
        try body()
        Issue.record("taken for sense")
    } catch ToolFailure.usage(let text) {
        #expect(text.contains(message))
    } catch {
        Issue.record(error)
    }
}
