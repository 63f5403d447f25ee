import Glibc
import JSONSyntax
import LatchkeyClient
import Synchronization
import Testing

/// A daemon that answers as its test says: a thread that accepts one connection after the other and hands it to the test.
final class FakeDaemon: Sendable {
    let path = temporaryPath()
    private let listener: Int32
    private let peer = OpenPeer()
    private let thread: pthread_t

    /// Serves until ``stop()``.
    ///
    /// - Parameter serve: Called with each connection and how many came before it; the connection is closed when it returns.
    /// - Throws: When the system grants no socket or no thread.
    init(_ serve: @escaping @Sendable (Peer, Int) -> Void) throws {
        let listener = try boundSocket(path)
        try #require(listen(listener, 16) == 0)
        self.listener = listener
        thread = try startThread { [peer] in
            var count = 0
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0, peer.begin(descriptor) else { return }
                serve(Peer(descriptor), count)
                peer.end()
                count += 1
            }
        }
    }

    /// Ends the thread, also in the middle of a connection.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        peer.stop()
        pthread_join(thread, nil)
        close(listener)
        unlink(path)
    }
}

/// Runs a test with a client of a fake daemon; both are gone afterwards.
func withDaemon(
    limits: LatchkeyClient.Limits = LatchkeyClient.Limits(),
    rootKey: String? = nil,
    _ serve: @escaping @Sendable (Peer, Int) -> Void,
    _ test: (LatchkeyClient) async throws -> Void
) async throws {
    let daemon = try FakeDaemon(serve)
    defer { daemon.stop() }
    try await test(LatchkeyClient(socket: daemon.path, rootKey: rootKey, limits: limits))
}

/// Expects that a call gives these data.
func expect(
    _ client: LatchkeyClient,
    _ method: String,
    _ params: JSONValue = [:],
    gives wanted: JSONValue,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let data = try await client.call(method, params).data
    #expect(data == wanted, sourceLocation: sourceLocation)
}

/// The connection that is served, so that another thread can end it.
private final class OpenPeer: Sendable {
    private let state = Mutex<(descriptor: Int32?, isStopped: Bool)>((nil, false))

    func begin(_ descriptor: Int32) -> Bool {
        state.withLock { state in
            guard !state.isStopped else {
                close(descriptor)
                return false
            }
            state.descriptor = descriptor
            return true
        }
    }

    func end() {
        state.withLock { state in
            if let descriptor = state.descriptor { close(descriptor) }
            state.descriptor = nil
        }
    }

    func stop() {
        state.withLock { state in
            if let descriptor = state.descriptor { shutdown(descriptor, Int32(SHUT_RDWR)) }
            state.isStopped = true
        }
    }
}

/// The daemon's end of one connection, used in step: it waits for what has to come.
final class Peer {
    let descriptor: Int32
    private var unread: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// The next request; `nil` at the end of the stream.
    func request() -> JSONValue? {
        guard let header = read(4) else { return nil }
        let length = header.reduce(0) { $0 << 8 | Int($1) }
        return read(length).flatMap { try? JSONValue(parsing: $0) }
    }

    func send(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Answers a request with data.
    func reply(to request: JSONValue, _ data: JSONValue, pagination: JSONValue? = nil) {
        send(frame(of: answer(to: request, data, pagination: pagination)))
    }

    /// Answers everything with its own parameters.
    func echo() {
        while let request = request() { reply(to: request, request["params"] ?? .null) }
    }

    /// Reads until the client closes.
    func waitForEnd() {
        while request() != nil {}
    }

    private func read(_ count: Int) -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while unread.count < count {
            let received = recv(descriptor, &chunk, chunk.count, 0)
            guard received > 0 else { return nil }
            unread += chunk[..<received]
        }
        defer { unread.removeFirst(count) }
        return Array(unread.prefix(count))
    }
}

/// A reply that holds data.
func answer(to request: JSONValue, _ data: JSONValue, pagination: JSONValue? = nil) -> JSONValue {
    var members = [
        JSONValue.Member(name: "id", value: request["id"] ?? .null),
        JSONValue.Member(name: "meta", value: ["requestId": "req_000000001"]),
        JSONValue.Member(name: "data", value: data),
    ]
    if let pagination { members.append(JSONValue.Member(name: "pagination", value: pagination)) }
    return .object(members)
}

func frame(of value: JSONValue) -> [UInt8] { frame(of: value.serialized) }

func frame(of text: String) -> [UInt8] {
    let length = UInt32(text.utf8.count)
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + Array(text.utf8)
}

// MARK: - The system

/// A name in the folder for temporary files that nobody else has.
func temporaryPath() -> String {
    "/tmp/latchkey-client-\(getpid())-\(UInt64.random(in: 0 ... .max)).sock"
}

/// A stream socket with an address, on which nobody listens.
func boundSocket(_ path: String) throws -> Int32 {
    let descriptor = newSocket()
    try #require(descriptor >= 0)
    try #require(withAddress(path) { bind(descriptor, $0, $1) } == 0)
    return descriptor
}

func newSocket() -> Int32 { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0) }

func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: address) { pointer in
        let generic = UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
        return body(generic, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
}

private final class ThreadStart {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func startThread(_ body: @escaping @Sendable () -> Void) throws -> pthread_t {
    var thread = pthread_t()
    let status = pthread_create(
        &thread,
        nil,
        { argument in
            guard let argument else { return nil }
            Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        },
        Unmanaged.passRetained(ThreadStart(body)).toOpaque()
    )
    try #require(status == 0)
    return thread
}
