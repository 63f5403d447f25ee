import Foundation
import Testing

extension Programs {
    /// `latchkey` as a script uses it.
    @Suite struct ClientToolTests {
        /// The tool as one caller runs it.
        private struct Tool {
            let daemon: DaemonProcess
            var rootKey: String?

            /// Runs it with the API socket and the root key in the environment.
            func run(_ words: String..., input: String = "") throws -> Program.Ending {
                try run(words, input: input)
            }

            func run(_ words: [String], input: String = "") throws -> Program.Ending {
                var environment = ["LATCHKEY_SOCKET": daemon.socket, "LATCHKEY_OPERATOR_SOCKET": daemon.operatorSocket]
                environment["LATCHKEY_ROOT_KEY"] = rootKey
                return try Program.run("latchkey", words, environment: environment, input: input)
            }
        }

        /// What a success prints: one line of compact JSON, and nothing on standard error.
        private func line(_ ending: Program.Ending, _ location: SourceLocation = #_sourceLocation) throws -> JSON {
            #expect(ending.status == 0, "\(ending.complaint)", sourceLocation: location)
            #expect(ending.complaint.isEmpty, sourceLocation: location)
            #expect(ending.output.hasSuffix("\n"), sourceLocation: location)
            let line = ending.output.dropLast()
            #expect(!line.contains("\n") && !line.contains("\u{1B}"), sourceLocation: location)
            #expect(line.firstMatch(of: /[:,]\x20/) == nil, "compact: \(line)", sourceLocation: location)
            return try JSON(parsing: line.utf8)
        }

        /// Holds a failure against its status, and gives what it said.
        private func complaint(
            _ ending: Program.Ending,
            _ status: Int32,
            _ location: SourceLocation = #_sourceLocation
        ) -> String {
            #expect(ending.status == status, "\(ending.complaint)", sourceLocation: location)
            #expect(ending.output.isEmpty, "a failure prints no result", sourceLocation: location)
            #expect(ending.complaint.hasPrefix("latchkey: "), sourceLocation: location)
            return ending.complaint
        }

        @Test("a script's way: workspace and root key as the operator, then an API, a key, its verification")
        func session() throws {
            try withDaemon { daemon in
                let desk = Tool(daemon: daemon)
                let workspace = try line(desk.run("--operator", "workspaces.createWorkspace", "name=acme"))
                let id = try #require(workspace["workspaceId"]?.text)
                let rootKey = try line(
                    desk.run(
                        "--operator-socket",
                        daemon.operatorSocket,
                        "rootKeys.createKey",
                        "workspaceId=\(id)",
                        "permissions[]=*"
                    )
                )["key"]?.text
                let tool = Tool(daemon: daemon, rootKey: rootKey)
                let api = try #require(try line(tool.run("apis.createApi", "name=shop"))["apiId"]?.text)
                let key = try line(
                    tool.run("keys.createKey", "apiId=\(api)", "meta.plan=free", "meta.seats:=3", "meta.tags[]=a=b")
                )["key"]?.text
                let verdict = try line(tool.run("keys.verifyKey", "key=\(key ?? "")"))
                #expect(verdict["valid"]?.boolean == true)
                #expect(verdict["meta"] == ["plan": "free", "seats": 3, "tags": ["a=b"]])
            }
        }

