import Foundation
import Glibc
import TestSupport
import Testing

extension Programs.HTTPTests {
    /// Processes that go, and input that nobody would write.
    @Suite struct Faults {
        @Test(
            "while the daemon is away requests get 503 in the envelope; after kill -9 and its return all is well again"
        )
        func recovery() throws {
            try withAdapter { daemon, adapter in
                let rootKey = try daemon.tenant().rootKey
                let http = try adapter.connect()
                let request = HTTPRequest.call("apis.createApi", #"{"name":"kept"}"#, auth: rootKey)
                #expect(try http.reply(to: request).status == 200)
                for _ in 0..<2 {
                    daemon.killNow()
                    for request in [request, .call("apis.nothing"), .get("/v2/liveness")] {
                        let envelope = try http.reply(to: request).envelope()
                        #expect(envelope.status == 503 && envelope.code == "service_unavailable")
                    }
                    #expect(try http.reply(to: .get("/openapi.json")).status == 200, "the document is remembered")
                    // What needs no daemon to be refused is refused as before.
                    #expect(try http.reply(to: .call("apis.createApi", "nonsense")).status == 400)
                    try daemon.start()
                    let isBack = try eventually { try http.reply(to: .get("/v2/liveness")).status == 200 }
                    #expect(isBack)
                    #expect(try http.reply(to: request).envelope().code == "api_already_exists")
                }
            }
        }

        @Test("an adapter that is started first answers 503, and serves when the daemon comes")
        func startedFirst() throws {
            let daemon = try DaemonProcess()
            daemon.killNow()
            let adapter = try AdapterProcess(daemon: daemon.socket)
            let http = try adapter.connect()
            for request in [HTTPRequest.call("system.getHealth"), .get("/openapi.json"), .get("/v2/liveness")] {
                #expect(try http.reply(to: request).envelope().code == "service_unavailable")
            }
            try daemon.start()
            let isServed = try eventually { try http.reply(to: .call("system.getHealth")).status == 200 }
            #expect(isServed)
            #expect(try http.reply(to: .get("/openapi.json")).status == 200)
            try adapter.stop()
            daemon.checkForLeaks()
            try daemon.stop()
        }

        @Test(
            "an adapter that cannot start says in one line what to change",
            arguments: [
                (["--listen", "127.0.0.1:%"], 1, "Something listens there already"),
                (["--listen", "192.0.2.1:0"], 1, "Name an address that this machine has"),
                (["--listen", "nowhere.invalid:0"], 1, "Name an address that this machine has"),
                (["--listen", "8080"], 2, "HOST:PORT"), (["--lisen", "8080"], 2, "There is no option '--lisen'"),
                (["--idle-milliseconds", "0"], 2, "--idle-milliseconds must be an integer from 1"),
                (["--socket", String(repeating: "s", count: 108)], 2, "1 to 107 bytes"),
            ]
        )
        func refusedStart(words: [String], status: Int32, complaint: String) throws {
            try withAdapter { daemon, adapter in
                let socket = words.contains("--socket") ? [] : ["--socket", daemon.socket]
                let words = words.map { $0.hasSuffix("%") ? $0.dropLast() + "\(adapter.port)" : $0 }
                let ending = try Program.run("latchkey-http", words + socket)
                #expect(ending.status == status && ending.output.isEmpty, "\(ending.complaint)")
                #expect(ending.complaint.hasPrefix("latchkey-http: ") && ending.complaint.contains(complaint))
                #expect(ending.complaint.split(separator: "\n").count == 1)
            }
        }

        @Test("clients past the limit wait until one goes; those of the daemon's own connections do not count")
        func connectionLimit() throws {
            try withAdapter(["--connections-max", "2", "--daemon-connections", "3"]) { _, adapter in
                let (first, second, third) = (try adapter.connect(), try adapter.connect(), try adapter.connect())
                for http in [first, second] { #expect(try http.reply(to: .call("system.getHealth")).status == 200) }
                try third.send(HTTPRequest.call("system.getHealth"))
                for _ in 0..<50 { _ = try second.reply(to: .call("system.getHealth")) }
                var state = pollfd(fd: third.descriptor, events: Int16(POLLIN), revents: 0)
                #expect(poll(&state, 1, 0) == 0, "the third connection waits")
                first.finish()
                #expect(try third.receive().status == 200)
            }
        }

        @Test("the adapter takes as many descriptors as the system grants, like the daemon")
        func descriptorLimit() throws {
            try withDaemon { daemon in
                let folder = try TemporaryFolder()
                let line = "ulimit -Sn 64; exec \"$0\" --listen 127.0.0.1:0 --socket \"$1\""
                let process = try Program.start(
                    ["/bin/bash", "-c", line, Program.path("latchkey-http"), daemon.socket],
                    environment: [:],
                    files: ["/dev/null", folder.path("log"), folder.path("log")]
                )
                let isThere = eventually { folder.text("log").contains("\"started\"") }
                #expect(isThere, "\(folder.text("log"))")
                let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
                let words = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
                    .split(separator: " ")
                #expect(words[3] == words[4] && words[3] != "64")
                kill(process, SIGTERM)
                #expect(try Program.wait(for: process, seconds: 30) == 0)
            }
        }

        @Test("the help lists every option in the daemon's words, --version is one line; both end with status 0")
        func help() throws {
            for word in ["--help", "-h"] {
                let help = try Program.run("latchkey-http", [word])
                #expect(help.status == 0 && help.complaint.isEmpty)
                for option in ["--listen HOST:PORT", "--socket PATH", "--log-level LEVEL", "--drain-milliseconds MS"] {
                    #expect(help.output.contains(option))
                }
                #expect(!help.output.contains("timeout-ms"), "former names are not offered")
            }
            let version = try Program.run("latchkey-http", ["--version"])
            #expect(version.status == 0 && version.output.hasPrefix("latchkey-http "))
        }

        @Test("SIGTERM: idle connections are closed, a request that is arriving is answered, new ones are not taken")
        func drain() throws {
            try withDaemon { daemon in
                let adapter = try AdapterProcess(daemon: daemon.socket)
                let (idle, busy) = (try adapter.connect(), try adapter.connect())
                #expect(try idle.reply(to: .call("system.getHealth")).status == 200)
                let request = HTTPRequest.call("system.getHealth", "{}", "Expect: 100-continue")
                try busy.send(request.head)
                #expect(try busy.receive().status == 100, "it has read this much")
                adapter.terminate()
                #expect(try idle.isClosed())
                #expect(throws: Failure.self) { try adapter.connect() }
                try busy.send("{}")
                let reply = try busy.receive()
                #expect(try reply.envelope().status == 200)
                #expect(try reply.closes && busy.isClosed())
                try adapter.stop()
            }
        }

        @Test("SIGTERM does not wait for ever for a client that sends nothing more")
        func drainTimeOut() throws {
            try withDaemon { daemon in
                let adapter = try AdapterProcess(daemon: daemon.socket, ["--drain-milliseconds", "100"])
                let http = try adapter.connect()
                try http.send(HTTPRequest.call("system.getHealth", "{}", "Expect: 100-continue").head)
                #expect(try http.receive().status == 100)
                try adapter.stop()
                #expect(try http.isClosed())
            }
        }

        @Test("clients that go away in the middle of anything leave nothing behind")
        func goneClients() throws {
            try withAdapter { _, adapter in
                let text = HTTPRequest.call("system.getHealth").text
                for count in 0...text.utf8.count {
                    let http = try adapter.connect()
                    try http.send(raw: Array(text.utf8.prefix(count)))
                }
                // Replies that nobody reads.
                for _ in 0..<10 {
                    let http = try adapter.connect()
                    try http.send(String(repeating: HTTPRequest.get("/openapi.json").text, count: 50))
                }
                let http = try adapter.connect()
                try http.send(String(text.dropLast()))
                http.finish()
                let reply = try http.receive()
                #expect(try reply.envelope().code == "request_body_unreadable")
                #expect(try http.isClosed())
            }
        }

        /// What is mutated: each kind of request that is understood, and some that are not.
        private static func samples(_ rootKey: String) -> [String] {
            let chunked =
                "POST /v2/system.getHealth HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n1;a=b\r\n{\r\n1\r\n}\r\n0\r\nX: y\r\n\r\n"
            let calls: [HTTPRequest] = [
                .call("system.getHealth"), .get("/v2/liveness"), .get("/nothing", "Accept: */*"),
                .call("apis.createApi", #"{"name":"an-api"}"#, auth: rootKey, "Expect: 100-continue"),
                .call("keys.verifyKey", #"{"key":"é\u00e9 \\"}"#, auth: rootKey, "Connection: keep-alive"),
                .call("apis.getApi", #"{"apiId":"api_nothere00"}"#, auth: rootKey, "Accept: application/problem+json"),
            ]
            return calls.map(\.text) + [chunked, chunked + HTTPRequest.call("system.getHealth").text]
        }

        /// A request with a few of its bytes changed, taken out, doubled or cut off.
        private static func mutated(_ text: String, _ random: inout SeededGenerator) -> [UInt8] {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<7, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2: bytes.remove(at: index)
                case 3:
                    bytes.insert(contentsOf: Array("\r\n\0 :;,{}\"0".utf8).shuffled(using: &random)[..<2], at: index)
                case 4: bytes.insert(contentsOf: bytes[..<index].suffix(40), at: index)
                case 5: bytes[index] = bytes.randomElement(using: &random) ?? 0
                default: bytes.removeLast(min(bytes.count, Int.random(in: 1...40, using: &random)))
                }
            }
            return bytes
        }

        @Test("10,000 mutated requests: whole replies or none, both processes answer, nothing leaks")
        func mutations() throws {
            try withAdapter { daemon, adapter in
                let samples = Self.samples(try daemon.tenant().rootKey)
                var random = SeededGenerator.announced("mutated HTTP requests")
                var settled: (adapter: Int, daemon: Int)?
                for round in 0..<10_000 {
                    if round == 2_000 { settled = (adapter.residentKilobytes, daemon.residentKilobytes) }
                    let bytes = Self.mutated(samples[round % samples.count], &random)
                    let http = try adapter.connect()
                    let cut = Int.random(in: 0...bytes.count, using: &random)
                    try http.send(raw: Array(bytes[..<cut]))
                    try http.send(raw: Array(bytes[cut...]))
                    http.finish()
                    while let reply = try http.next() {
                        if reply.status == 100 || reply.status == 200 { continue }
                        // 505 is what HTTP/9.1 gets; every other 5xx would be a fault of ours.
                        let status = try reply.envelope().status
                        #expect(status < 500 || status == 505, "\(String(decoding: bytes, as: UTF8.self))")
                    }
                    if round % 1_000 == 999 { #expect(try adapter.reply(to: .call("system.getHealth")).status == 200) }
                }
                adapter.checkForLeaks()
                let before = try #require(settled)
                // An allocator's leftovers, not a leak that grows by each of 8,000 requests.
                #expect(adapter.residentKilobytes < before.adapter + 8_000)
                #expect(daemon.residentKilobytes < before.daemon + 8_000)
                #expect(try daemon.connect().call("system.getHealth").status == 200)
            }
        }
    }
}
