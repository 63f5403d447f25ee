import CLinux
import Glibc

/// Where a socket listens or connects to.
public enum SocketAddress: Sendable, Equatable, CustomStringConvertible {
    /// A path in the file system (unix(7)): 1 to 107 bytes.
    case unix(path: String)
    /// A numeric address or host name, and a port of 0 to 65535; with 0 the system chooses one.
    case internet(host: String, port: UInt16)

    /// Reads `HOST:PORT`; an IPv6 address stands in brackets: `[::1]:8080`.
    ///
    /// - Returns: `nil` when the text is not of that form.
    public init?(hostAndPort text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self = .internet(host: String(host), port: port)
    }

    /// The path, or host and port.
    public var description: String {
        switch self {
        case .unix(let path): path
        case .internet(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    /// Calls `body` with the address in the system's form.
    ///
    /// - Throws: ``SystemError``: `ENAMETOOLONG` for a path over 107 bytes, `EINVAL` for an empty one or one with a NUL,
    ///   `EADDRNOTAVAIL` for a host name that has no address.
    func withSystemAddress<R>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> R
    ) throws(SystemError) -> R {
        switch self {
        case .unix(let path): try Self.withUnixAddress(path, body)
        case .internet(let host, let port): try Self.withInternetAddress(host, port, body)
        }
    }

    /// The address family for socket(2).
    func family() throws(SystemError) -> Int32 {
        try withSystemAddress { address, _ in Int32(address.pointee.sa_family) }
    }

    private static func withUnixAddress<R>(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> R
    ) throws(SystemError) -> R {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, !bytes.contains(0) else { throw SystemError("bind", on: path, code: EINVAL) }
        // The terminating NUL has to fit as well (unix(7), "Pathname sockets").
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError("bind", on: path, code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return try withUnsafePointer(to: address) { pointer throws(SystemError) in
            let generic = UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            return try body(generic, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }

    private static func withInternetAddress<R>(
        _ host: String,
        _ port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> R
    ) throws(SystemError) -> R {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        defer { if let found { freeaddrinfo(found) } }
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found?.pointee,
            let address = first.ai_addr
        else { throw SystemError("getaddrinfo", on: host, code: EADDRNOTAVAIL) }
        return try body(address, first.ai_addrlen)
    }
}
