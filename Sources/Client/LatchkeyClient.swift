import Bytes
public import JSONSyntax
import ProtocolWire
import Reactor
import Synchronization

/// Calls the procedures of a daemon over its Unix-domain socket.
///
/// Any number of tasks may call at a time; their requests share one connection and are answered in any order. The connection is
/// made by the first call, and made again by the next call after it was lost. Calls in flight on a lost connection fail with
/// ``LatchkeyError/connectionLost`` and are never sent again by the client: only the caller knows whether a repeat is harmless.
/// An idempotency key makes it so.
public final class LatchkeyClient: Sendable {
    /// Bounds of a client.
    public struct Limits: Sendable {
        /// Calls in flight at a time, 1 to about a million; one more fails with ``LatchkeyError/tooManyCalls(limit:)``.
        public var callsMax = 1_024
        /// How long a call waits for its reply unless it says otherwise; longer than the daemon's own 60 s, so that its answer
        /// comes first.
        public var timeout = Duration.seconds(65)
        /// The longest request, in bytes; a daemon takes 10 MiB unless configured otherwise.
        public var requestBytesMax = Frame.bytesMaxDefault
        /// The longest reply, in bytes.
        public var replyBytesMax = 64 * 1_024 * 1_024

        /// The defaults.
        public init() {}
    }

    private let socket: String
    private let credential: Credential?
    private let limits: Limits
    private let lastID = Atomic<Int64>(0)
    private let callsInFlight = Atomic<Int>(0)
    private let thread = Mutex<ExchangeThread?>(nil)

    /// A client; nothing is opened until the first call.
    ///
    /// - Parameters:
    ///   - socket: Path of the daemon's API socket or operator socket.
    ///   - rootKey: Sent with each request; `nil` for the operator, and for what anyone may call.
    ///   - limits: Bounds.
    public init(socket: String, rootKey: String? = nil, limits: Limits = Limits()) {
        precondition(limits.callsMax >= 1, "a client takes at least one call")
        self.socket = socket
        self.limits = limits
        credential = rootKey.map(Credential.init)
    }

    /// Calls a procedure.
    ///
    /// - Parameters:
    ///   - method: `service.procedure`.
    ///   - params: An object, or an array where the procedure takes one. Its numbers are finite.
    ///   - idempotencyKey: 1 to 255 printable ASCII characters, new for each change that is meant once, such as a UUID. The
    ///     daemon answers every repeat within 24 hours with the first reply (``Reply/isReplayed``), so that a call whose outcome is
    ///     unknown is safe to send again. Calls that change nothing ignore it.
    ///   - timeout: How long to wait for the reply; else ``Limits/timeout``.
    /// - Returns: The reply.
    /// - Throws: ``LatchkeyError``; its cases say whether the request may have been carried out.
    public func call(
        _ method: String,
        _ params: JSONValue = [:],
        idempotencyKey: String? = nil,
        timeout: Duration? = nil
    ) async throws(LatchkeyError) -> Reply {
        guard !Task.isCancelled else { throw .cancelled }
        let id = lastID.wrappingAdd(1, ordering: .relaxed).newValue
        let frame = try frame(id, method, params, idempotencyKey)
        guard callsInFlight.wrappingAdd(1, ordering: .relaxed).newValue <= limits.callsMax else {
            callsInFlight.wrappingSubtract(1, ordering: .relaxed)
            throw .tooManyCalls(limit: limits.callsMax)
        }
        defer { callsInFlight.wrappingSubtract(1, ordering: .relaxed) }
        let thread = try startedThread()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let milliseconds = (timeout ?? limits.timeout).wholeMilliseconds
                let request = Outgoing(id: id, frame: frame, timeoutMilliseconds: milliseconds, waiter: waiter)
                post(request, to: thread)
            }
        } onCancel: {
            _ = thread.post(.cancel(id))
        }
        return try outcome.get()
    }

    private func post(_ request: Outgoing, to thread: ExchangeThread) {
        guard thread.post(.send(request)) else {
            self.thread.withLock { if $0 === thread { $0 = nil } }  // It has failed; the next call starts another.
            return request.waiter.resume(
                returning: .failure(.unreachable(socket: socket, .other("the client's thread has failed")))
            )
        }
        // A cancellation between the handler's registration and this post came to nobody: it is repeated behind the request.
        if Task.isCancelled { _ = thread.post(.cancel(request.id)) }
    }

    private func startedThread() throws(LatchkeyError) -> ExchangeThread {
        do throws(SystemError) {
            return try thread.withLock { thread throws(SystemError) in
                if let thread { return thread }
                let started = try ExchangeThread(socket: socket, limits: limits)
                thread = started
                return started
            }
        } catch {
            throw .unreachable(socket: socket, UnreachableReason(error))
        }
    }

    private func frame(
        _ id: Int64,
        _ method: String,
        _ params: JSONValue,
        _ idempotencyKey: String?
    ) throws(LatchkeyError) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.buffer.append(bigEndian: 0)
        json.beginObject()
        json.name("id")
        json.integer(id)
        json.name("method")
        json.string(method)
        json.name("params")
        json.value(params)
        if let credential {
            json.name("auth")
            json.string(credential.rootKey)
        }
        if let idempotencyKey {
            json.name("idempotencyKey")
            json.string(idempotencyKey)
        }
        json.endObject()
        let length = json.buffer.count - Frame.headerBytes
        guard length <= limits.requestBytesMax else {
            throw .requestTooLarge(bytes: length, limit: limits.requestBytesMax)
        }
        json.buffer.replace(at: 0, bigEndian: UInt32(length))
        return Array(json.buffer.readable)
    }
}

/// A root key that no description, dump or debugger's summary shows.
private struct Credential: Sendable, CustomStringConvertible, CustomReflectable {
    let rootKey: String

    var description: String { "root key" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

extension Duration {
    /// Rounded up, 1 to a year: a wait beyond that is no bound.
    fileprivate var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds >= 0 else { return 1 }
        guard seconds < 31_536_000 else { return 31_536_000_000 }
        return max(1, Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
