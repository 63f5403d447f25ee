public import Bytes

/// Names a connection for as long as the process lives: a slot, and how often the slot has been used.
///
/// Small and `Sendable`, so that work on another thread can say where its outcome belongs. A connection that is gone is
/// simply not found any more.
public struct ConnectionID: Hashable, Sendable {
    let slot: UInt32
    let generation: UInt32

    var token: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// One stream socket of a reactor, with what waits to be understood and what waits to be sent.
///
/// Confined to the reactor's thread. Its life is one of four states:
///
///     open ──closeAfterFlush──▶ draining ──all sent──▶ lingering ──peer closed, or time is up──▶ closed
///       └──────────────── drop, peer gone, stall, overflow, from any state ────────────────────────▲
///
/// Lingering keeps the socket half open and throws away what still arrives: closing with bytes unread would reset the
/// connection, and the peer could lose the last reply (RFC 9112 §9.6).
///
/// Reading stops while it is *held* (the service waits for an answer that must come first) or *choked* (too much output
/// waits); the socket's own buffer then holds the peer back.
public final class Connection<Session> {
    enum State { case open, draining, lingering, closed }

    /// Names the connection.
    public let id: ConnectionID
    /// The socket, for questions such as who is at its other end.
    public let descriptor: Int32
    /// What the service keeps here.
    public var session: Session
    /// Bytes to be sent; sent once a turn after ``Reactor/flush(_:)`` has been called.
    public var output = ByteBuffer()

    var input = ByteBuffer()
    var state = State.open
    var isHeld = false
    /// Whether input waits that the service has not looked at, because it did not want any.
    var hasUnseenInput = false
    var peerHasFinished = false
    var finishWasTold = false
    /// What the poller watches it for; `nil` once the poller has let go of a hung-up peer.
    var watched: Interest? = .read
    var isUnflushed = false
    var isOnResumeList = false
    var deadline: MonotonicTime?
    var stallDeadline: MonotonicTime?
    /// The earliest timer that is armed for it.
    var armedTimer: MonotonicTime?
    let highWaterBytes: Int

    init(id: ConnectionID, descriptor: Int32, session: Session, highWaterBytes: Int) {
        self.id = id
        self.descriptor = descriptor
        self.session = session
        self.highWaterBytes = highWaterBytes
    }

    /// Whether the service should go on with the bytes that it was given.
    public var wantsInput: Bool {
        !isHeld && state == .open && output.count < highWaterBytes
    }

    /// Whether the connection still takes replies.
    public var isOpen: Bool { state == .open }

    /// Whether the peer has said that it will send no more.
    public var isHalfClosed: Bool { peerHasFinished }
}