        @Test("parameters come from the line, a file, standard input, and pairs over them")
        func parameters() throws {
            try withDaemon { daemon in
                let tool = Tool(daemon: daemon, rootKey: try daemon.tenant().rootKey)
                let folder = try TemporaryFolder()
                try #"{"name":"from-file"}"#.write(toFile: folder.path("p"), atomically: false, encoding: .utf8)
                for (name, ending) in [
                    ("from-line", try tool.run("apis.createApi", #"{"name":"from-line"}"#)),
                    ("from-file", try tool.run("apis.createApi", "@" + folder.path("p"))),
                    ("from-input", try tool.run("apis.createApi", "-", input: "{\n \"name\": \"from-input\"\n}\n")),
                    ("from-pair", try tool.run("apis.createApi", #"{"name":"other"}"#, "name=from-pair")),
                    ("from-json", try tool.run("apis.createApi", #"name:="from-json""#)),
                    ("behind-dashes", try tool.run("apis.createApi", "--", "name=behind-dashes")),
                ] {
                    let id = try #require(try line(ending)["apiId"]?.text)
                    #expect(try line(tool.run("apis.getApi", "apiId=\(id)"))["name"]?.text == name)
                }
                let whole = try line(tool.run("--raw", "system.getHealth"))
                #expect(whole["meta"]?["requestId"]?.text?.hasPrefix("req_") == true)
                #expect(whole["data"]?["status"]?.text == "ok")
            }
        }

        @Test("a list is a page, with --all everything; --raw shows the cursor")
        func pages() throws {
            try withDaemon { daemon in
                let tool = Tool(daemon: daemon)
                let desk = try daemon.operate()
                for _ in 0..<7 { try desk.data("workspaces.createWorkspace", ["name": "w"]) }
                let method = "workspaces.listWorkspaces"
                #expect(try line(tool.run("--operator", method, "limit:=3")).list?.count == 3)
                let all = try line(tool.run("--operator", "--all", method, "limit:=3"))
                #expect(try all == desk.data(method))
                #expect(try line(tool.run("--all", "system.getHealth"))["status"] == "ok", "no list: as it is")
                let page = try line(tool.run("--raw", "--operator", method, "limit:=3"))
                #expect(page["pagination"]?["hasMore"]?.boolean == true)
                let cursor = try #require(page["pagination"]?["cursor"]?.text)
                #expect(try line(tool.run("--operator", method, "limit:=3", "cursor=\(cursor)"))[0] == all[3])
            }
        }

        @Test("status 1: the daemon refuses; standard error has status, code, each place and its fix, and the request")
        func refusals() throws {
            try withDaemon { daemon in
                let tool = Tool(daemon: daemon, rootKey: try daemon.tenant().rootKey)
                let faults = complaint(try tool.run("apis.createApi", "name=x", "colour:=1"), 1)
                for part in ["400", "invalid_input", "body.name: ", "body.colour: ", "fix: ", "req_"] {
                    #expect(faults.contains(part), "\(faults)")
                }
                let missing = complaint(try tool.run("apis.getApi", "apiId=api_nothere00"), 1)
                #expect(missing.contains("404") && missing.contains("api_not_found"))
                let anonymous = complaint(try Tool(daemon: daemon).run("apis.createApi", "name=shop"), 1)
                #expect(anonymous.contains("401") && anonymous.contains("LATCHKEY_ROOT_KEY"))
                let near = complaint(try tool.run("apis.creatApi", "name=shop"), 1)
                #expect(near.contains("Did you mean apis.createApi"))
                let operators = complaint(try tool.run("workspaces.listWorkspaces"), 1)
                #expect(operators.contains("procedure_not_found"), "only the option makes an operator")
                #expect(operators.contains("--operator help"))
                let callers = complaint(try tool.run("--operator", "apis.createApi", "name=shop"), 1)
                #expect(callers.contains("without --operator"))
            }
        }

        @Test("text where a number is wanted: the refusal tells how a pair gives one, if a pair is at fault")
        func pairs() throws {
            try withDaemon { daemon in
                let tool = Tool(daemon: daemon, rootKey: try daemon.tenant().rootKey)
                let hint = "limit:=… for a number"
                #expect(complaint(try tool.run("rootKeys.listKeys", "limit=2"), 1).contains(hint))
                #expect(!complaint(try tool.run("rootKeys.listKeys", #"{"limit":"2"}"#), 1).contains(hint))
                #expect(!complaint(try tool.run("rootKeys.listKeys", "limit:=101"), 1).contains(hint))
            }
        }

        @Test("status 2: a command line that makes no sense; nothing is sent")
        func usage() throws {
            try withDaemon { daemon in
                let tool = Tool(daemon: daemon)
                let lines = [
                    ["nothing"], ["--colour", "system.getHealth"], ["system.getHealth", "{"],
                    ["system.getHealth", "word"],
                    ["system.getHealth", "{}", "{}"], ["system.getHealth", "a:=x"],
                    ["system.getHealth", ".=x", "a..b=1"],
                    ["system.getHealth", "a=1", "a.b=2"], ["system.getHealth", "a=1", "a[]=2"],
                    ["system.getHealth", "@/nothing/here"], ["--root-key-file", "/nothing/here", "system.getHealth"],
                    ["--socket"], ["--socket", "a", "--socket", "b", "system.getHealth"], ["completion", "tcsh"],
                    ["help", "apis", "keys"], ["help", "apis.getAp"],
                ]
                for words in lines {
                    let ending = try Program.run("latchkey", words, environment: ["LATCHKEY_SOCKET": daemon.socket])
                    #expect(complaint(ending, 2).contains("latchkey --help"), "\(words)")
                }
                #expect(complaint(try tool.run("help", "apis.getAp"), 2).contains("Did you mean apis.getApi?"))
            }
        }

        @Test("status 3: no daemon, or none that answers; the message names the socket and what to do")
        func unreachable() throws {
            let folder = try TemporaryFolder()
            for words in [["system.getHealth"], ["help"], ["help", "apis"]] {
                let ending = try Program.run("latchkey", ["--socket", folder.path("none")] + words)
                #expect(ending.status == 3)
                #expect(ending.complaint.contains(folder.path("none")) && ending.complaint.contains("--socket"))
            }
            let daemon = try DaemonProcess()
            daemon.killNow()
            let dead = complaint(try Tool(daemon: daemon).run("--operator", "workspaces.listWorkspaces"), 3)
            #expect(dead.contains("--operator-socket"))
        }

        @Test("--idempotency-key: the same line again prints the same and changes nothing, another one is refused")
        func idempotencyKey() throws {
            try withDaemon { daemon in
                let tool = Tool(daemon: daemon, rootKey: try daemon.tenant().rootKey)
                let words = ["--idempotency-key", "shop-1", "rootKeys.createKey", "permissions:=[]", "name=shop"]
                let first = try line(try tool.run(words))
                #expect(first["key"] != nil)
                #expect(try line(try tool.run(words)) == first)
                #expect(try line(try tool.run(words + ["--raw"]))["meta"]?["replayed"] == true)
                let other = try tool.run("--idempotency-key=shop-1", "rootKeys.createKey", "permissions:=[]")
                #expect(complaint(other, 1).contains("422 idempotency_mismatch"))
                let long = try tool.run("rootKeys.listKeys", "--idempotency-key", String(repeating: "k", count: 256))
                #expect(complaint(long, 1).contains("frame.idempotencyKey"))
                #expect(try line(try tool.run("rootKeys.listKeys")).list?.count == 2)
            }
        }

        @Test("help comes from the daemon: all services, one service, one procedure; --help needs no daemon")
        func help() throws {
            try withDaemon { daemon in
                let tool = Tool(daemon: daemon)
                let overview = try tool.run("help")
                #expect(overview.status == 0 && overview.complaint.isEmpty)
                for procedure in try Contract.list(on: daemon.socket) {
                    #expect(overview.output.contains(try #require(procedure["method"]?.text)))
                    #expect(overview.output.contains(try #require(procedure["summary"]?.text)))
                }
                #expect(!overview.output.contains("workspaces."))
                #expect(try tool.run("--operator", "help").output.contains("workspaces.createWorkspace"))
                let service = try tool.run("help", "apis")
                #expect(
                    service.status == 0 && service.output.contains("apis.getApi") && !service.output.contains("keys.")
                )
                let procedure = try tool.run("help", "keys.createKey").output
                for part in ["keys.createKey", "apiId *", "byteLength", "16–255", "api_not_found", "Example:"] {
                    #expect(procedure.contains(part), "\(part)")
                }
                #expect(try tool.run("keys.createKey", "name=x", "--help").output == procedure)
                let theirs = try tool.run("--operator", "help", "trash.restoreItem").output
                #expect(theirs.contains("latchkey --operator trash.restoreItem workspaceId=ws_"))
                let usage = try Program.run("latchkey", ["--help"])
                #expect(usage.status == 0 && usage.output.contains("Exit status"))
                let version = try Program.run("latchkey", ["--version"])
                #expect(version.status == 0 && version.output.hasPrefix("latchkey "))
            }
        }

        @Test("an argument that is no UTF-8 is refused, not replaced by something like it")
        func encoding() throws {
            let line = #""$0" identities.createIdentity externalId=$'a\xffb'"#
            let ending = try Program.run("/bin/bash", ["-c", line, Program.path("latchkey")])
            #expect(complaint(ending, 2).contains("Argument 2 is not UTF-8"))
        }

        @Test("a result that cannot be written is a failure of its own, with status 4")
        func fullDisk() throws {
            try withDaemon { daemon in
                for line in ["system.getHealth > /dev/full", "help keys > /dev/full", "system.getHealth >&-"] {
                    let ending = try Program.run(
                        "/bin/bash",
                        ["-c", "\"$LATCHKEY\" \(line)"],
                        environment: ["LATCHKEY": Program.path("latchkey"), "LATCHKEY_SOCKET": daemon.socket]
                    )
                    #expect(complaint(ending, 4).contains("cannot be written"))
                }
            }
        }

        @Test("completion: methods, parameters, options, on the socket that the line names; silent without a daemon")
        func completion() throws {
            try withDaemon { daemon in
                let tool = Tool(daemon: daemon)
                func candidates(_ ending: Program.Ending) -> [String] {
                    #expect(ending.status == 0 && ending.complaint.isEmpty, "\(ending.complaint)")
                    return ending.output.split(separator: "\n").map(String.init)
                }
                #expect(
                    try candidates(tool.run("__complete", "apis.")) == [
                        "apis.createApi", "apis.deleteApi", "apis.getApi", "apis.listKeys", "apis.updateApi",
                    ]
                )
                #expect(try candidates(tool.run("__complete", "he")) == ["help"])
                #expect(try candidates(tool.run("__complete", "help", "keys.v")) == ["keys.verifyKey"])
                #expect(try candidates(tool.run("__complete", "rootKeys.listKeys", "")) == ["cursor=", "limit:="])
                #expect(try candidates(tool.run("__complete", "apis.createApi", "n")) == ["name="])
                #expect(try candidates(tool.run("__complete", "--ra")) == ["--raw"])
                #expect(try candidates(tool.run("__complete", "completion", "z")) == ["zsh"])
                #expect(try candidates(tool.run("__complete", "apis.nothing", "")).isEmpty)
                #expect(try candidates(tool.run("__complete", "workspaces.")).isEmpty)
                let operators = try candidates(tool.run("__complete", "--operator", "workspaces.g"))
                #expect(operators == ["workspaces.getWorkspace"])
                let named = try Program.run("latchkey", ["__complete", "--socket", daemon.socket, "apis.c"])
                #expect(candidates(named) == ["apis.createApi"])
                for shell in ["bash", "zsh", "fish"] {
                    let script = try Program.run("latchkey", ["completion", shell])
                    #expect(script.status == 0 && script.output.contains("__complete"))
                }
                let alone = try Program.run("latchkey", ["__complete", "--socket", "/nothing/here", "apis."])
                #expect(candidates(alone).isEmpty)
            }
        }

        @Test("bash completes methods and parameters with the script that it is given")
        func bash() throws {
            try withDaemon { daemon in
                let script = """
                    source <("$LATCHKEY" completion bash)
                    latchkey() { "$LATCHKEY" "$@"; }
                    ask() { COMP_LINE=$1 COMP_POINT=${#1}; COMPREPLY=(); _latchkey; echo "${COMPREPLY[@]}"; }
                    ask 'latchkey keys.v'; ask 'latchkey rootKeys.listKeys '; ask 'latchkey --raw apis.d'
                    """
                let ending = try Program.run(
                    "/bin/bash",
                    ["-c", script],
                    environment: ["LATCHKEY": Program.path("latchkey"), "LATCHKEY_SOCKET": daemon.socket]
                )
                #expect(ending.output == "keys.verifyKey\ncursor= limit:=\napis.deleteApi\n", "\(ending.complaint)")
            }
        }

        @Test("no secret gets into an error, whatever is wrong around it")
        func secrets() throws {
            try withDaemon { daemon in
                let secret = try daemon.tenant([]).rootKey
                let folder = try TemporaryFolder()
                try "\(secret) and more".write(toFile: folder.path("two"), atomically: false, encoding: .utf8)
                try "\(secret)".write(toFile: folder.path("key"), atomically: false, encoding: .utf8)
                let tool = Tool(daemon: daemon, rootKey: secret)
                let endings = [
                    try tool.run("apis.createApi", "name=shop"), try tool.run("apis.createApi", "name:=1"),
                    try tool.run("keys.verifyKey", "key:=[\"\(secret)\"]"),
                    try tool.run("keys.verifyKey", "{\"key\":\"\(secret)\""),
                    try tool.run("keys.verifyKey", "{}", secret),
                    try tool.run("keys.verifyKey", secret), try tool.run("keys.verifyKey", "a..b=\(secret)"),
                    try tool.run("keys.verifyKey", "key:=\(secret)"),
                    try tool.run("keys.verifyKey", "key=x", "key.x=\(secret)"),
                    try tool.run("--root-keys=\(secret)", "system.getHealth"),
                    try tool.run("--root-key", secret, "--root-key", secret, "system.getHealth"),
                    try tool.run("--root-key", secret + "x", "apis.createApi", "name=shop"),
                    try tool.run("--root-key-file", folder.path("two"), "system.getHealth"),
                    try tool.run("--root-key-file", folder.path("key"), "apis.createApi", "name=shop"),
                    try tool.run("--socket", "/nothing/here", "--root-key", secret, "system.getHealth"),
                ]
                for (index, ending) in endings.enumerated() {
                    #expect(ending.status != 0, "\(index)")
                    let text = ending.output + ending.complaint
                    #expect(!text.contains(secret.dropFirst("latchkey_".count).prefix(12)), "\(index): \(text)")
                }
                #expect(!daemon.log.contains(secret))
            }
        }
    }
}
