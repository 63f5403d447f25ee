import CLinux
import Glibc

/// A socket that waits for connections; non-blocking, closed on exec.
public struct ListeningSocket: ~Copyable, Sendable {
    let descriptor: Int32
    /// Where it listens; for port 0 the port that the system chose.
    public let address: SocketAddress
    /// The socket file that was made here; `nil` where there is none.
    private let file: SocketFile?

    /// Binds and listens.
    ///
    /// A socket file that nobody answers on is replaced. One that answers is another server's: refused with `EADDRINUSE`.
    /// (`flock` on the database keeps two daemons apart before this is reached; this protects everybody else.)
    ///
    /// - Parameters:
    ///   - address: Path or host and port.
    ///   - mode: Permissions of a socket file, such as `0o660`.
    ///   - backlog: Connections that may wait to be accepted; the system caps it.
    /// - Throws: ``SystemError``.
    public init(_ address: SocketAddress, mode: UInt32 = 0o660, backlog: Int32 = 4_096) throws(SystemError) {
        if case .unix(let path) = address { try Self.removeStaleSocket(path) }
        let descriptor = try Self.open(address)
        do throws(SystemError) {
            try Self.bind(descriptor, to: address, mode: mode)
            try system("listen", on: address.description) { listen(descriptor, backlog) }
            self.address = try Self.resolve(address, of: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        if case .unix(let path) = address { file = SocketFile(path) } else { file = nil }
    }

    /// Takes over a listening socket that a parent process opened, such as systemd's socket activation (sd_listen_fds(3)).
    ///
    /// - Throws: ``SystemError``: `EBADF` and `ENOTSOCK` when the descriptor is not an open socket, `EINVAL` when the socket does
    ///   not listen.
    public init(inherited descriptor: Int32, as address: SocketAddress) throws(SystemError) {
        var isListening: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        try system("getsockopt", on: address.description) {
            getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length)
        }
        guard isListening != 0 else { throw SystemError("accept", on: address.description, code: EINVAL) }
        let flags = try system("fcntl", on: address.description) { fcntl(descriptor, F_GETFL) }
        try system("fcntl", on: address.description) { fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) }
        try system("fcntl", on: address.description) { fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        self.descriptor = descriptor
        self.address = address
        file = nil
    }

    deinit {
        // The file goes first: while it is there, somebody may connect to a socket that nobody will accept on.
        // A file that somebody else has put in its place since is theirs.
        if let file, case .unix(let path) = address, SocketFile(path) == file { unlink(path) }
        close(descriptor)
    }

    private static func open(_ address: SocketAddress) throws(SystemError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let family = try address.family()
        let descriptor = try system("socket", on: address.description) { socket(family, kind, 0) }
        if case .internet = address {
            var on: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        return descriptor
    }

    private static func bind(_ descriptor: Int32, to address: SocketAddress, mode: UInt32) throws(SystemError) {
        // Between bind and chmod a file of wider permissions would be open to anyone; the mask closes that gap.
        let mask = umask(0o777 & ~mode)
        defer { umask(mask) }
        try address.withSystemAddress { pointer, length throws(SystemError) in
            _ = try system("bind", on: address.description) { Glibc.bind(descriptor, pointer, length) }
        }
        if case .unix(let path) = address {
            try system("chmod", on: path) { chmod(path, mode) }
        }
    }

    private static func removeStaleSocket(_ path: String) throws(SystemError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SystemError("bind", on: path, code: EEXIST) }
        do throws(SystemError) {
            close(try connectedSocket(to: .unix(path: path)))
        } catch {
            if error.code == ECONNREFUSED { unlink(path) }
            return
        }
        throw SystemError("bind", on: path, code: EADDRINUSE)
    }

    private static func resolve(_ address: SocketAddress, of descriptor: Int32) throws(SystemError) -> SocketAddress {
        guard case .internet(let host, _) = address else { return address }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let port = withUnsafeMutablePointer(to: &storage) { storage -> UInt16? in
            let generic = UnsafeMutableRawPointer(storage).assumingMemoryBound(to: sockaddr.self)
            guard getsockname(descriptor, generic, &length) == 0 else { return nil }
            // The port lies at the same place in sockaddr_in and sockaddr_in6.
            return UInt16(bigEndian: UnsafeRawPointer(storage).load(fromByteOffset: 2, as: UInt16.self))
        }
        guard let port else { throw .current("getsockname", on: address.description) }
        return .internet(host: host, port: port)
    }
}

/// What tells one socket file from another of the same path.
private struct SocketFile: Equatable {
    let device: dev_t
    let number: ino_t

    /// The file at a path; `nil` where there is none.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = status.st_dev
        number = status.st_ino
    }
}

/// Opens a non-blocking stream socket and connects it.
///
/// To a Unix-domain address the answer is immediate. `EAGAIN` there means that the listener's backlog is full.
///
/// - Returns: The descriptor, owned by the caller.
/// - Throws: ``SystemError`` of the call that failed.
public func connectedSocket(to address: SocketAddress) throws(SystemError) -> Int32 {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let family = try address.family()
    let descriptor = try system("socket", on: address.description) { socket(family, kind, 0) }
    do throws(SystemError) {
        try address.withSystemAddress { pointer, length throws(SystemError) in
            _ = try system("connect", on: address.description) { connect(descriptor, pointer, length) }
        }
    } catch {
        guard error.code == EINPROGRESS else {
            close(descriptor)
            throw error
        }
    }
    return descriptor
}
