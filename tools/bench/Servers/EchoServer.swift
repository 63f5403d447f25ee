import Bytes
import CLinux
import Glibc
import ProtocolWire
import Reactor

/// The yardstick: one thread, one epoll set, our framing, and each frame goes back as it came.
///
/// It does what no server of these frames can avoid and nothing else: wait, read once a readiness, take frame by frame off the
/// input, put frame by frame on the output, write once.
struct EchoServer: ~Copyable {
    private let listener: Int32
    private let poller: EpollSet
    private var connections: [Int32: UnsafeMutablePointer<Peer>]

    private struct Peer: ~Copyable {
        let descriptor: Int32
        var input = ByteBuffer()
        var output = ByteBuffer()
        /// Whether the poller tells of room to write.
        var isBlocked = false
    }

    /// Binds the path, which must be free.
    init(path: String) throws(SystemError) {
        let listener = try Self.listen(on: path)
        let poller = try EpollSet()
        try poller.add(listener, token: UInt64(UInt32(bitPattern: listener)))
        self.listener = listener
        self.poller = poller
        connections = [:]
    }

    /// Serves until the process is ended.
    mutating func run() throws(SystemError) -> Never {
        while true {
            for index in 0..<(try poller.wait(milliseconds: -1)) {
                let descriptor = Int32(truncatingIfNeeded: poller.token(index))
                if descriptor == listener {
                    try accept()
                } else if let peer = connections[descriptor], try !serve(peer, hasBytes: poller.hasBytes(index)) {
                    drop(peer)
                }
            }
        }
    }

    private static func listen(on path: String) throws(SystemError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = try system("socket", on: path) { socket(AF_UNIX, kind, 0) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError("bind", on: path, code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        try withUnsafePointer(to: address) { pointer throws(SystemError) in
            let generic = UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            _ = try system("bind", on: path) { bind(descriptor, generic, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        try system("listen", on: path) { Glibc.listen(descriptor, 4_096) }
        return descriptor
    }

    private mutating func accept() throws(SystemError) {
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        while true {
            let descriptor = latchkey_accept4(listener, nil, nil, flags)
            guard descriptor >= 0 else { return }
            let peer = UnsafeMutablePointer<Peer>.allocate(capacity: 1)
            peer.initialize(to: Peer(descriptor: descriptor))
            connections[descriptor] = peer
            try poller.add(descriptor, token: UInt64(UInt32(bitPattern: descriptor)))
        }
    }

    private mutating func drop(_ peer: UnsafeMutablePointer<Peer>) {
        connections[peer.pointee.descriptor] = nil
        close(peer.pointee.descriptor)
        peer.deinitialize(count: 1)
        peer.deallocate()
    }

    /// Reads once, then sends what is whole.
    ///
    /// - Returns: False when the peer is gone.
    private func serve(_ peer: UnsafeMutablePointer<Peer>, hasBytes: Bool) throws(SystemError) -> Bool {
        // A peer that does not read gets no more of its bytes read.
        if hasBytes, peer.pointee.output.isEmpty {
            let room = peer.pointee.input.spare(atLeast: 16 * 1_024)
            let count = recv(peer.pointee.descriptor, room.baseAddress, room.count, 0)
            if count == 0 { return false }
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            peer.pointee.input.commit(count)
            guard Self.echo(&peer.pointee.input, to: &peer.pointee.output) else { return false }
        }
        return try send(peer)
    }

    private func send(_ peer: UnsafeMutablePointer<Peer>) throws(SystemError) -> Bool {
        let output = peer.pointee.output.readable
        guard output.count > 0 else { return true }
        let descriptor = peer.pointee.descriptor
        let sent = Glibc.send(descriptor, output.baseAddress, output.count, Int32(MSG_NOSIGNAL))
        if sent < 0, errno != EAGAIN, errno != EINTR { return false }
        peer.pointee.output.consume(max(0, sent))
        let isBlocked = !peer.pointee.output.isEmpty
        if isBlocked != peer.pointee.isBlocked {
            peer.pointee.isBlocked = isBlocked
            try poller.change(descriptor, token: UInt64(UInt32(bitPattern: descriptor)), wantsRoom: isBlocked)
        }
        return true
    }

    /// Moves the frames that have arrived whole.
    ///
    /// - Returns: False when one is too long to be a frame.
    static func echo(_ input: inout ByteBuffer, to output: inout ByteBuffer) -> Bool {
        while true {
            switch Frame.front(of: input.readable, limit: Frame.bytesMaxDefault) {
            case .incomplete: return true
            case .tooLong: return false
            case .whole(let frame):
                Frame.append(frame, to: &output)
                input.consume(Frame.headerBytes + frame.count)
            }
        }
    }
}
