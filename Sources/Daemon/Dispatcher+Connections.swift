import ProtocolWire
import Reactor
import Registry

// The beginning and the end of connections.
extension Dispatcher {
    func peerFinished(_ connection: Connection<Session>, in reactor: Reactor<Dispatcher>) {
        finish(connection, in: reactor)
    }

    func deadlinePassed(_ connection: Connection<Session>, in reactor: Reactor<Dispatcher>) {
        let problem = Problem(
            .requestTimeout,
            "The rest of the frame did not arrive within \(limits.frameMilliseconds) ms. Send whole frames; connect again."
        )
        refuse([], problem, on: connection, in: reactor)
        finish(connection, in: reactor)
    }

    func closed(_ connection: Connection<Session>, because reason: CloseReason, in reactor: Reactor<Dispatcher>) {
        if reason == .stalled || reason == .overflow {
            log.write(.warning, "connection_dropped", ["reason": .string(reason.rawValue)])
        }
    }

    /// Answers what was asked, then closes; nothing more is read.
    private func finish(_ connection: Connection<Session>, in reactor: Reactor<Dispatcher>) {
        connection.session.isFinishing = true
        // Never released: the connection ends with its last reply.
        connection.session.orderedCalls += 1
        reactor.hold(connection)
        if connection.session.pendingCalls == 0 { reactor.closeAfterFlush(connection) }
    }

    /// Starts or stops the time for the rest of a frame whose beginning is here.
    func expectRest(_ isExpected: Bool, of connection: Connection<Session>, in reactor: Reactor<Dispatcher>) {
        guard isExpected != connection.session.isAwaitingRest else { return }
        connection.session.isAwaitingRest = isExpected
        reactor.setDeadline(afterMilliseconds: isExpected ? limits.frameMilliseconds : nil, of: connection)
    }

    /// A length over the limit: the stream is lost, because nobody knows where the next frame would begin.
    func refuseTooLong(_ length: Int, on connection: Connection<Session>, in reactor: Reactor<Dispatcher>) {
        let problem = Problem(
            .bodyTooLarge,
            "A frame of \(length) bytes is over the limit of \(limits.frameBytesMax). Send a smaller one on a new connection."
        )
        refuse([], problem, on: connection, in: reactor)
        finish(connection, in: reactor)
    }

    /// Ends every connection as soon as its calls are answered.
    func drain(_ reactor: Reactor<Dispatcher>) {
        isDraining = true
        reactor.stopListening()
        reactor.forEachConnection { connection in finish(connection, in: reactor) }
    }

    /// Whether every reply is out.
    func isDrained(_ reactor: Reactor<Dispatcher>) -> Bool {
        var isDrained = callsElsewhere == 0 && fetches.waitingCount == 0 && prerequisites.waitingCount == 0
        reactor.forEachConnection { connection in
            if !connection.output.isEmpty { isDrained = false }
        }
        return isDrained
    }
}
