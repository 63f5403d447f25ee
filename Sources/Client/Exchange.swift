import Bytes
import JSONSyntax
import ProtocolWire
import Reactor

/// What crosses to the client's thread.
enum Command: Sendable {
    case send(Outgoing)
    case cancel(Int64)
    case stop
}

/// One request on its way, and who waits for its reply.
struct Outgoing: Sendable {
    let id: Int64
    /// The whole frame, length included.
    let frame: [UInt8]
    let timeoutMilliseconds: Int
    let waiter: CheckedContinuation<Result<Reply, LatchkeyError>, Never>
}

/// Sends requests over one connection and matches replies by identifier.
///
/// Confined to the client's thread.
///
/// A connection is made when a request needs one. When it is lost, everything in flight on it fails, and nothing is sent again:
/// only the caller knows whether a repeat is harmless.
final class Exchange: ReactorService {
    private struct Pending {
        let waiter: CheckedContinuation<Result<Reply, LatchkeyError>, Never>
        let deadline: MonotonicTime
    }

    private let socket: String
    private let limits: LatchkeyClient.Limits
    private let document = JSONDocument()
    private var connection: Connection<Void>?
    private var pending: [Int64: Pending] = [:]
    /// The highest `id` that was sent; a reply to a lower one that nobody waits for is late, to a higher one made up.
    private var lastID: Int64 = 0
    /// Requests of this connection that have no reply yet, those included that nobody waits for any more.
    private var unansweredCount = 0
    /// The looks at deadlines that are scheduled, the earliest last; one is added only when it comes before all others.
    private var looks: [MonotonicTime] = []

    init(socket: String, limits: LatchkeyClient.Limits) {
        self.socket = socket
        self.limits = limits
    }

    func take(_ commands: [Command], in reactor: Reactor<Exchange>) {
        for command in commands {
            switch command {
            case .send(let request): send(request, in: reactor)
            case .cancel(let id): settle(id, .failure(.cancelled))
            case .stop:
                if let connection { reactor.drop(connection) }
                reactor.stop()
            }
        }
    }

    func failAll(_ error: LatchkeyError) {
        let waiting = pending
        pending.removeAll()
        for (_, call) in waiting { call.waiter.resume(returning: .failure(error)) }
    }

    private func settle(_ id: Int64, _ outcome: Result<Reply, LatchkeyError>) {
        pending.removeValue(forKey: id)?.waiter.resume(returning: outcome)
    }
}

// MARK: - Out

extension Exchange {
    private func send(_ request: Outgoing, in reactor: Reactor<Exchange>) {
        let connection: Connection<Void>
        do throws(SystemError) {
            connection = try openConnection(in: reactor)
        } catch {
            return request.waiter.resume(returning: .failure(.unreachable(socket: socket, UnreachableReason(error))))
        }
        guard connection.output.count + request.frame.count <= reactor.limits.outputBytesMax else {
            // Past this bound the reactor would drop the connection, and every other call with it.
            return request.waiter.resume(returning: .failure(.tooManyCalls(limit: pending.count)))
        }
        let deadline = reactor.now.adding(milliseconds: request.timeoutMilliseconds)
        pending[request.id] = Pending(waiter: request.waiter, deadline: deadline)
        lastID = max(lastID, request.id)
        unansweredCount += 1
        connection.output.append(request.frame)
        reactor.flush(connection)
        look(at: deadline, in: reactor)
    }

    private func openConnection(in reactor: Reactor<Exchange>) throws(SystemError) -> Connection<Void> {
        if let connection, connection.isOpen { return connection }
        let opened = try reactor.adopt(try connectedSocket(to: .unix(path: socket)), session: ())
        connection = opened
        unansweredCount = 0
        return opened
    }

    /// Looks at all deadlines when the earliest is due.
    ///
    /// One timer serves every call that is due no earlier, so a fast caller piles up none.
    private func look(at time: MonotonicTime, in reactor: Reactor<Exchange>) {
        if let earliest = looks.last, earliest <= time { return }
        looks.append(time)
        reactor.schedule(afterMilliseconds: reactor.now.milliseconds(until: time)) { [unowned self, unowned reactor] in
            looks.removeLast()
            for (id, call) in pending where call.deadline <= reactor.now { settle(id, .failure(.timedOut)) }
            if let earliest = pending.values.map(\.deadline).min() { look(at: earliest, in: reactor) }
        }
    }
}

// MARK: - In

extension Exchange {
    func receive(_ bytes: UnsafeRawBufferPointer, on connection: Connection<Void>, in reactor: Reactor<Exchange>) -> Int
    {
        var consumed = 0
        while connection.isOpen {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[consumed...])
            switch Frame.front(of: rest, limit: limits.replyBytesMax) {
            case .incomplete: return consumed
            case .tooLong(let length):
                giveUp("a reply of \(length) bytes, over the limit of \(limits.replyBytesMax)", connection, in: reactor)
                return bytes.count
            case .whole(let frame):
                if let fault = accept(frame) {
                    giveUp(fault, connection, in: reactor)
                    return bytes.count
                }
                consumed += Frame.headerBytes + frame.count
            }
        }
        return bytes.count
    }

    /// - Returns: What is wrong with the frame, if it is no reply to this client.
    private func accept(_ frame: UnsafeRawBufferPointer) -> String? {
        do throws(JSONSyntaxError) {
            try document.parse(frame)
        } catch {
            return "a reply that is not JSON: \(error)"
        }
        guard let reply = ReplyFrame(JSONValue(document.root)) else { return "a frame that is no reply" }
        if let id = reply.id {
            guard id > 0, id <= lastID else { return "a reply to a request that was never sent" }
            unansweredCount -= 1
            settle(id, reply.outcome)
            return nil
        }
        // The daemon could not read a request, and so does not know its `id`. With one unanswered it is clear which; a call that
        // was cancelled or timed out counts, its reply must not be taken for another's.
        guard unansweredCount == 1, let id = pending.keys.first else { return "a reply without id" }
        unansweredCount = 0
        settle(id, reply.outcome)
        return nil
    }

    private func giveUp(_ fault: String, _ connection: Connection<Void>, in reactor: Reactor<Exchange>) {
        failAll(.invalidReply(fault))
        forget(connection)
        // Not after what waits to be sent: those calls have been told that they failed.
        reactor.drop(connection)
    }

    private func forget(_ lost: Connection<Void>) {
        if connection === lost { connection = nil }
    }

    func peerFinished(_ connection: Connection<Void>, in reactor: Reactor<Exchange>) {
        reactor.drop(connection)
    }

    func deadlinePassed(_ connection: Connection<Void>, in reactor: Reactor<Exchange>) {}

    func closed(_ connection: Connection<Void>, because reason: CloseReason, in reactor: Reactor<Exchange>) {
        guard connection === self.connection else { return }
        self.connection = nil
        failAll(.connectionLost)
    }

    func turnBegins(in reactor: Reactor<Exchange>) {}
    func turnEnds(in reactor: Reactor<Exchange>) {}
}
