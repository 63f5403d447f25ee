import TestSupport
import Testing

@testable import HTTPAdapter

private let crlf = "\r\n"

private func post(_ fields: String, _ body: String = "", version: String = "HTTP/1.1", target: String = "/v2/a.b")
    -> String
{
    "POST \(target) \(version)\r\n\(fields)\r\n\(body)"
}

private let host = "Host: h\r\n"

private let sound: [(text: String, lines: [String])] = [
    (post(host), ["post /v2/a.b - "]),
    (post(host + "Content-Length: 2\r\n", "{}"), ["post /v2/a.b - {}"]),
    (post(host + "Content-Length: 0\r\n"), ["post /v2/a.b - "]),
    ("GET / HTTP/1.0\r\n\r\n", ["get / - "]),
    ("\r\nGET / HTTP/1.0\r\n\r\n", ["get / - "]),
    ("GET /x?y HTTP/1.1\r\nhOsT:h:80\r\n\r\n", ["get /x - "]),
    ("GET /x HTTP/1.7\r\nHost: [::1]:80\r\n\r\n", ["get /x - "]),
    ("GET http://h:80/v2/liveness HTTP/1.1\r\nHost: h\r\n\r\n", ["get /v2/liveness - "]),
    ("OPTIONS HTTPS://h HTTP/1.1\r\nHost: h\r\n\r\n", ["other  - "]),
    (post(host + "Authorization: \t Bearer x \t\r\n"), ["post /v2/a.b Bearer x "]),
    (post(host + "X: a\tb \u{E9}\r\nY:\r\nZ:   \r\n"), ["post /v2/a.b - "]),
    (post(host + "Transfer-Encoding: Chunked\r\n", "0\r\n\r\n"), ["post /v2/a.b - "]),
    (
        post(host + "Transfer-Encoding: chunked\r\n", "1\r\n{\r\n001;a=\"b\"\r\n}\r\n0 ;c\r\nX: y\r\n\r\n"),
        ["post /v2/a.b - {}"]
    ),
    (
        post(host + "Transfer-Encoding: chunked\r\n", "A\r\n0123456789\r\na\r\nabcdefghij\r\n0\r\n\r\n"),
        [
            "post /v2/a.b - 0123456789abcdefghij"
        ]
    ),
    (
        String(repeating: post(host + "Content-Length: 3\r\n", "[1]"), count: 3),
        Array(repeating: "post /v2/a.b - [1]", count: 3)
    ),
    (
        post(host + "Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")
            + post(host + "Content-Length: 1\r\n", "5")
            + "HEAD / HTTP/1.0\r\n\r\n",
        ["post /v2/a.b - {}", "post /v2/a.b - 5", "head / - "]
    ),
]

