import Bytes
import JSONSyntax
public import Program
import ProtocolWire
public import Reactor

/// HTTP on one side, frames on the other, one thread.
///
/// The way of a request: ``receive(_:on:in:)`` gives bytes to the connection's parser (`HTTP/HTTPRequestParser.swift`); a whole
/// request is checked and becomes a frame in `Adapter+Requests.swift`; the daemon's reply finds its exchange by `id` and becomes
/// an HTTP reply in `Adapter+Replies.swift`. Replies leave in the order of the requests, also when the daemon answers in another.
///
/// Confined to the reactor's thread.
public final class Adapter: ReactorService {
    let configuration: AdapterConfiguration
    let log: Log
    var exchanges = ExchangeTable()
    let links: [DaemonLink]
    var nextLink = 0
    var daemonIsAway = false
    var isAskingForProcedures = false
    /// What the daemon can do; `nil` while that is not known.
    var procedures: ProcedureTable?
    /// The OpenAPI document, kept while the daemon is away.
    var document: [UInt8]?
    /// Whether it is of the daemon that is connected now.
    var isDocumentCurrent = false
    var isDraining = false

    var writer = HTTPReplyWriter()
    var refusals = ReplyWriter()
    var random = SystemRandomNumberGenerator()
    /// Bodies: the frame around them is one level of the daemon's 64.
    let bodyDocument = JSONDocument(depthLimit: 63)
    /// Replies may hold what a request held, some levels deeper.
    let replyDocument = JSONDocument(depthLimit: 128)

    /// The longest reply that is taken from the daemon, in bytes.
    static let replyBytesMax = 64 * 1_024 * 1_024
    /// Unsent bytes on a daemon connection past which requests are refused.
    static let unsentBytesMax = 32 * 1_024 * 1_024

    /// An adapter that is not connected yet.
    public init(_ configuration: AdapterConfiguration, log: Log) {
        self.configuration = configuration
        self.log = log
        links = (0..<max(1, configuration.daemonConnections)).map(DaemonLink.init)
    }

    /// Connects to the daemon, and keeps trying where it is away.
    public func start(in reactor: Reactor<Adapter>) {
        for link in links { _ = connect(link, in: reactor) }
    }

    /// Takes HTTP connections on a socket.
    ///
    /// - Throws: ``SystemError`` when the poller takes no more descriptors.
    public func listen(on socket: consuming ListeningSocket, in reactor: Reactor<Adapter>) throws(SystemError) {
        try reactor.listen(on: socket) { [unowned self] descriptor in
            nextLink = (nextLink + 1) % links.count
            let client = ClientSession(
                limits: configuration.limits,
                link: nextLink,
                address: peerAddress(of: descriptor)
            )
            return Session(side: .client(client))
        }
    }

    /// A client has connected; it has to say something in time.
    public func opened(_ connection: Connection<Session>, in reactor: Reactor<Adapter>) {
        reactor.setDeadline(afterMilliseconds: configuration.idleMilliseconds, of: connection)
    }

    /// Bytes have arrived, from a client or from the daemon.
    public func receive(
        _ bytes: UnsafeRawBufferPointer,
        on connection: Connection<Session>,
        in reactor: Reactor<Adapter>
    ) -> Int {
        switch connection.session.side {
        case .client(let session): receiveRequests(bytes, session, connection, reactor)
        case .daemon(let link): receiveReplies(bytes, link, connection, reactor)
        }
    }

    /// The peer has sent its last byte.
    public func peerFinished(_ connection: Connection<Session>, in reactor: Reactor<Adapter>) {
        switch connection.session.side {
        case .client(let session): clientFinished(session, connection, reactor)
        case .daemon: reactor.drop(connection)
        }
    }

    /// A time-out of a client's connection has passed.
    public func deadlinePassed(_ connection: Connection<Session>, in reactor: Reactor<Adapter>) {
        if case .client(let session) = connection.session.side { timeOut(session, connection, reactor) }
    }

    /// A connection is gone.
    public func closed(_ connection: Connection<Session>, because reason: CloseReason, in reactor: Reactor<Adapter>) {
        switch connection.session.side {
        case .client(let session): abandon(session)
        case .daemon(let link): lost(link, in: reactor)
        }
        if isDraining { stopWhenDrained(reactor) }
    }

    /// A turn begins.
    public func turnBegins(in reactor: Reactor<Adapter>) {
        writer.turnBegins(now: reactor.now)
    }

    /// A turn ends.
    public func turnEnds(in reactor: Reactor<Adapter>) {}
}
