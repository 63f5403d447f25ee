import JSONSyntax
import ProtocolWire
import Reactor

// The pool of connections to the daemon.
extension Adapter {
    private static let backoffMillisecondsMax = 1_000
    private static let backoffMillisecondsMin = 50

    /// Sends a request of the adapter's own.
    func ask(_ purpose: Exchange.Purpose, preferring index: Int, in reactor: Reactor<Adapter>) throws(Problem)
        -> Exchange
    {
        let method: StaticString = purpose == .liveness ? "system.getHealth" : "system.listProcedures"
        let name = UnsafeRawBufferPointer(start: method.utf8Start, count: method.utf8CodeUnitCount)
        return try ask(purpose, preferring: index, in: reactor) { RequestFrame(id: $0, method: name) }
    }

    /// Sends a request.
    ///
    /// - Throws: 503 when nothing was sent, because the daemon is away or too much is in flight; 413 for too long a frame.
    func ask(
        _ purpose: Exchange.Purpose,
        preferring index: Int,
        in reactor: Reactor<Adapter>,
        _ frame: (Int) -> RequestFrame
    ) throws(Problem) -> Exchange {
        guard let (link, connection) = openLink(preferring: index, in: reactor) else { throw .daemonIsAway }
        guard connection.output.count < Self.unsentBytesMax else { throw .overloaded }
        guard let exchange = takeExchange(now: reactor.now) else { throw .overloaded }
        let start = connection.output.count
        let request = frame(exchange.id)
        request.append(to: &connection.output)
        let frameBytes = connection.output.count - start - Frame.headerBytes
        guard frameBytes <= configuration.frameBytesMax else {
            // The daemon would close the connection, and with it what others have in flight.
            connection.output.truncate(to: start)
            exchanges.release(exchange)
            // What the frame holds besides is no part of the body.
            let others = frameBytes - (request.params?.count ?? 0)
            throw .bodyTooLarge(max(0, configuration.frameBytesMax - others))
        }
        exchange.purpose = purpose
        exchange.link = link.index
        exchange.deadline = reactor.now.adding(milliseconds: configuration.replyMilliseconds)
        reactor.flush(connection)
        return exchange
    }

    private func takeExchange(now: MonotonicTime) -> Exchange? {
        if let exchange = exchanges.take(limit: configuration.requestsMax) { return exchange }
        // Before work is refused: forget what the daemon never answered and nobody waits for.
        for lapsed in exchanges.filter({ $0.client == nil && $0.purpose != .procedures && $0.deadline <= now }) {
            exchanges.release(lapsed)
        }
        return exchanges.take(limit: configuration.requestsMax)
    }

    /// A connection that is open, or can be opened at once.
    private func openLink(
        preferring index: Int,
        in reactor: Reactor<Adapter>
    ) -> (DaemonLink, Connection<Session>)? {
        if let connection = connection(of: links[index], in: reactor) { return (links[index], connection) }
        for link in links {
            if let connection = connection(of: link, in: reactor) { return (link, connection) }
        }
        for link in links {
            if let connection = connect(link, in: reactor) { return (link, connection) }
        }
        return nil
    }

    private func connection(of link: DaemonLink, in reactor: Reactor<Adapter>) -> Connection<Session>? {
        guard let id = link.connection, let connection = reactor.connection(id), connection.isOpen else { return nil }
        return connection
    }

    /// Connects a link, at most once a turn; a failure is followed by another attempt later.
    func connect(_ link: DaemonLink, in reactor: Reactor<Adapter>) -> Connection<Session>? {
        guard link.connection == nil, link.lastAttempt != reactor.now else { return nil }
        link.lastAttempt = reactor.now
        do throws(SystemError) {
            let descriptor = try connectedSocket(to: configuration.daemon)
            let session = Session(side: .daemon(link))
            // Never choked: requests are bounded before they are written, and replies have to be read meanwhile.
            let connection = try reactor.adopt(descriptor, session: session, highWaterBytes: .max)
            link.connection = connection.id
            daemonIsAway = false
            isDocumentCurrent = false
            log.write(.info, "daemon_connected", ["socket": .string(configuration.daemon.description)])
            askForProcedures(preferring: link.index, in: reactor)
            return connection
        } catch {
            if !daemonIsAway { log.write(.warning, "daemon_away", ["cause": .string(error.description)]) }
            daemonIsAway = true
            retry(link, in: reactor)
            return nil
        }
    }

    private func retry(_ link: DaemonLink, in reactor: Reactor<Adapter>) {
        guard !link.retryIsScheduled, !isDraining else { return }
        link.retryIsScheduled = true
        let doubled = link.backoffMilliseconds * 2
        link.backoffMilliseconds = min(max(doubled, Self.backoffMillisecondsMin), Self.backoffMillisecondsMax)
        reactor.schedule(afterMilliseconds: link.backoffMilliseconds) { [unowned self, unowned reactor] in
            link.retryIsScheduled = false
            // A request of this turn may have tried already, and then nobody else would try again.
            if connect(link, in: reactor) == nil, link.connection == nil { retry(link, in: reactor) }
        }
    }

    /// Learns what the daemon can do: it may be another one than before.
    private func askForProcedures(preferring index: Int, in reactor: Reactor<Adapter>) {
        guard !isAskingForProcedures else { return }
        do throws(Problem) {
            _ = try ask(.procedures, preferring: index, in: reactor)
            isAskingForProcedures = true
        } catch {
            log.write(.warning, "procedures_not_asked", ["cause": .string(error.detail)])
        }
    }

    /// A link is gone; what it owed is answered.
    func lost(_ link: DaemonLink, in reactor: Reactor<Adapter>) {
        link.connection = nil
        procedures = nil
        let owed = exchanges.filter { $0.link == link.index }
        log.write(
            isDraining ? .debug : .warning,
            "daemon_lost",
            ["requests": .integer(Int64(owed.count))]
        )
        for exchange in owed {
            exchange.link = nil
            if exchange.purpose == .procedures { isAskingForProcedures = false }
            deliver(exchange, .outcomeUnknown, reactor)
        }
        retry(link, in: reactor)
    }
}

extension Problem {
    fileprivate static var daemonIsAway: Problem {
        Problem(
            .daemonUnreachable,
            "The daemon cannot be reached. Nothing was done; send the request again in a moment."
        )
    }

    /// The request was sent, the answer never came.
    ///
    /// Not a 5xx: clients take those for "not done" and send again by themselves (`conventions.md` §4), and a key
    /// would be issued twice.
    fileprivate static var outcomeUnknown: Problem {
        Problem(
            .requestTimeout,
            """
            The connection to the daemon broke before it answered. A read is safe to send again. A change may have been made or \
            not: look first, or send changes with an Idempotency-Key, which makes every repeat safe.
            """
        )
    }
}
