import Bytes
import CLinux
import Glibc

@testable import Reactor

/// A service to try the reactor with: lines in, lines out, and a few words that make it do what services do.
final class LineService: ReactorService {
    struct Session {
        /// Lines that were held back, to be answered later.
        var held: [String] = []
    }

    /// What the reactor told the service, in order, without the lines.
    var journal: [String] = []
    /// Every line that came in, in order.
    var lines: [String] = []
    /// How often bytes were offered.
    var offers = 0
    /// Called before the word's own meaning.
    var onLine: (String, Connection<Session>, Reactor<LineService>) -> Void = { _, _, _ in }
    var onClosed: (Connection<Session>, Reactor<LineService>) -> Void = { _, _ in }

    func receive(
        _ bytes: UnsafeRawBufferPointer,
        on connection: Connection<Session>,
        in reactor: Reactor<LineService>
    ) -> Int {
        offers += 1
        var consumed = 0
        while connection.wantsInput, let end = bytes[consumed...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: bytes[consumed..<end], as: UTF8.self)
            consumed = end + 1
            lines.append(line)
            onLine(line, connection, reactor)
            answer(line, connection, reactor)
        }
        return consumed
    }

    private func answer(_ line: String, _ connection: Connection<Session>, _ reactor: Reactor<LineService>) {
        let argument = line.drop { $0 != " " }.dropFirst()
        switch line.prefix(while: { $0 != " " }) {
        case "hold":
            reactor.hold(connection)
            connection.session.held.append(String(argument))
        case "big":
            connection.output.append([UInt8](repeating: UInt8(ascii: "x"), count: Int(argument) ?? 0))
            reply("", connection, reactor)
        case "bye":
            reply(String(argument), connection, reactor)
            reactor.closeAfterFlush(connection)
        case "drop":
            reactor.drop(connection)
        case "quiet":
            break
        default:
            reply(line, connection, reactor)
        }
    }

    func reply(_ line: String, _ connection: Connection<Session>, _ reactor: Reactor<LineService>) {
        connection.output.append(line)
        connection.output.append(UInt8(ascii: "\n"))
        reactor.flush(connection)
    }

    /// Answers the lines that are held and lets the connection go on.
    func release(_ connection: Connection<Session>, _ reactor: Reactor<LineService>) {
        for line in connection.session.held { reply(line, connection, reactor) }
        connection.session.held = []
        reactor.resume(connection)
    }

    func peerFinished(_ connection: Connection<Session>, in reactor: Reactor<LineService>) {
        journal.append("finished")
        if connection.session.held.isEmpty { reactor.closeAfterFlush(connection) }
    }

    func deadlinePassed(_ connection: Connection<Session>, in reactor: Reactor<LineService>) {
        journal.append("deadline")
    }

    func closed(_ connection: Connection<Session>, because reason: CloseReason, in reactor: Reactor<LineService>) {
        journal.append("closed: \(reason.rawValue)")
        onClosed(connection, reactor)
    }

    func turnBegins(in reactor: Reactor<LineService>) {}
    func turnEnds(in reactor: Reactor<LineService>) {}
}

extension Reactor {
    /// Turns the loop until the condition holds: each turn ends with the event it waits for, so nothing sleeps.
    ///
    /// - Returns: Whether it came to hold.
    func turn(until condition: () -> Bool) throws -> Bool {
        for _ in 0..<20_000 {
            if condition() { return true }
            let wait = waitMilliseconds()
            try turn(waitingUpTo: wait < 0 ? 1 : wait)
        }
        return condition()
    }

    /// Turns the loop until nothing is ready at once.
    func settle() throws {
        for _ in 0..<8 { try turn(waitingUpTo: 0) }
    }
}

/// The other end of a connection: a non-blocking socket and plain system calls.
final class Peer {
    private(set) var descriptor: Int32
    /// Everything that has arrived.
    private(set) var received: [UInt8] = []
    /// Whether the other side has closed or reset.
    private(set) var isOver = false

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close()
    }

    var text: String { String(decoding: received, as: UTF8.self) }

    /// Sends all of it, or as much as the socket takes.
    @discardableResult
    func send(_ text: String) -> Int {
        let bytes = Array(text.utf8)
        return Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Reads what is there.
    func receive() {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else {
                if count == 0 || errno != EAGAIN { isOver = true }
                return
            }
            received += chunk[..<count]
        }
    }

    /// Says that nothing more will be sent.
    func finish() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}

/// A reactor with a line service, and the peers of connections that it adopted.
struct LineFixture {
    let service = LineService()
    let reactor: Reactor<LineService>
    /// Keeps the other ends open that a test does not look at.
    private let others = Others()

    private final class Others { var peers: [Peer] = [] }

    init(_ change: (inout ConnectionLimits) -> Void = { _ in }) throws {
        var limits = ConnectionLimits()
        change(&limits)
        reactor = try Reactor(serving: service, limits: limits)
    }

    func connect() throws -> (connection: Connection<LineService.Session>, peer: Peer) {
        let (left, right) = try socketPair()
        let peer = Peer(right)
        others.peers.append(peer)
        return (try reactor.adopt(left, session: LineService.Session()), peer)
    }

    /// Turns the loop until the peer has received so many bytes.
    func turn(until peer: Peer, has count: Int) throws -> Bool {
        try reactor.turn {
            peer.receive()
            return peer.received.count >= count
        }
    }

    /// Turns the loop until the peer has read everything up to the end of the connection.
    func turnToEnd(of peer: Peer) throws -> Bool {
        try reactor.turn {
            peer.receive()
            return peer.isOver
        }
    }
}

/// Two connected, non-blocking stream sockets.
func socketPair() throws -> (Int32, Int32) {
    var pair: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    try system("socketpair") { socketpair(AF_UNIX, kind, 0, &pair) }
    return (pair[0], pair[1])
}

/// What the descriptors of this process lead to: `socket:[4711]`, `anon_inode:[signalfd]`, paths.
func openDescriptors() -> [String] {
    guard let folder = opendir("/proc/self/fd") else { return [] }
    defer { closedir(folder) }
    var targets: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        var target = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/fd/\(name)", &target, target.count - 1)
        guard length > 0 else { continue }
        targets.append(String(decoding: target[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return targets
}

/// The name that ``openDescriptors()`` has for a socket.
func socketName(of descriptor: Int32) -> String {
    var status = stat()
    fstat(descriptor, &status)
    return "socket:[\(status.st_ino)]"
}

/// A folder of its own under the system's temporary one, removed with what is in it.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/latchkey-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError.current("mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            unlink("\(path)/\(name)")
        }
        closedir(folder)
        rmdir(path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }
}
