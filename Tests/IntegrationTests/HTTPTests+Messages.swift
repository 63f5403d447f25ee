import Testing

extension Programs.HTTPTests {
    /// Messages and connections: RFC 9110 and RFC 9112.
    @Suite struct Messages {
        @Test("a connection is kept; 100 requests in one piece are answered in their order")
        func pipelining() throws {
            try withAdapter { daemon, adapter in
                let rootKey = try daemon.tenant().rootKey
                let http = try adapter.connect()
                let apis = try (0..<7).map { index in
                    let body = "{\"name\":\"api-\(index)\"}"
                    let reply = try http.reply(to: .call("apis.createApi", body, auth: rootKey))
                    #expect(!reply.closes)
                    return try #require(try reply.envelope().data?["apiId"]?.text)
                }
                let requests = (0..<100).map { index in
                    // Some that the adapter answers itself, and so could answer too soon.
                    index % 5 == 4
                        ? HTTPRequest.get("/nothing")
                        : HTTPRequest.call("apis.getApi", "{\"apiId\":\"\(apis[index % 7])\"}", auth: rootKey)
                }
                try http.send(requests.map(\.text).joined())
                for index in 0..<100 {
                    let envelope = try http.receive().envelope()
                    if index % 5 == 4 {
                        #expect(envelope.status == 404)
                    } else {
                        #expect(envelope.data?["name"]?.text == "api-\(index % 7)")
                    }
                }
            }
        }

        @Test("a chunked body is put together, extensions and trailers passed over, however it is cut")
        func chunks() throws {
            try withAdapter { daemon, adapter in
                let rootKey = try daemon.tenant().rootKey
                let http = try adapter.connect()
                var request = HTTPRequest.call("apis.createApi", auth: rootKey, "Transfer-Encoding: chunked")
                request.body = nil
                for (index, isCut) in [false, true].enumerated() {
                    let chunks =
                        "3;a=b;c=\"d\"\r\n{\"n\r\n0A\r\name\":\"api-\r\n3 ;x\r\n\(index)\"}\r\n00\r\nX-Sum: 1\r\nY: 2\r\n\r\n"
                    let text = request.head + chunks
                    if isCut {
                        for byte in text.utf8 { try http.send(raw: [byte]) }
                    } else {
                        try http.send(text)
                    }
                    #expect(try http.receive().envelope().status == 200)
                    let again = HTTPRequest.call("apis.createApi", "{\"name\":\"api-\(index)\"}", auth: rootKey)
                    #expect(try http.reply(to: again).status == 409, "it was this name")
                }
            }
        }

        @Test("Expect: 100-continue gets 100 and then its reply; a head that is refused gets no 100")
        func expectation() throws {
            try withAdapter(["--body-bytes-max", "1000"]) { _, adapter in
                let http = try adapter.connect()
                let request = HTTPRequest.call("system.getHealth", "{}", "Expect: 100-continue")
                for _ in 0..<2 {
                    try http.send(request.head)
                    let interim = try http.receive()
                    #expect(interim.status == 100 && interim.fields.isEmpty)
                    try http.send("{}")
                    #expect(try http.receive().envelope().status == 200)
                }
                // The body came along: nobody waits for a 100, and who sends one is not wrong.
                try http.send(request)
                var reply = try http.receive()
                if reply.status == 100 { reply = try http.receive() }
                #expect(reply.status == 200)
                var refused: [(HTTPRequest, Int)] = [
                    (.call("apis.nothing", "{}", "Expect: 100-continue"), 404),
                    (.call("system.getHealth", String(repeating: " ", count: 1_001), "Expect: 100-continue"), 413),
                    (.call("system.getHealth", "{}", "Expect: something"), 417),
                ]
                var undeclared = HTTPRequest(target: "/v2/system.getHealth", body: "{}")
                undeclared.fields.append("Expect: 100-continue")
                refused.append((undeclared, 415))
                for (request, status) in refused {
                    let http = try adapter.connect()
                    try http.send(request.head)
                    let reply = try http.receive()
                    #expect(try reply.envelope().status == status)
                    #expect(try reply.closes && http.isClosed(), "the body may be on its way")
                }
            }
        }

