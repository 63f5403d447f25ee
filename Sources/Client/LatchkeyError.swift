public import JSONSyntax
public import ProtocolWire

/// Why a call gave no data.
public enum LatchkeyError: Error, Sendable, Equatable {
    /// The daemon refused the request; nothing was changed unless the status is 5xx or 408.
    case refused(Refusal)
    /// No connection came about; nothing was sent.
    case unreachable(socket: String, UnreachableReason)
    /// The connection broke before the reply. Whether the request was carried out is unknown.
    case connectionLost
    /// The reply did not come in time. Whether the request was carried out is unknown.
    case timedOut
    /// The task was cancelled. Whether the request was carried out is unknown.
    case cancelled
    /// What came is no reply as the protocol has them; the connection was given up. The sentence says what is wrong.
    case invalidReply(String)
    /// As many calls are in flight as the client takes; nothing was sent.
    case tooManyCalls(limit: Int)
    /// The request is longer than a frame may be; nothing was sent.
    case requestTooLarge(bytes: Int, limit: Int)
}

/// Why no connection came about.
public enum UnreachableReason: Sendable, Equatable {
    /// There is no such socket file.
    case missing
    /// The file is there and nobody listens on it.
    case refused
    /// The file's permissions, or those of a folder above it, keep this user out.
    case denied
    /// The daemon's queue of new connections is full; a repeat is safe.
    case busy
    /// Anything else, in the system's words.
    case other(String)
}

/// A refusal, as the daemon sent it.
public struct Refusal: Error, Sendable, Equatable {
    /// 400 to 599.
    public let status: Int
    /// `urn:latchkey:error:<code>`.
    public let type: String
    /// Fixed by the code.
    public let title: String
    /// This occurrence, and what to change.
    public let detail: String
    /// What is wrong with the request, one entry each; with status 400 only.
    public let faults: [Fault]
    /// The daemon's name of the request.
    public let requestID: String
    /// The whole reply, without the identifier that the client gave it.
    public let envelope: JSONValue

    /// The last part of ``type``, such as `api_not_found`.
    public var code: String { type.split(separator: ":").last.map(String.init) ?? type }
}

extension LatchkeyError: CustomStringConvertible {
    /// What happened, and what to do.
    public var description: String {
        switch self {
        case .refused(let refusal): "\(refusal.title) (\(refusal.status) \(refusal.code)): \(refusal.detail)"
        case .unreachable(let socket, let reason): "No daemon at \(socket): \(reason)."
        case .connectionLost:
            """
            The connection broke before the reply. The request may have been carried out; look before you repeat a change, or \
            repeat it with the idempotency key that it had.
            """
        case .timedOut:
            """
            The reply did not come in time. The request may have been carried out; look before you repeat a change, or repeat it \
            with the idempotency key that it had.
            """
        case .cancelled:
            "The call was cancelled. The request may have been carried out."
        case .invalidReply(let why):
            "The peer does not speak the protocol: \(why). Check that the socket is a Latchkey daemon's."
        case .tooManyCalls(let limit):
            "\(limit) calls are in flight, the most this client takes. Await some of them first."
        case .requestTooLarge(let bytes, let limit):
            "The request has \(bytes) bytes, a frame at most \(limit). Send less at a time."
        }
    }
}

extension UnreachableReason: CustomStringConvertible {
    /// The reason, as a clause.
    public var description: String {
        switch self {
        case .missing: "there is no such socket"
        case .refused: "nobody listens on the socket"
        case .denied: "permission denied"
        case .busy: "its queue of new connections is full"
        case .other(let words): words
        }
    }
}
