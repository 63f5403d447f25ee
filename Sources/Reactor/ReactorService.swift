/// What a reactor serves: it gives bytes a meaning.
///
/// All calls come on the reactor's thread. None may block.
public protocol ReactorService: AnyObject {
    /// What the service keeps for each connection.
    associatedtype Session

    /// A listener has accepted a connection. Does nothing unless the service has something to do before the first byte, such as
    /// setting a deadline for it.
    func opened(_ connection: Connection<Session>, in reactor: Reactor<Self>)

    /// Bytes have arrived.
    ///
    /// The service takes as many whole messages off the front as it can, and stops when ``Connection/wantsInput`` has become
    /// false; what it leaves is offered again, with more behind it, when more has come or the connection wants input again.
    ///
    /// - Parameters:
    ///   - bytes: All that is not yet consumed; valid during the call.
    ///   - connection: Where they came in; replies are appended to its output.
    ///   - reactor: The caller.
    /// - Returns: How many bytes were consumed, 0 to `bytes.count`.
    func receive(_ bytes: UnsafeRawBufferPointer, on connection: Connection<Session>, in reactor: Reactor<Self>) -> Int

    /// The peer will send no more, and all that it sent was offered. Called once; the service closes the connection when it
    /// has answered everything.
    func peerFinished(_ connection: Connection<Session>, in reactor: Reactor<Self>)

    /// The connection's deadline has passed.
    func deadlinePassed(_ connection: Connection<Session>, in reactor: Reactor<Self>)

    /// The connection is gone; nothing more can be sent on it.
    func closed(_ connection: Connection<Session>, because reason: CloseReason, in reactor: Reactor<Self>)

    /// A turn of the loop begins; ``Reactor/now`` is its time.
    func turnBegins(in reactor: Reactor<Self>)

    /// Everything that was ready has been handled; what is appended to outputs here still goes out in this turn.
    func turnEnds(in reactor: Reactor<Self>)
}

extension ReactorService {
    /// Nothing.
    public func opened(_ connection: Connection<Session>, in reactor: Reactor<Self>) {}
}

/// Why a connection ended.
public enum CloseReason: String, Sendable {
    /// The service asked for it, and all output was sent.
    case finished
    /// The service asked for it at once.
    case dropped
    /// The peer closed, or the connection broke.
    case peerGone = "peer_gone"
    /// The peer took no bytes for longer than the stall time-out.
    case stalled
    /// More output waited than the hard limit allows.
    case overflow
}

/// Bounds of every connection of a reactor.
public struct ConnectionLimits: Sendable {
    /// Connections at a time, 1 to about a million; more wait in the listener's backlog.
    public var connectionsMax = 10_000
    /// Waiting output, in bytes, past which a connection is not read until it has been sent.
    public var highWaterBytes = 256 * 1_024
    /// Waiting output, in bytes, past which a connection is dropped.
    public var outputBytesMax = 64 * 1_024 * 1_024
    /// How long a peer may take no bytes while some wait for it.
    public var stallMilliseconds = 30_000
    /// Memory that an empty output buffer keeps, in bytes.
    public var idleBufferBytes = 64 * 1_024

    /// The defaults.
    public init() {}
}