        @Test("a request line, a header section, a body are taken up to their limits and refused past them")
        func limits() throws {
            let options = [
                "--request-line-bytes-max", "100", "--header-bytes-max", "500", "--header-fields-max", "6",
                "--body-bytes-max", "1000",
            ]
            try withAdapter(options) { _, adapter in
                func check(_ text: String, _ status: Int, _ code: String? = nil) throws {
                    let http = try adapter.connect()
                    try http.send(text)
                    let reply = try http.receive()
                    let envelope = try reply.envelope()
                    #expect(envelope.status == status, "\(text.prefix(60))")
                    if let code { #expect(envelope.code == code) }
                    guard [413, 414, 431].contains(status) else { return #expect(!reply.closes) }
                    #expect(try reply.closes && http.isClosed())
                }
                for (count, status) in [(100, 404), (101, 414), (100_000, 414)] {
                    let target = "/" + String(repeating: "a", count: count - "GET / HTTP/1.1".count)
                    try check(HTTPRequest.get(target).text, status)
                }
                try check(String(repeating: "A", count: 1_000), 414)
                for (count, status) in [(5, 200), (6, 431)] {
                    var request = HTTPRequest.get("/v2/liveness")
                    for index in 0..<count { request.fields.append("X-\(index): y") }
                    try check(request.text, status)
                }
                for (count, status) in [(500, 200), (501, 431), (50_000, 431)] {
                    let frame = "Host: latchkey\r\nX: \r\n\r\n".utf8.count
                    try check(
                        HTTPRequest.get("/v2/liveness", "X: " + String(repeating: "y", count: count - frame)).text,
                        status
                    )
                }
                for (count, status) in [(1_000, 200), (1_001, 413), (1_000_000, 413)] {
                    let body = "{" + String(repeating: " ", count: count - 2) + "}"
                    let code = status == 413 ? "request_body_too_large" : nil
                    try check(HTTPRequest.call("system.getHealth", body).text, status, code)
                    var chunked = HTTPRequest.call("system.getHealth", "{}", "Transfer-Encoding: chunked")
                    chunked.body = nil
                    let half = count / 2
                    let chunks = [body.prefix(half), body.dropFirst(half)]
                        .map { "\(String($0.count, radix: 16))\r\n\($0)\r\n" }
                    try check(chunked.head + chunks.joined() + "0\r\n\r\n", status, code)
                }
            }
        }

        @Test("what the daemon's frame has no room for is a 413 that tells of a limit below the body's length")
        func frameLimit() throws {
            try withAdapter(["--frame-bytes-max", "1100"]) { _, adapter in
                let http = try adapter.connect()
                for count in [1_100, 1_200] {
                    let body = "{}" + String(repeating: " ", count: count - 2)
                    let envelope = try http.reply(to: .call("system.getHealth", body)).envelope()
                    #expect(envelope.status == 413)
                    let told = envelope.detail.split(separator: " ").lazy.compactMap { Int($0) }.first
                    #expect(told.map { (900..<1_100).contains($0) } == true, "\(envelope.detail)")
                }
                let room = "{}" + String(repeating: " ", count: 900)
                #expect(try http.reply(to: .call("system.getHealth", room)).status == 200, "the connection goes on")
            }
        }

        @Test("a request that does not arrive in time is a 408 and a closed connection; an idle one is just closed")
        func slowness() throws {
            try withAdapter(["--receive-milliseconds", "100", "--idle-milliseconds", "200"]) { _, adapter in
                let text = HTTPRequest.call("system.getHealth").text
                for count in [1, 20, text.count - 3, text.count - 1] {
                    let http = try adapter.connect()
                    try http.send(String(text.prefix(count)))
                    let reply = try http.receive()
                    #expect(try reply.envelope().code == "request_timeout")
                    #expect(try reply.status == 408 && reply.closes && http.isClosed())
                }
                #expect(try adapter.connect().isClosed())
                let used = try adapter.connect()
                #expect(try used.reply(to: .call("system.getHealth")).status == 200)
                #expect(try used.isClosed())
            }
        }

        @Test("Connection: close, HTTP/1.0 and its keep-alive do what they say")
        func persistence() throws {
            try withAdapter { _, adapter in
                let cases = [
                    ("HTTP/1.1", nil, []), ("HTTP/1.1", "close", ["close"]), ("HTTP/1.1", "x, Close", ["close"]),
                    ("HTTP/1.1", "keep-alive", []), ("HTTP/1.0", nil, ["close"]), ("HTTP/1.0", "close", ["close"]),
                    ("HTTP/1.0", "Keep-Alive", ["keep-alive"]), ("HTTP/1.9", nil, []),
                ]
                for (version, option, expected) in cases {
                    let http = try adapter.connect()
                    var request = HTTPRequest.call("system.getHealth")
                    request.version = version
                    if let option { request.fields.append("Connection: \(option)") }
                    // The second one is only answered when the connection stays.
                    try http.send(request.text + HTTPRequest.get("/v2/liveness").text)
                    let reply = try http.receive()
                    #expect(reply["connection"] == expected, "\(version) \(option ?? "")")
                    #expect(try reply.envelope().status == 200)
                    if expected == ["close"] {
                        #expect(try http.isClosed(), "\(version) \(option ?? "")")
                    } else {
                        #expect(try http.receive().status == 200, "\(version) \(option ?? "")")
                    }
                }
                let old = try adapter.connect()
                try old.send("GET /v2/liveness HTTP/1.0\r\n\r\n")
                #expect(try old.receive().status == 200, "HTTP/1.0 has no Host")
                for version in ["HTTP/2.0", "HTTP/0.9"] {
                    let http = try adapter.connect()
                    try http.send("GET /v2/liveness \(version)\r\nHost: x\r\n\r\n")
                    #expect(try http.receive().status == 505)
                    #expect(try http.isClosed())
                }
            }
        }

        /// Heads between request line and body that two readers could understand differently.
        private static let ambiguous: [(String, fields: String, body: String)] = [
            ("Content-Length with Transfer-Encoding", "Content-Length: 2\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
            ("the same, the other way round", "Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"),
            ("two lengths that differ", "Content-Length: 2\r\nContent-Length: 3", "{}"),
            ("two lengths in one field", "Content-Length: 2, 3", "{}"),
            ("a length with a sign", "Content-Length: +2", "{}"), ("a negative length", "Content-Length: -2", "{}"),
            ("a length in hexadecimal", "Content-Length: 0x2", "{}"), ("an empty length", "Content-Length:", "{}"),
            ("a length beyond numbers", "Content-Length: 99999999999999999999999", "{}"),
            ("another coding", "Transfer-Encoding: gzip", "0\r\n\r\n"),
            ("a coding behind chunked", "Transfer-Encoding: chunked, identity", "0\r\n\r\n"),
            ("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
            ("a disguised coding", "Transfer-Encoding: \u{B}chunked", "0\r\n\r\n"),
            ("a chunk size that is none", "Transfer-Encoding: chunked", "x\r\n{}\r\n0\r\n\r\n"),
            ("a chunk size with a prefix", "Transfer-Encoding: chunked", "0x2\r\n{}\r\n0\r\n\r\n"),
            ("a chunk size with a sign", "Transfer-Encoding: chunked", "+2\r\n{}\r\n0\r\n\r\n"),
            ("a chunk size beyond numbers", "Transfer-Encoding: chunked", "fffffffffffffffff2\r\n{}\r\n0\r\n\r\n"),
            ("an empty chunk size", "Transfer-Encoding: chunked", "\r\n{}\r\n0\r\n\r\n"),
            ("a chunk longer than its size", "Transfer-Encoding: chunked", "1\r\n{}\r\n0\r\n\r\n"),
            ("a chunk size that ends in LF", "Transfer-Encoding: chunked", "2\n{}\r\n0\r\n\r\n"),
            ("a chunk that ends in LF", "Transfer-Encoding: chunked", "2\r\n{}\n0\r\n\r\n"),
            ("a CR in an extension", "Transfer-Encoding: chunked", "2;a\rb\r\n{}\r\n0\r\n\r\n"),
            ("a folded line", "X: y\r\n z\r\nContent-Length: 2", "{}"),
            ("a first line that is folded", " X: y\r\nContent-Length: 2", "{}"),
            ("a bare CR in a value", "X: y\rContent-Length: 0\r\nContent-Length: 2", "{}"),
            ("a bare LF as line end", "X: y\nContent-Length: 2", "{}"), ("a NUL", "X: \0\r\nContent-Length: 2", "{}"),
            ("a space before the colon", "Content-Length : 2", "{}"),
            ("a tab before the colon", "Content-Length\t: 2", "{}"), ("no name", ": y\r\nContent-Length: 2", "{}"),
            ("no colon", "X\r\nContent-Length: 2", "{}"),
            ("a name that is no token", "X(y): z\r\nContent-Length: 2", "{}"),
            ("Host twice", "Host: latchkey\r\nContent-Length: 2", "{}"),
            ("two types", "Content-Type: text/plain\r\nContent-Length: 2", "{}"),
        ]

        /// Request lines, and lines of the header section with their ends.
        private static let broken: [(String, head: String)] = [
            ("no Host", "POST /v2/system.getHealth HTTP/1.1\r\n"),
            ("an empty Host", "POST /v2/system.getHealth HTTP/1.1\r\nHost:\r\n"),
            ("two hosts in one Host", "POST /v2/system.getHealth HTTP/1.1\r\nHost: a, b\r\n"),
            ("a path in Host", "POST /v2/system.getHealth HTTP/1.1\r\nHost: a/b\r\n"),
            ("two spaces", "POST  /v2/system.getHealth HTTP/1.1\r\nHost: x\r\n"),
            ("a space at the end", "POST /v2/system.getHealth HTTP/1.1 \r\nHost: x\r\n"),
            ("a tab", "POST\t/v2/system.getHealth HTTP/1.1\r\nHost: x\r\n"),
            ("no version", "POST /v2/system.getHealth\r\nHost: x\r\n"),
            ("a version in small letters", "POST /v2/system.getHealth http/1.1\r\nHost: x\r\n"),
            ("a version without minor number", "POST /v2/system.getHealth HTTP/1\r\nHost: x\r\n"),
            ("a request line that ends in LF", "POST /v2/system.getHealth HTTP/1.1\nHost: x\r\n"),
            ("a CR in the request line", "POST /v2/system.getHealth\r HTTP/1.1\r\nHost: x\r\n"),
            ("two empty lines in front", "\r\n\r\nPOST /v2/system.getHealth HTTP/1.1\r\nHost: x\r\n"),
            ("an authority as target", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n"),
            ("a star as target", "OPTIONS * HTTP/1.1\r\nHost: x\r\n"),
            ("Transfer-Encoding in HTTP/1.0", "POST /v2/system.getHealth HTTP/1.0\r\nTransfer-Encoding: chunked\r\n"),
        ]

        @Test("an ambiguous message is a 400 and a closed connection; what stands behind it is never executed")
        func smuggling() throws {
            try withAdapter { daemon, adapter in
                let rootKey = try daemon.tenant().rootKey
                let caller = try daemon.connect(rootKey)
                let start = "POST /v2/system.getHealth HTTP/1.1\r\nHost: latchkey\r\nContent-Type: application/json\r\n"
                let table =
                    Self.ambiguous.map { ($0.0, "\(start)\($0.fields)\r\n\r\n\($0.body)") }
                    + Self.broken.map { ($0.0, "\($0.head)Content-Type: application/json\r\n\r\n") }
                for (index, (name, text)) in table.enumerated() {
                    let smuggled = HTTPRequest.call("apis.createApi", "{\"name\":\"smuggled-\(index)\"}", auth: rootKey)
                    let http = try adapter.connect()
                    try http.send(text + smuggled.text)
                    let reply = try http.receive()
                    let envelope = try reply.envelope()
                    #expect(envelope.status == 400 && envelope.code == "invalid_input", "\(name)")
                    #expect(try reply.closes && http.isClosed(), "\(name)")
                    #expect(try caller.call("apis.createApi", ["name": "smuggled-\(index)"]).status == 200, "\(name)")
                }
            }
        }
    }
}
