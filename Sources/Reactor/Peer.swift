import CLinux
import Glibc

/// The process at the other end of a Unix-domain socket, as the kernel attests it (`SO_PEERCRED`, unix(7)).
public struct PeerCredentials: Sendable, Equatable {
    /// Process id at the time of the connection.
    public let processID: Int32
    /// Effective user id.
    public let userID: UInt32

    /// Asks the kernel about a connected socket.
    ///
    /// - Returns: `nil` when the socket is not of the Unix domain.
    public init?(of descriptor: Int32) {
        var domain: Int32 = 0
        var domainLength = socklen_t(MemoryLayout<Int32>.size)
        // Asked first: of an internet socket the kernel would tell a process 0 of user -1.
        guard getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &domainLength) == 0, domain == AF_UNIX else {
            return nil
        }
        var credentials = latchkey_peer_credentials()
        var length = socklen_t(MemoryLayout<latchkey_peer_credentials>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0,
            length == socklen_t(MemoryLayout<latchkey_peer_credentials>.size)
        else { return nil }
        processID = credentials.pid
        userID = credentials.uid
    }
}

/// The numeric address of the peer of an internet connection, without its port; `nil` for any other socket.
public func peerAddress(of descriptor: Int32) -> String? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let isKnown = withUnsafeMutablePointer(to: &storage) { storage in
        let generic = UnsafeMutableRawPointer(storage).assumingMemoryBound(to: sockaddr.self)
        guard getpeername(descriptor, generic, &length) == 0, generic.pointee.sa_family != sa_family_t(AF_UNIX) else {
            return false
        }
        return getnameinfo(generic, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
    }
    guard isKnown else { return nil }
    return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
}
