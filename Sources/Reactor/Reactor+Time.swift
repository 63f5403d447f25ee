/// What a timer is for.
enum TimerTarget {
    /// A deadline of a connection, and the time the timer was armed for.
    case connection(ConnectionID, armedFor: MonotonicTime)
    case action(() -> Void)
}

extension Reactor {
    /// Calls `action` once, that many milliseconds from now, on this thread.
    public func schedule(afterMilliseconds milliseconds: Int, _ action: @escaping () -> Void) {
        timers.add(.action(action), at: now.adding(milliseconds: milliseconds))
    }

    /// Sets when the service wants to hear of the connection again; `nil` takes that back.
    ///
    /// - Parameters:
    ///   - milliseconds: From now; ``ReactorService/deadlinePassed(_:in:)`` is called when they have passed.
    ///   - connection: An open connection.
    public func setDeadline(afterMilliseconds milliseconds: Int?, of connection: Connection<Service.Session>) {
        guard connection.state == .open else { return }
        connection.deadline = milliseconds.map(now.adding(milliseconds:))
        if milliseconds != nil { armTimer(connection) }
    }

    /// Arms a timer for the connection's earliest deadline.
    ///
    /// A later deadline reuses the timer that is already armed: it finds
    /// out, when it fires, that it was too early. So moving a deadline with each request costs no timer.
    func armTimer(_ connection: Connection<Service.Session>) {
        guard let earliest = connection.earliestDeadline else { return }
        if let armed = connection.armedTimer, armed <= earliest { return }
        connection.armedTimer = earliest
        timers.add(.connection(connection.id, armedFor: earliest), at: earliest)
    }

    func fireTimers() {
        while let target = timers.take(dueAt: now) {
            switch target {
            case .action(let action): action()
            case .connection(let id, let time):
                // One that an earlier timer took the place of is spent; served as well, it would arm yet another, for ever.
                if let connection = slots[id], connection.armedTimer == time { timerFired(connection) }
            }
        }
    }

    private func timerFired(_ connection: Connection<Service.Session>) {
        connection.armedTimer = nil
        if let stall = connection.stallDeadline, stall <= now { return close(connection, because: .stalled) }
        if let deadline = connection.deadline, deadline <= now {
            if connection.state == .lingering { return close(connection, because: .finished) }
            connection.deadline = nil
            service.deadlinePassed(connection, in: self)
        }
        if connection.state != .closed { armTimer(connection) }
    }
}

extension Connection {
    fileprivate var earliestDeadline: MonotonicTime? {
        guard let deadline, let stallDeadline else { return deadline ?? stallDeadline }
        return min(deadline, stallDeadline)
    }
}
