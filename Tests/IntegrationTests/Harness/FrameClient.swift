import Glibc

/// A connection that sends and receives frames, as `protocol/frames.md` says; it knows nothing of the product's code.
final class FrameClient: @unchecked Sendable {
    // Sendable because all its state is a descriptor that does not change until the last reference is gone; tests read and
    // write from different threads, as the system allows.
    let descriptor: Int32

    init(_ path: String, receiveBufferBytes: Int32? = nil) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure("socket: errno \(errno)") }
        if var bytes = receiveBufferBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        // A daemon that does not answer fails the test instead of stopping the run.
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { [descriptor] in
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw Failure("connect to \(path): errno \(errno)") }
    }

    deinit { close(descriptor) }

    /// Sends bytes as they are.
    func send(raw bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure("send: errno \(errno)") }
            sent += count
        }
    }

    /// Sends a frame of these bytes.
    func send(frame json: [UInt8]) throws { try send(raw: Self.header(json.count) + json) }
    func send(frame json: String) throws { try send(frame: Array(json.utf8)) }

    /// The next frame without its length; `nil` at the end of the stream.
    func receive() throws -> [UInt8]? {
        guard let header = try receive(4, orEnd: true) else { return nil }
        return try receive(header.reduce(0) { $0 << 8 | Int($1) }, orEnd: false)
    }

    func receiveJSON() throws -> JSON? { try receive().map { try JSON(parsing: $0) } }

    /// Says that nothing more will be sent.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    func setBlocking(_ isBlocking: Bool) {
        let flags = fcntl(descriptor, F_GETFL) & ~O_NONBLOCK
        _ = fcntl(descriptor, F_SETFL, isBlocking ? flags : flags | O_NONBLOCK)
    }

    static func header(_ count: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - $0 * 8)) } }

    private func receive(_ count: Int, orEnd: Bool) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            let some = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress.map { $0 + received }, count - received, 0)
            }
            if some == 0, received == 0, orEnd { return nil }
            if some < 0, errno == ECONNRESET, orEnd { return nil }
            guard some > 0 else { throw Failure(some == 0 ? "the stream ends inside a frame" : "recv: errno \(errno)") }
            received += some
        }
        return bytes
    }
}

/// What a test cannot go on after.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
