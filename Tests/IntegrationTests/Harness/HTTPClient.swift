import Glibc
import Testing

/// A TCP connection that sends bytes as they are and reads HTTP replies; it knows nothing of the product's code.
final class HTTPClient {
    let descriptor: Int32
    private var received: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure("socket: errno \(errno)") }
        // An adapter that does not answer fails the test instead of stopping the run.
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var isOn: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { [descriptor] in
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure("connect to port \(port): errno \(errno)") }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws { try send(raw: Array(text.utf8)) }

    /// Sends bytes; a peer that does not want them any more is no failure, its reply says why.
    func send(raw bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EPIPE || errno == ECONNRESET { return }
            guard count > 0 else { throw Failure("send: errno \(errno)") }
            sent += count
        }
    }

    func send(_ request: HTTPRequest) throws { try send(request.text) }

    /// Says that nothing more will be sent.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Sends a request and reads its reply.
    func reply(to request: HTTPRequest) throws -> HTTPReply {
        try send(request)
        return try receive(withBody: request.method != "HEAD")
    }

    /// The next reply, which has to come.
    func receive(withBody: Bool = true) throws -> HTTPReply {
        try #require(try next(withBody: withBody), "the connection was closed without a reply")
    }

    /// The next reply; `nil` at the end of the stream.
    func next(withBody: Bool = true) throws -> HTTPReply? {
        var searched = 0
        while true {
            if let end = received[searched...].firstRange(of: Array("\r\n\r\n".utf8))?.upperBound {
                var reply = try HTTPReply(head: received[..<end])
                received.removeFirst(end)
                if withBody, reply.status != 100 { reply.body = try take(try reply.contentLength) }
                return reply
            }
            searched = max(0, received.count - 3)
            if try !fill() {
                guard received.isEmpty else { throw Failure("the stream ends inside a head") }
                return nil
            }
        }
    }

    /// Whether the adapter has closed the connection and sent nothing before.
    func isClosed() throws -> Bool { try received.isEmpty && !fill() }

    private func take(_ count: Int) throws -> [UInt8] {
        while received.count < count {
            guard try fill() else { throw Failure("the stream ends inside a body") }
        }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    private func fill() throws -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64 * 1_024)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count < 0, errno == ECONNRESET { return false }
        guard count >= 0 else { throw Failure("recv: errno \(errno)") }
        received += bytes[..<count]
        return count > 0
    }
}

/// A request, well-formed unless its parts are not.
struct HTTPRequest {
    var method = "POST"
    var target: String
    var version = "HTTP/1.1"
    /// Lines of the header section, beside `Content-Length`.
    var fields = ["Host: latchkey"]
    var body: String?

    /// A call of a procedure as a client makes it.
    static func call(_ procedure: String, _ body: String = "{}", auth: String? = nil, _ fields: String...)
        -> HTTPRequest
    {
        var request = HTTPRequest(target: "/v2/\(procedure)", body: body)
        request.fields.append("Content-Type: application/json")
        if let auth { request.fields.append("Authorization: Bearer \(auth)") }
        request.fields += fields
        return request
    }

    static func get(_ target: String, _ fields: String...) -> HTTPRequest {
        HTTPRequest(method: "GET", target: target, fields: ["Host: latchkey"] + fields)
    }

    var head: String {
        let length = body.map { ["Content-Length: \($0.utf8.count)"] } ?? []
        return (["\(method) \(target) \(version)"] + fields + length).joined(separator: "\r\n") + "\r\n\r\n"
    }

    var text: String { head + (body ?? "") }
}

/// What came back.
struct HTTPReply {
    let status: Int
    let statusLine: String
    let fields: [(name: String, value: String)]
    var body: [UInt8] = []

    /// Reads status line and fields strictly, line by line (RFC 9112 §4 and §5).
    init(head: ArraySlice<UInt8>) throws {
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        statusLine = String(lines[0])
        let match = try #require(try /HTTP\/1\.1 ([1-5][0-9][0-9]) [\x20-\x7E]*/.wholeMatch(in: lines[0]))
        status = try #require(Int(match.1))
        fields = try lines.dropFirst().dropLast(2).map { line in
            let match = try #require(try /([A-Za-z-]+): ([\x21-\x7E][\x20-\x7E]*)/.wholeMatch(in: line), "\(line)")
            return (String(match.1).lowercased(), String(match.2))
        }
    }

    /// The values of a field, by its name in lower case.
    subscript(name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    var contentLength: Int {
        get throws {
            let lengths = self["content-length"]
            return try #require(lengths.count == 1 ? lengths.first.flatMap { Int($0) } : nil, "\(fields)")
        }
    }

    var closes: Bool { self["connection"] == ["close"] }

    var json: JSON { get throws { try JSON(parsing: body) } }

    /// The envelope, after everything around it has been held against `conventions.md` §2, §5 and §10.
    func envelope(_ location: SourceLocation = #_sourceLocation) throws -> Reply {
        let reply = try Reply(try json)
        #expect(reply.status == status, "\(reply.detail)", sourceLocation: location)
        #expect(reply.id == nil, sourceLocation: location)
        #expect(self["www-authenticate"] == (status == 401 ? ["Bearer"] : []), sourceLocation: location)
        let types = status == 200 ? ["application/json"] : ["application/json", "application/problem+json"]
        #expect(self["content-type"].count == 1, sourceLocation: location)
        #expect(types.contains(self["content-type"].first ?? ""), sourceLocation: location)
        let date = /(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d GMT/
        #expect(self["date"].count == 1 && self["date"][0].wholeMatch(of: date) != nil, sourceLocation: location)
        #expect(!fields.contains { $0.name.hasPrefix("access-control-") }, sourceLocation: location)
        return reply
    }
}
