import Glibc

/// What systemd offers a program that it starts: to be told of its state, and to open its sockets (sd_notify(3),
/// sd_listen_fds(3)).
///
/// Without systemd nothing happens.
public enum ServiceManager {
    /// A socket that the service manager opened.
    public struct InheritedSocket: Sendable, Equatable {
        /// Its descriptor.
        public let descriptor: Int32
        /// `FileDescriptorName=` of its unit; empty where there is none.
        public let name: String
    }

    /// Tells the service manager something, such as `READY=1` or `STOPPING=1`.
    public static func notify(_ state: String, environment: [String: String]) {
        guard let path = environment["NOTIFY_SOCKET"], let first = path.utf8.first else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        if first == UInt8(ascii: "@") { bytes[0] = 0 }  // The abstract name space of unix(7).
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let message = Array(state.utf8)
        withUnsafePointer(to: &address) { pointer in
            let generic = UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            // Who is not listening will not be told; there is nobody to complain to.
            _ = sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), generic, length)
        }
    }

    /// The sockets that were passed to this process, in the order of the unit.
    public static func inheritedSockets(environment: [String: String]) -> [InheritedSocket] {
        guard environment["LISTEN_PID"].flatMap(Int32.init) == getpid(),
            let count = environment["LISTEN_FDS"].flatMap(Int32.init), count > 0
        else { return [] }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        return (0..<count).map { index in
            let name = Int(index) < names.count ? String(names[Int(index)]) : ""
            return InheritedSocket(descriptor: 3 + index, name: name)
        }
    }
}

/// The environment of this process.
public func processEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
        entry += 1
    }
    return variables
}
