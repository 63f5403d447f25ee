import CLinux
import Glibc

/// A listening socket of a reactor, and how a new connection's session is made.
final class Listener<Session> {
    let socket: ListeningSocket
    /// Connections that it may have past the limit for all.
    let reserve: Int
    let open: (Int32) -> Session?
    /// Whether the poller watches it; not while no more connections are taken.
    var isWatched = false

    init(_ socket: consuming ListeningSocket, reserve: Int, _ open: @escaping (Int32) -> Session?) {
        self.socket = socket
        self.reserve = reserve
        self.open = open
    }
}

extension Reactor {
    /// Accepts connections on a socket.
    ///
    /// - Parameters:
    ///   - socket: Owned by the reactor from now on.
    ///   - reserve: Connections that it may have when all others have taken what the limit allows.
    ///   - open: Makes the session of a new connection from its descriptor; `nil` turns the peer away.
    /// - Throws: ``SystemError`` when the poller takes no more descriptors.
    public func listen(
        on socket: consuming ListeningSocket,
        reserve: Int = 0,
        open: @escaping (Int32) -> Service.Session?
    ) throws(SystemError) {
        let listener = Listener(socket, reserve: reserve, open)
        if !areListenersPaused {
            try poller.add(listener.socket.descriptor, token: Token.listener(listeners.count).bits, interest: .read)
            listener.isWatched = true
        }
        listeners.append(listener)
    }

    /// Closes the listening sockets; open connections stay.
    ///
    /// For a graceful end.
    public func stopListening() {
        for listener in listeners where listener.isWatched { poller.remove(listener.socket.descriptor) }
        listeners.removeAll()
    }

    /// Takes over a connected, non-blocking socket.
    ///
    /// - Parameters:
    ///   - descriptor: Owned by the reactor from now on.
    ///   - session: What the service keeps for it.
    ///   - highWaterBytes: Waiting output past which it is not read; `nil` for that of ``limits``. A client that sends requests on
    ///     the connection must go on reading replies whatever waits to be sent, or both ends wait for each other.
    /// - Returns: The connection, open.
    /// - Throws: ``SystemError`` when the poller takes no more descriptors; the socket is closed then.
    @discardableResult
    public func adopt(
        _ descriptor: Int32,
        session: Service.Session,
        highWaterBytes: Int? = nil
    ) throws(SystemError) -> Connection<Service.Session> {
        let highWaterBytes = highWaterBytes ?? limits.highWaterBytes
        let connection = slots.insert { id in
            Connection(id: id, descriptor: descriptor, session: session, highWaterBytes: highWaterBytes)
        }
        do throws(SystemError) {
            try poller.add(descriptor, token: connection.id.token, interest: .read)
        } catch {
            connection.state = .closed
            slots.remove(connection.id)
            Glibc.close(descriptor)
            throw error
        }
        return connection
    }

    func acceptAll(_ listener: Listener<Service.Session>) {
        // Bounded, so that a flood of connections does not starve the ones that are there.
        for _ in 0..<64 {
            guard hasRoom(for: listener) else { return pauseListeners { !hasRoom(for: $0) } }
            let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let descriptor = latchkey_accept4(listener.socket.descriptor, nil, nil, flags)
            guard descriptor >= 0 else {
                switch errno {
                case EINTR, ECONNABORTED: continue
                case EAGAIN: return
                default:
                    // Out of descriptors or memory: the backlog keeps the peers until a connection closes, or a moment passes.
                    pauseListeners { _ in true }
                    return schedule(afterMilliseconds: 100) { [unowned self] in resumeListeners() }
                }
            }
            open(descriptor, of: listener)
        }
    }

    private func open(_ descriptor: Int32, of listener: Listener<Service.Session>) {
        if case .internet = listener.socket.address {
            // A reply is written whole; waiting for more to send with it only delays it (tcp(7), TCP_NODELAY).
            var on: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        guard let session = listener.open(descriptor) else {
            Glibc.close(descriptor)
            return
        }
        // A refusal by the poller has closed the socket: there is nothing else to do for this peer.
        if let connection = try? adopt(descriptor, session: session) { service.opened(connection, in: self) }
    }

    private func hasRoom(for listener: Listener<Service.Session>) -> Bool {
        slots.count < limits.connectionsMax + listener.reserve
    }

    private func pauseListeners(_ isFull: (Listener<Service.Session>) -> Bool) {
        areListenersPaused = true
        for listener in listeners where listener.isWatched && isFull(listener) {
            poller.remove(listener.socket.descriptor)
            listener.isWatched = false
        }
    }

    func resumeListeners() {
        guard areListenersPaused else { return }
        areListenersPaused = false
        for (index, listener) in listeners.enumerated() where !listener.isWatched {
            guard hasRoom(for: listener) else {
                areListenersPaused = true
                continue
            }
            do throws(SystemError) {
                try poller.add(listener.socket.descriptor, token: Token.listener(index).bits, interest: .read)
                listener.isWatched = true
            } catch {
                areListenersPaused = true
            }
        }
    }
}
