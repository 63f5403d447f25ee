import Bytes
import Glibc

/// One thread, one poller, every connection.
///
/// Nothing here blocks but the poller's wait. The reactor knows sockets, not messages: bytes go to the service it was made
/// with, and what the service appends to a connection's output goes out at the end of the turn, in one write.
public final class Reactor<Service: ReactorService> {
    /// The time of this turn; read once a turn.
    public private(set) var now = MonotonicTime.read()
    /// Bounds of each connection.
    public let limits: ConnectionLimits

    let service: Service
    let poller: Poller
    var slots = ConnectionSlots<Service.Session>()
    var timers = Timers<TimerTarget>()
    var listeners: [Listener<Service.Session>] = []
    var sources: [Source] = []
    /// Connections that wait for the end of the turn to have their output sent.
    var unflushed: [Connection<Service.Session>] = []
    /// Connections with input that the service may want now.
    var resumable: [Connection<Service.Session>] = []
    var areListenersPaused = false
    private var isStopping = false
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1_024, alignment: 64)

    /// A reactor without listeners.
    ///
    /// - Throws: ``SystemError`` when no poller can be had.
    public init(serving service: Service, limits: ConnectionLimits = ConnectionLimits()) throws(SystemError) {
        self.service = service
        self.limits = limits
        poller = try Poller()
    }

    deinit {
        slots.forEach { connection in Glibc.close(connection.descriptor) }
        for case let descriptor? in sources.map(\.ownedDescriptor) { Glibc.close(descriptor) }
        scratch.deallocate()
    }

    /// Number of open connections.
    public var connectionCount: Int { slots.count }

    /// Turns the loop until ``stop()`` is called.
    ///
    /// - Throws: ``SystemError`` when the poller itself fails, which nothing can be done about.
    public func run() throws(SystemError) {
        while !isStopping { try turn(waitingUpTo: waitMilliseconds()) }
    }

    /// One turn: waits until something is ready, then does all of it.
    func turn(waitingUpTo milliseconds: Int32) throws(SystemError) {
        let count = try poller.wait(upTo: milliseconds)
        now = .read()  // One time for the whole turn.
        service.turnBegins(in: self)
        for index in 0..<count { dispatch(poller.event(index)) }
        fireTimers()
        resumeAll()
        service.turnEnds(in: self)
        flushAll()  // Last, and one write a connection.
    }

    /// Ends ``run()`` after the current turn; connections are closed when the reactor is released.
    public func stop() {
        isStopping = true
    }

    /// The open connection of that name, or `nil` when it is gone.
    public func connection(_ id: ConnectionID) -> Connection<Service.Session>? {
        slots[id]
    }

    /// Calls `body` with every open connection.
    public func forEachConnection(_ body: (Connection<Service.Session>) -> Void) {
        slots.forEach(body)
    }

    /// How long a turn may wait: not at all while work is left over, else until the next timer; -1 without end.
    func waitMilliseconds() -> Int32 {
        if !resumable.isEmpty || !unflushed.isEmpty { return 0 }
        guard let next = timers.next else { return -1 }
        return Int32(clamping: MonotonicTime.read().milliseconds(until: next))
    }

    private func dispatch(_ event: Poller.Event) {
        switch Token(event.token) {
        case .listener(let index):
            // Another event of this turn, a signal say, may have ended the listening.
            if index < listeners.count { acceptAll(listeners[index]) }
        case .source(let index): sources[index].isReady()
        case .connection(let id):
            guard let connection = slots[id] else { return }
            if event.isWritable { flushNow(connection) }
            if event.isReadable || event.isHungUp { readReady(connection, isHungUp: event.isHungUp) }
        }
    }
}

// MARK: - Input

extension Reactor {
    private func readReady(_ connection: Connection<Service.Session>, isHungUp: Bool) {
        switch connection.state {
        case .closed: return
        case .draining where isHungUp: return close(connection, because: .peerGone)
        case .draining: return updateInterest(connection)
        case .lingering: return discardInput(connection)
        case .open: break
        }
        if connection.wantsInput, !connection.hasUnseenInput, !connection.peerHasFinished {
            readOnce(connection)
        } else if isHungUp {
            // A hang-up cannot be masked: let go of the descriptor, or the poller would report it without end. What the peer
            // sent before it went is read when the connection is resumed.
            poller.remove(connection.descriptor)
            connection.watched = nil
        }
        updateInterest(connection)
    }

    private func readOnce(_ connection: Connection<Service.Session>) {
        if connection.input.count == 0 {
            let count = recv(connection.descriptor, scratch.baseAddress, scratch.count, 0)
            guard count > 0 else { return endOfInput(connection, result: count) }
            let bytes = UnsafeRawBufferPointer(rebasing: scratch[..<count])
            let consumed = service.receive(bytes, on: connection, in: self)
            if connection.state != .closed {
                connection.input.append(UnsafeRawBufferPointer(rebasing: bytes[consumed...]))
            }
        } else {
            let room = connection.input.spare(atLeast: 16 * 1_024)
            let count = recv(connection.descriptor, room.baseAddress, room.count, 0)
            guard count > 0 else { return endOfInput(connection, result: count) }
            connection.input.commit(count)
            connection.input.consume(service.receive(connection.input.readable, on: connection, in: self))
        }
        settleInput(connection)
    }

    private func endOfInput(_ connection: Connection<Service.Session>, result: Int) {
        if result == -1, errno == EINTR { return }
        if result == -1, errno == EAGAIN, connection.watched != nil { return }
        if result == -1, errno != EAGAIN { return close(connection, because: .peerGone) }
        connection.peerHasFinished = true
        settleInput(connection)
    }