private let ambiguous: [(text: String, status: Int, why: String)] = [
    (post(host + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, "two lengths"),
    (post(host + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "0\r\n\r\n"), 400, "two lengths, other order"),
    (post(host + "Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), 400, "differing lengths"),
    (post(host + "Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), 400, "repeated length"),
    (post(host + "Content-Length: 2, 2\r\n", "{}"), 400, "list of lengths"),
    (post(host + "Content-Length: +2\r\n", "{}"), 400, "signed length"),
    (post(host + "Content-Length: -2\r\n", "{}"), 400, "negative length"),
    (post(host + "Content-Length: 0x2\r\n", "{}"), 400, "hexadecimal length"),
    (post(host + "Content-Length: 2 2\r\n", "{}"), 400, "blank in a length"),
    (post(host + "Content-Length:\r\n"), 400, "empty length"),
    (post(host + "Content-Length: 99999999999999999999999\r\n"), 400, "length that overflows"),
    (post(host + "Content-Length: 10485761\r\n"), 413, "body over the limit"),
    (post(host + "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400, "another coding"),
    (post(host + "Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 400, "chunked twice in a list"),
    (post(host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, "chunked twice"),
    (post(host + "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400, "unknown coding"),
    (post(host + "Transfer-Encoding:\r\n", "0\r\n\r\n"), 400, "empty coding"),
    (post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", version: "HTTP/1.0"), 400, "chunked in 1.0"),
    (post(host + "Transfer-Encoding: chunked\r\n", "x\r\n\r\n"), 400, "bad chunk size"),
    (post(host + "Transfer-Encoding: chunked\r\n", "0x0\r\n\r\n"), 400, "chunk size with a prefix"),
    (post(host + "Transfer-Encoding: chunked\r\n", " 0\r\n\r\n"), 400, "blank before a chunk size"),
    (post(host + "Transfer-Encoding: chunked\r\n", "0 \r\n\r\n"), 400, "blank behind a chunk size"),
    (post(host + "Transfer-Encoding: chunked\r\n", "-1\r\n\r\n"), 400, "negative chunk size"),
    (post(host + "Transfer-Encoding: chunked\r\n", "fffffffffffffffffffff\r\n"), 400, "chunk size that overflows"),
    (post(host + "Transfer-Encoding: chunked\r\n", "ffffffff\r\n"), 413, "chunk over the limit"),
    (post(host + "Transfer-Encoding: chunked\r\n", "1\r\nabc\r\n"), 400, "chunk longer than its size"),
    (post(host + "Transfer-Encoding: chunked\r\n", "1\na\r\n0\r\n\r\n"), 400, "bare LF behind a chunk size"),
    (post(host + "Transfer-Encoding: chunked\r\n", "1\r\na\n0\r\n\r\n"), 400, "bare LF behind a chunk"),
    (post(host + "Transfer-Encoding: chunked\r\n", "0\r\nX : y\r\n\r\n"), 400, "bad trailer"),
    (post(host + "Transfer-Encoding: chunked\r\n", "0\r\n X: y\r\n\r\n"), 400, "folded trailer"),
    (post(host + "A: b\r\n c\r\n"), 400, "obs-fold"),
    ("GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400, "blank before the first field"),
    (post(host + "A : b\r\n"), 400, "blank before the colon"),
    (post(host + ": b\r\n"), 400, "no name"),
    (post(host + "A\r\n"), 400, "no colon"),
    (post(host + "A(b): c\r\n"), 400, "name that is no token"),
    (post(host + "A: b\rc\r\n"), 400, "bare CR"),
    (post(host + "A: b\nC: d\r\n"), 400, "bare LF"),
    ("GET / HTTP/1.1\nHost: h\n\n", 400, "bare LFs everywhere"),
    (post(host + "A: b\u{0}c\r\n"), 400, "NUL"),
    (post(host + "A: \u{7F}2345678\r\n"), 400, "DEL"),
    (post(""), 400, "no Host"),
    (post(host + host), 400, "two Hosts"),
    (post("Host:\r\n"), 400, "empty Host"),
    (post("Host: a b\r\n"), 400, "Host with a blank"),
    (post("Host: a/b\r\n"), 400, "Host with a path"),
    (post("Host: a@b\r\n"), 400, "Host with a user"),
    (post("Host: a:b\r\n"), 400, "Host with a bad port"),
    (post("Host: [::1\r\n"), 400, "Host with half a bracket"),
    (post(host, version: "HTTP/2.0"), 505, "HTTP/2.0"),
    (post(host, version: "HTTP/0.9"), 505, "HTTP/0.9"),
    (post(host, version: "http/1.1"), 400, "version in lower case"),
    (post(host, version: "HTTP/1.10"), 400, "version too long"),
    (post(host, version: "HTTP/1.1 "), 400, "blank behind the version"),
    (" GET / HTTP/1.1\r\n", 400, "blank before the method"),
    ("GET  / HTTP/1.1\r\n", 400, "two blanks"),
    ("GET\t/ HTTP/1.1\r\n", 400, "tab"),
    ("GET /\r\n", 400, "HTTP/0.9 request"),
    ("GET /a b HTTP/1.1\r\n", 400, "blank in the target"),
    ("G(T / HTTP/1.1\r\n", 400, "method that is no token"),
    ("\r\n\r\nGET / HTTP/1.1\r\n", 400, "two empty lines"),
    ("GET /#x HTTP/1.1\r\n", 400, "fragment"),
    ("GET /\u{E9} HTTP/1.1\r\n", 400, "target beyond ASCII"),
    ("OPTIONS * HTTP/1.1\r\n", 400, "asterisk form"),
    ("CONNECT h:80 HTTP/1.1\r\n", 400, "authority form"),
    ("GET http:///x HTTP/1.1\r\n", 400, "no authority"),
    ("GET ftp://h/x HTTP/1.1\r\n", 400, "another scheme"),
    (post(host + "Authorization: Bearer a\r\nAuthorization: Bearer a\r\n"), 400, "two credentials"),
    (post(host + "Content-Type: application/json\r\ncontent-type: text/plain\r\n"), 400, "two types"),
    (post(host + "Idempotency-Key: a\r\nIdempotency-Key: b\r\n"), 400, "two idempotency keys"),
]

@Suite struct HTTPRequestParserTests {
    @Test(
        "a sound request reads the same whole, byte by byte, split anywhere and with others behind it",
        arguments: sound
    )
    func soundRequests(_ sample: (text: String, lines: [String])) {
        #expect(feedAllSplits(sample.text) == ParsedStream(requests: sample.lines))
    }

    @Test("an ambiguous message is refused however it is split, and nothing behind it is read", arguments: ambiguous)
    func ambiguousMessages(_ sample: (text: String, status: Int, why: String)) {
        let wanted = ParsedStream(refusal: sample.status)
        #expect(feedAllSplits(sample.text + "GET / HTTP/1.1\r\nHost: h\r\n\r\n") == wanted, "\(sample.why)")
    }

    @Test("a request line is taken up to its limit and refused with 414 past it")
    func requestLineLimit() {
        var limits = HTTPLimits()
        limits.requestLineBytesMax = 30
        let line = { (bytes: Int) in "GET /" + String(repeating: "a", count: bytes - 14) + " HTTP/1.0" }
        #expect(feedAllSplits(line(30) + crlf + crlf, limits: limits)?.requests.count == 1)
        #expect(feedAllSplits(line(31) + crlf + crlf, limits: limits)?.refusal == 414)
        #expect(feedAllSplits(String(repeating: "a", count: 33), limits: limits)?.refusal == 414)
    }

    @Test("a header section is taken up to its limits and refused with 431 past them")
    func headerLimits() {
        var limits = HTTPLimits()
        limits.headerBytesMax = 40
        limits.headerFieldsMax = 3
        let value = { (bytes: Int) in "GET / HTTP/1.0\r\nA:" + String(repeating: "b", count: bytes - 6) + crlf + crlf }
        #expect(feedAllSplits(value(40), limits: limits)?.requests.count == 1)
        #expect(feedAllSplits(value(41), limits: limits)?.refusal == 431)
        let fields = { (count: Int) in "GET / HTTP/1.0\r\n" + String(repeating: "A:b\r\n", count: count) + crlf }
        #expect(feedAllSplits(fields(3), limits: limits)?.requests.count == 1)
        #expect(feedAllSplits(fields(4), limits: limits)?.refusal == 431)
    }

    @Test("a body is taken up to its limit and refused with 413 past it, chunked or not")
    func bodyLimit() {
        var limits = HTTPLimits()
        limits.bodyBytesMax = 10
        let plain = { (bytes: Int) in post(host + "Content-Length: \(bytes)\r\n", String(repeating: "x", count: bytes))
        }
        #expect(feedAllSplits(plain(10), limits: limits)?.requests.count == 1)
        #expect(feedAllSplits(plain(11), limits: limits)?.refusal == 413)
        let chunked = { (last: Int) in
            post(
                host + "Transfer-Encoding: chunked\r\n",
                "5\r\nabcde\r\n\(last)\r\n\(String(repeating: "x", count: last))\r\n0\r\n\r\n"
            )
        }
        #expect(feedAllSplits(chunked(5), limits: limits)?.requests.count == 1)
        #expect(feedAllSplits(chunked(6), limits: limits)?.refusal == 413)
    }

    @Test("extensions of a chunk and trailers are bounded")
    func chunkLimits() {
        var limits = HTTPLimits()
        limits.chunkLineBytesMax = 12
        limits.headerFieldsMax = 2
        let chunked = { (text: String) in post(host + "Transfer-Encoding: chunked\r\n", text) }
        #expect(feedAllSplits(chunked("0;345678xx\r\n\r\n"), limits: limits)?.requests.count == 1)
        #expect(feedAllSplits(chunked("0;345678xxx\r\n\r\n"), limits: limits)?.refusal == 400)
        #expect(feedAllSplits(chunked("0\r\nA:b\r\nA:b\r\n\r\n"), limits: limits)?.requests.count == 1)
        #expect(feedAllSplits(chunked("0\r\nA:b\r\nA:b\r\nA:b\r\n\r\n"), limits: limits)?.refusal == 431)
    }

    @Test("a connection persists as its version and its Connection field say")
    func persistence() throws {
        let samples: [(String, Bool)] = [
            ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", true),
            ("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n", false),
            ("GET / HTTP/1.0\r\n\r\n", false), ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
            ("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false),
        ]
        for (text, isPersistent) in samples {
            var parser = HTTPRequestParser(limits: HTTPLimits())
            let bytes = Array(text.utf8)
            let isWhole = try bytes.withUnsafeBytes { try parser.parse($0) == .whole(consumed: bytes.count) }
            #expect(isWhole)
            #expect(parser.head.isPersistent == isPersistent, "\(text)")
        }
    }

    @Test("mutated streams never trap, and read the same whole and byte by byte")
    func mutations() {
        var generator = SeededGenerator.announced("HTTP mutations")
        let samples = sound.map { Array($0.text.utf8) } + ambiguous.map { Array($0.text.utf8) }
        for _ in 0..<10_000 {
            var stream = samples.randomElement(using: &generator) ?? []
            for _ in 0...Int.random(in: 0...3, using: &generator) { mutate(&stream, samples, &generator) }
            let whole = feed(stream, pieces: [stream.count])
            #expect(feed(stream, pieces: Array(repeating: 1, count: stream.count)) == whole)
        }
    }

    private func mutate(_ stream: inout [UInt8], _ samples: [[UInt8]], _ generator: inout SeededGenerator) {
        guard !stream.isEmpty else { return }
        let place = Int.random(in: 0..<stream.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: stream[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: stream.removeLast(stream.count - place)
        case 2: stream.insert(contentsOf: stream[..<place], at: place)
        case 3: stream.insert(Array("\r\n :;,0f/?#\u{0}".utf8).randomElement(using: &generator) ?? 0, at: place)
        case 4: stream.remove(at: place)
        default: stream += samples.randomElement(using: &generator) ?? []
        }
    }
}
