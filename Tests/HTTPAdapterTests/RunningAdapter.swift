import Glibc
import JSONSyntax
import Program
import Reactor
import Testing

@testable import HTTPAdapter

/// One end of a stream socket, used in step with the test: it waits for what has to come, and gives up after ten seconds.
final class Wire {
    fileprivate let descriptor: Int32
    private var unread: [UInt8] = []

    init(_ descriptor: Int32) throws {
        try #require(descriptor >= 0)
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK)
    }

    deinit { close(descriptor) }

    static func client(ofPort port: UInt16) throws -> Wire {
        try Wire(try connectedSocket(to: .internet(host: "127.0.0.1", port: port)))
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }

    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// The next bytes; fewer at the end of the stream.
    func read(_ count: Int) -> [UInt8] {
        while unread.count < count, receive() {}
        defer { unread.removeFirst(min(count, unread.count)) }
        return Array(unread.prefix(count))
    }

    var isAtEnd: Bool { unread.isEmpty && !receive() }

    private func receive() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        unread += chunk[..<count]
        return true
    }
}

// MARK: - HTTP

struct HTTPReply {
    var status = 0
    var fields: [String: String] = [:]
    var body = ""
}

extension Wire {
    func post(_ method: String, _ body: String = "{}", _ fields: String = "") {
        send(
            """
            POST /v2/\(method) HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n\
            Content-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)
            """
        )
    }

    func reply(hasBody: Bool = true) -> HTTPReply {
        var reply = HTTPReply()
        reply.status = Int(line().split(separator: " ").dropFirst().first ?? "") ?? 0
        while true {
            let parts = line().split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { break }
            reply.fields[parts[0].lowercased()] = parts[1].drop { $0 == " " }.description
        }
        let count = Int(reply.fields["content-length"] ?? "") ?? 0
        if hasBody { reply.body = String(decoding: read(count), as: UTF8.self) }
        return reply
    }

    private func line() -> String {
        var line: [UInt8] = []
        while let byte = read(1).first, byte != UInt8(ascii: "\n") { line.append(byte) }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
    }
}

// MARK: - Frames

extension Wire {
    /// The next frame.
    func frame() throws -> JSONValue {
        let length = read(4).reduce(0) { $0 << 8 | Int($1) }
        return try JSONValue(parsing: read(length))
    }

    /// Sends a reply to a frame.
    func answer(_ request: JSONValue, _ members: String, meta: String = #"{"requestId":"req_123456789"}"#) {
        let json = "{\"id\":\(request["id"]?.integer ?? -1),\"meta\":\(meta),\(members)}"
        let length = UInt32(json.utf8.count)
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + Array(json.utf8)
        #expect(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
    }
}

/// The daemon's socket, answered by the test itself.
final class FakeDaemon {
    let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        unlink(path)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) { pointer in
            let generic = UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            return bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
        try #require(result == 0)
        try #require(listen(descriptor, 8) == 0)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The adapter's connection, its question for the list of procedures answered.
    func accept(procedures: [String] = ["keys.verifyKey", "system.getHealth", "workspace.getLimits"]) throws -> Wire {
        let (wire, question) = try acceptAsked()
        let list = JSONValue.array(procedures.map { ["method": .string($0)] })
        wire.answer(question, "\"data\":\(list.serialized)")
        return wire
    }

    /// The adapter's connection, and its question for the list of procedures.
    func acceptAsked() throws -> (Wire, question: JSONValue) {
        let wire = try Wire(Glibc.accept(descriptor, nil, nil))
        let question = try wire.frame()
        #expect(question["method"]?.string == "system.listProcedures")
        return (wire, question)
    }
}

/// An adapter on a thread of its own.
struct RunningAdapter: ~Copyable {
    let port: UInt16
    private let end: Mailbox<Int>
    private let thread: WorkerThread

    init(_ configuration: AdapterConfiguration) throws {
        let started = try Mailbox<UInt16>(capacity: 1, isPolled: false)
        let end = try Mailbox<Int>(capacity: 1, isPolled: true)
        let thread = try WorkerThread(name: "adapter") {
            do throws(SystemError) {
                let adapter = Adapter(configuration, log: Log(program: "test", level: .error))
                let reactor = try Reactor(serving: adapter)
                let socket = try ListeningSocket(.internet(host: "127.0.0.1", port: 0))
                guard case .internet(_, let port) = socket.address else { return }
                try adapter.listen(on: socket, in: reactor)
                try reactor.receive(from: end) { [unowned reactor] _ in adapter.drain(reactor) }
                adapter.start(in: reactor)
                _ = started.post(port)
                try reactor.run()
            } catch {
                Issue.record("the adapter failed: \(error)")
                started.close()
            }
        }
        let port = started.waitForOne()
        #expect(port != nil)
        self.port = port ?? 0
        self.end = end
        self.thread = thread
    }

    /// Tells the adapter to drain.
    func drain() { _ = end.post(0) }

    /// Waits for its end.
    consuming func join() { thread.join() }
}

func temporaryPath() -> String {
    "/tmp/latchkey-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
}
