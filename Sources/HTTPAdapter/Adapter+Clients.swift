import ProtocolWire
public import Reactor

// How the connection of a client ends.
extension Adapter {
    /// Reads no more, and closes when everything is answered.
    func end(_ session: ClientSession, _ connection: Connection<Session>, _ reactor: Reactor<Adapter>) {
        session.isEnding = true
        reactor.hold(connection)
        if session.first == nil { reactor.closeAfterFlush(connection) }
    }

    func clientFinished(_ session: ClientSession, _ connection: Connection<Session>, _ reactor: Reactor<Adapter>) {
        guard !session.parser.isIdle else { return end(session, connection, reactor) }
        // RFC 9112 §8: an incomplete message.
        let problem = Problem(
            .bodyUnreadable,
            "The connection ended before the request was whole. Send the whole request again."
        )
        refuseArriving(problem, session, connection, reactor)
    }

    func updateDeadline(_ session: ClientSession, _ connection: Connection<Session>, _ reactor: Reactor<Adapter>) {
        guard let first = session.first?.deadline ?? session.readDeadline else {
            return reactor.setDeadline(afterMilliseconds: configuration.idleMilliseconds, of: connection)
        }
        let deadline = min(first, session.readDeadline ?? first)
        reactor.setDeadline(afterMilliseconds: reactor.now.milliseconds(until: deadline), of: connection)
    }

    func timeOut(_ session: ClientSession, _ connection: Connection<Session>, _ reactor: Reactor<Adapter>) {
        if let exchange = session.first, exchange.deadline <= reactor.now {
            // From here on the exchange's number is another one: the daemon's late reply finds nobody.
            deliver(exchange, .daemonIsSlow(configuration.replyMilliseconds), reactor)
        } else if let deadline = session.readDeadline {
            guard deadline <= reactor.now else { return updateDeadline(session, connection, reactor) }
            refuseArriving(.clientIsSlow(configuration.receiveMilliseconds), session, connection, reactor)
        } else if session.first == nil {
            reactor.closeAfterFlush(connection)
        } else {
            updateDeadline(session, connection, reactor)
        }
    }

    /// Forgets who asked.
    ///
    /// What the daemon still works on keeps its place among the requests in flight until it is answered.
    func abandon(_ session: ClientSession) {
        if session.count > 0 {
            log.write(.debug, "client_closed_request", ["status": 499, "requests": .integer(Int64(session.count))])
        }
        while let exchange = session.first {
            session.removeFirst()
            exchange.client = nil
            if exchange.link == nil { exchanges.release(exchange) }
        }
    }
}

// MARK: - The end of the adapter

extension Adapter {
    /// Ends gracefully: takes no more connections, answers what has been asked, then stops the reactor.
    public func drain(_ reactor: Reactor<Adapter>) {
        guard !isDraining else { return }
        isDraining = true
        reactor.stopListening()
        var clients: [(Connection<Session>, ClientSession)] = []
        reactor.forEachConnection { connection in
            if case .client(let session) = connection.session.side { clients.append((connection, session)) }
        }
        // A request that is arriving is still answered; its reply then says that the connection ends.
        for (connection, session) in clients where session.parser.isIdle {
            session.last?.traits.closes = true
            end(session, connection, reactor)
        }
        reactor.schedule(afterMilliseconds: configuration.drainMilliseconds) { [unowned reactor] in reactor.stop() }
        stopWhenDrained(reactor)
    }

    func stopWhenDrained(_ reactor: Reactor<Adapter>) {
        let daemons = links.count { $0.connection != nil }
        if reactor.connectionCount == daemons { reactor.stop() }
    }
}

extension Problem {
    fileprivate static func clientIsSlow(_ milliseconds: Int) -> Problem {
        Problem(
            .requestTimeout,
            "The request did not arrive whole within \(milliseconds) ms. Send it again, without pauses."
        )
    }

    fileprivate static func daemonIsSlow(_ milliseconds: Int) -> Problem {
        Problem(
            .requestTimeout,
            """
            The daemon did not answer within \(milliseconds) ms. A change may have been made or not: \
            look before you send it again, or send it with an Idempotency-Key.
            """
        )
    }
}