    /// What must be looked at after the service was offered input.
    private func settleInput(_ connection: Connection<Service.Session>) {
        connection.hasUnseenInput = connection.input.count > 0 && !connection.wantsInput
        if connection.input.count == 0 { connection.input.removeAll(keepingAtMost: 0) }
        if connection.peerHasFinished, !connection.hasUnseenInput, !connection.finishWasTold, connection.state == .open,
            !connection.isHeld
        {
            connection.finishWasTold = true
            service.peerFinished(connection, in: self)
        }
    }

    /// Stops reading a connection until ``resume(_:)``: what comes next has to wait for an answer.
    public func hold(_ connection: Connection<Service.Session>) {
        connection.isHeld = true
    }

    /// Lets a held connection be read again; input that already waits is offered within this turn.
    public func resume(_ connection: Connection<Service.Session>) {
        guard connection.isHeld else { return }
        connection.isHeld = false
        makeResumable(connection)
    }

    private func makeResumable(_ connection: Connection<Service.Session>) {
        guard !connection.isOnResumeList else { return }
        connection.isOnResumeList = true
        resumable.append(connection)
    }

    private func resumeAll() {
        guard !resumable.isEmpty else { return }
        let connections = resumable
        resumable.removeAll(keepingCapacity: true)
        for connection in connections {
            connection.isOnResumeList = false
            offerUnseenInput(connection)
        }
    }

    private func offerUnseenInput(_ connection: Connection<Service.Session>) {
        guard connection.wantsInput else { return }
        if connection.input.count > 0 {
            connection.input.consume(service.receive(connection.input.readable, on: connection, in: self))
        }
        settleInput(connection)
        while connection.watched == nil, connection.wantsInput, !connection.peerHasFinished { readOnce(connection) }
        updateInterest(connection)
    }

    private func discardInput(_ connection: Connection<Service.Session>) {
        let count = recv(connection.descriptor, scratch.baseAddress, scratch.count, 0)
        if count > 0 || (count == -1 && (errno == EAGAIN || errno == EINTR)) { return }
        close(connection, because: .finished)
    }

    private func updateInterest(_ connection: Connection<Service.Session>) {
        guard let watched = connection.watched, connection.state != .closed else { return }
        var interest: Interest = []
        let isReading = connection.wantsInput && !connection.hasUnseenInput && !connection.peerHasFinished
        if isReading || connection.state == .lingering { interest.insert(.read) }
        if connection.output.count > 0, connection.stallDeadline != nil { interest.insert(.write) }
        guard interest != watched else { return }
        do throws(SystemError) {
            try poller.change(connection.descriptor, token: connection.id.token, interest: interest)
            connection.watched = interest
        } catch {
            close(connection, because: .peerGone)
        }
    }
}

// MARK: - Output

extension Reactor {
    /// Sends the connection's output at the end of this turn.
    @inline(__always)
    public func flush(_ connection: Connection<Service.Session>) {
        guard !connection.isUnflushed else { return }
        connection.isUnflushed = true
        unflushed.append(connection)
    }

    private func flushAll() {
        // By index, because the end of one connection may give the service something to send on another.
        var index = 0
        while index < unflushed.count {
            let connection = unflushed[index]
            connection.isUnflushed = false
            flushNow(connection)
            index += 1
        }
        unflushed.removeAll(keepingCapacity: true)
    }

    private func flushNow(_ connection: Connection<Service.Session>) {
        guard connection.state == .open || connection.state == .draining else { return }
        while connection.output.count > 0 {
            let bytes = connection.output.readable
            let sent = send(connection.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            if sent > 0 {
                connection.output.consume(sent)
                connection.stallDeadline = nil
            } else if errno == EAGAIN {
                return waitForRoom(connection)
            } else if errno != EINTR {
                return close(connection, because: .peerGone)
            }
        }
        connection.output.removeAll(keepingAtMost: limits.idleBufferBytes)
        if connection.state == .draining { return linger(connection) }
        if connection.hasUnseenInput { makeResumable(connection) }
        updateInterest(connection)
    }

    private func waitForRoom(_ connection: Connection<Service.Session>) {
        guard connection.output.count <= limits.outputBytesMax else { return close(connection, because: .overflow) }
        if connection.stallDeadline == nil {
            connection.stallDeadline = now.adding(milliseconds: limits.stallMilliseconds)
            armTimer(connection)
        }
        updateInterest(connection)
    }
}

// MARK: - The end of a connection

extension Reactor {
    /// Sends what waits, then closes.
    ///
    /// Nothing more is read.
    public func closeAfterFlush(_ connection: Connection<Service.Session>) {
        guard connection.state == .open else { return }
        connection.state = .draining
        connection.deadline = nil
        flush(connection)
    }

    /// Closes at once; what waits is lost.
    public func drop(_ connection: Connection<Service.Session>) {
        close(connection, because: .dropped)
    }

    private func linger(_ connection: Connection<Service.Session>) {
        guard !connection.peerHasFinished, connection.watched != nil else {
            return close(connection, because: .finished)
        }
        shutdown(connection.descriptor, Int32(SHUT_WR))
        connection.state = .lingering
        connection.input.removeAll(keepingAtMost: 0)
        connection.deadline = now.adding(milliseconds: 2_000)
        armTimer(connection)
        updateInterest(connection)
    }

    func close(_ connection: Connection<Service.Session>, because reason: CloseReason) {
        guard connection.state != .closed else { return }
        connection.state = .closed
        if connection.watched != nil { poller.remove(connection.descriptor) }
        Glibc.close(connection.descriptor)
        // The input goes with the connection: the service may be reading it at this moment.
        connection.output.removeAll(keepingAtMost: 0)
        slots.remove(connection.id)
        service.closed(connection, because: reason, in: self)
        resumeListeners()
    }
}
