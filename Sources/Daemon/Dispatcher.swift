import Cryptography
import Domain
import JSONSyntax
import Program
import ProtocolWire
import Reactor
import Registry
import Store

/// What the reactor serves in the daemon: frames in, replies out.
///
/// Says which procedure a frame asks for, whether the caller may, and on which thread it runs. What memory can answer is answered
/// where it is read; the rest goes through a bounded mailbox and comes back as an ``Outcome``. Confined to the reactor's thread.
final class Dispatcher: ReactorService {
    let registry: Registry
    let state: HotState
    let readJobs: Mailbox<ReadJob>
    /// What hot state lacks has a reader of its own: no list, however long, stands before a verification.
    let fetchJobs: Mailbox<ReadJob>
    let writeJobs: Mailbox<WriteJob>
    let limits: DispatchLimits
    let log: Log
    /// Stands in for a root key where the operator's replies are sealed.
    let operatorSecret: [UInt8]

    var fetches = PendingFetches()
    var prerequisites = PendingPrerequisites()
    var snapshot = WindowSnapshot()
    /// Idempotency keys of calls on their way through the writer.
    var claimsInProgress: Set<IdempotencyClaim.Name> = []
    /// Calls on their way through another thread.
    var callsElsewhere = 0
    /// Of those, and of calls that are suspended.
    var waitingBytes: WaitingBytes
    var isDraining = false
    var reply = ReplyWriter()
    /// The time of this turn, for procedures.
    private(set) var time = UnixMilliseconds.read()
    private let document = JSONDocument(depthLimit: 64)
    private let noParameters = EmptyObject()
    private var random = FastRandom()

    init(
        _ registry: Registry,
        _ state: HotState,
        readJobs: Mailbox<ReadJob>,
        fetchJobs: Mailbox<ReadJob>,
        writeJobs: Mailbox<WriteJob>,
        operatorSecret: [UInt8],
        limits: DispatchLimits,
        log: Log
    ) {
        self.registry = registry
        self.state = state
        self.readJobs = readJobs
        self.fetchJobs = fetchJobs
        self.writeJobs = writeJobs
        self.operatorSecret = operatorSecret
        self.limits = limits
        waitingBytes = WaitingBytes(bytesMax: limits.waitingBytesMax)
        self.log = log
    }

    func turnBegins(in reactor: Reactor<Dispatcher>) {
        time = .read()
    }

    func turnEnds(in reactor: Reactor<Dispatcher>) {
        state.forgetAbsences()
    }

    func receive(
        _ bytes: UnsafeRawBufferPointer,
        on connection: Connection<Session>,
        in reactor: Reactor<Dispatcher>
    ) -> Int {
        var consumed = 0
        while connection.wantsInput {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[consumed...])
            switch Frame.front(of: rest, limit: limits.frameBytesMax) {
            case .incomplete:
                expectRest(rest.count > 0, of: connection, in: reactor)
                return consumed
            case .tooLong(let length):
                refuseTooLong(length, on: connection, in: reactor)
                return bytes.count
            case .whole(let frame):
                // Each frame has its own time, also where one never ends without the next having begun.
                expectRest(false, of: connection, in: reactor)
                answer(frame, on: connection, in: reactor)
                consumed += Frame.headerBytes + frame.count
            }
        }
        expectRest(false, of: connection, in: reactor)
        return consumed
    }

    /// Answers one frame, or starts what will.
    ///
    /// - Parameters:
    ///   - frame: The frame without its length.
    ///   - connection: Where it came in.
    ///   - reactor: The reactor whose thread this is.
    ///   - suspended: The call, if it was suspended before; it keeps its identifier and its time, and is not counted again.
    func answer(
        _ frame: UnsafeRawBufferPointer,
        on connection: Connection<Session>,
        in reactor: Reactor<Dispatcher>,
        resuming suspended: SuspendedCall? = nil
    ) {
        let requestID = suspended?.requestID ?? RequestID(using: &random)
        var quota = suspended?.quota
        var correlation: UnsafeRawBufferPointer?
        do throws(Interruption) {
            let request = try understand(frame, &correlation)
            guard let procedure = registry.procedure(request.method, on: connection.session.socket) else {
                throw .problem(.noProcedure(request.method))
            }
            let arrival = Arrival(
                requestID: requestID,
                time: time,
                socket: connection.session.socket,
                params: request.params ?? noParameters.view,
                clientAddress: request.clientAddress,
                keeping: keeping(request, procedure, suspended)
            )
            let continuation = try start(procedure, arrival, request, connection, &quota)
            if case .answered = continuation, suspended?.claim == nil {
                _ = reply.finish(quota)
                reply.giveBack(&connection.output)
                return reactor.flush(connection)
            }
            let members = takeReplyBack(from: connection)
            let ticket = Ticket(
                connection: connection.id,
                requestID: requestID,
                correlation: correlation.map { Array($0) },
                procedure: procedure,
                frameBytes: frame.count,
                deadline: deadline(of: suspended, reactor),
                quota: quota
            )
            let claim = suspended?.claim ?? claim(request, arrival.params, procedure, connection.session)
            try goOn(continuation, members, frame, ticket, claim, connection, reactor)
        } catch {
            if case .problem(let problem) = error {
                release(suspended?.claim)
                let refusal = reply.refusal(requestID, correlation: correlation, quota: quota, problem)
                return send(refusal, on: connection, in: reactor)
            }
            let call = SuspendedCall(
                connection: connection.id,
                frame: Array(frame),
                isOrdered: correlation == nil,
                deadline: deadline(of: suspended, reactor),
                requestID: requestID,
                quota: quota,
                claim: suspended?.claim
            )
            suspend(call, because: error, on: connection, in: reactor)
        }
    }

    /// Begins the reply behind what the connection has to send already, and has the procedure do what it can here.
    ///
    /// Of a call that is interrupted nothing stays there.
    @inline(__always)
    private func start(
        _ procedure: Procedure,
        _ arrival: Arrival,
        _ request: Request,
        _ connection: Connection<Session>,
        _ quota: inout Quota?
    ) throws(Interruption) -> Continuation {
        reply.borrow(&connection.output)
        reply.begin(arrival.requestID, correlation: request.correlation)
        do throws(Interruption) {
            return try procedure.start(
                arrival,
                { access throws(Interruption) in try admit(access, request.credential, connection.session, &quota) },
                state,
                &reply.json
            )
        } catch {
            reply.abandon()
            reply.giveBack(&connection.output)
            throw error
        }
    }

    /// Takes the reply that has been begun away from the connection, and gives what is written of its members.
    private func takeReplyBack(from connection: Connection<Session>) -> [UInt8] {
        let members = reply.members
        reply.abandon()
        reply.giveBack(&connection.output)
        return members
    }

    /// Until when a call may wait for its turn.
    private func deadline(of suspended: SuspendedCall?, _ reactor: Reactor<Dispatcher>) -> MonotonicTime {
        suspended?.deadline ?? reactor.now.adding(milliseconds: limits.requestMilliseconds)
    }

    /// Has a call that cannot be answered yet carried on where it can be.
    private func goOn(
        _ continuation: Continuation,
        _ members: [UInt8],
        _ frame: UnsafeRawBufferPointer,
        _ ticket: Ticket,
        _ claim: IdempotencyClaim?,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Dispatcher>
    ) throws(Interruption) {
        switch continuation {
        case .answered: try store(PendingSpend(), members, frame, ticket, claim, connection, reactor)
        case .answeredOnceStored(let spend): try store(spend, members, frame, ticket, claim, connection, reactor)
        case .recall: try recall(claim, frame, ticket, connection, reactor)
        case .read, .write: try handOver(continuation, ticket, claim, connection, reactor)
        }
    }

    /// Finds out who calls, and counts the call in the quota of its workspace, if that has one.
    ///
    /// `quota` is set already by a call that was counted before it was suspended; that is not counted again.
    private func admit(
        _ access: Access,
        _ credential: JSONText?,
        _ session: Session,
        _ quota: inout Quota?
    ) throws(Interruption) -> Caller {
        let caller = try Authenticator.caller(access, credential, session, state, at: time)
        guard case .rootKey = caller, let rootKey = session.rootKey, let limit = rootKey.requestsPerMinute, quota == nil
        else { return caller }
        let isOver = count(in: rootKey.workspace, limit, &quota)
        if isOver { throw .problem(.workspaceRateLimited) }
        return caller
    }

    /// Counts a call; one that is over the quota spends nothing (`conventions.md` §11).
    private func count(in workspace: HotWorkspace, _ limit: Int64, _ quota: inout Quota?) -> Bool {
        let key = WindowKey.calls(of: workspace.reference.number, durationMilliseconds: 60_000)
        let window = state.windows.window(of: key, at: time)
        let decision = window.decide(limit: limit, cost: 1)
        if decision.passes { state.windows.spend(1, in: window, of: key) }
        quota = Quota(limit: limit, remaining: decision.remaining, reset: window.reset)
        return !decision.passes
    }

    /// JSON, then the frame's members.
    private func understand(
        _ frame: UnsafeRawBufferPointer,
        _ correlation: inout UnsafeRawBufferPointer?
    ) throws(Interruption) -> Request {
        do throws(JSONSyntaxError) {
            try document.parse(frame)
        } catch {
            throw .problem(.notJSON(error))
        }
        do throws(Problem) {
            return try Request(document.root, correlation: &correlation)
        } catch {
            throw .problem(error)
        }
    }

    /// Gives a call to the thread that can carry it out.
    ///
    /// A full mailbox refuses at once: nothing queues without end.
    private func handOver(
        _ continuation: Continuation,
        _ ticket: Ticket,
        _ claim: IdempotencyClaim?,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Dispatcher>
    ) throws(Interruption) {
        guard waitingBytes.hasRoom(for: ticket.frameBytes) else { throw .problem(.overloaded) }
        let isTaken: Bool
        switch continuation {
        case .answered, .answeredOnceStored, .recall: return
        case .read(let work): isTaken = readJobs.post(.call(ticket, work))
        case .write(let work):
            if let claim, claimsInProgress.contains(claim.name) { throw .problem(.idempotencyInProgress) }
            isTaken = writeJobs.post(WriteJob(ticket: ticket, claim: claim, work: work))
            if let claim, isTaken { claimsInProgress.insert(claim.name) }
        }
        guard isTaken else { throw .problem(.overloaded) }
        goesElsewhere(ticket.frameBytes)
        beginCall(on: connection, isOrdered: ticket.correlation == nil, in: reactor)
    }

    /// Counts a call that another thread has taken.
    func goesElsewhere(_ frameBytes: Int) {
        callsElsewhere += 1
        waitingBytes.take(frameBytes)
    }

    /// A name for something that the daemon does by itself.
    func newRequestID() -> RequestID { RequestID(using: &random) }

    /// Refuses a frame for a reason that has nothing to do with what it asks for.
    func refuse(
        _ frame: [UInt8],
        _ problem: Problem,
        resuming suspended: SuspendedCall? = nil,
        on connection: Connection<Session>,
        in reactor: Reactor<Dispatcher>
    ) {
        release(suspended?.claim)
        frame.withUnsafeBytes { bytes in
            var correlation: UnsafeRawBufferPointer?
            // Only to find the caller's `id`; it was understood once before, or there is nothing to understand.
            _ = try? understand(bytes, &correlation)
            let requestID = suspended?.requestID ?? RequestID(using: &random)
            send(
                reply.refusal(requestID, correlation: correlation, quota: suspended?.quota, problem),
                on: connection,
                in: reactor
            )
        }
    }

    func send(_ frame: UnsafeRawBufferPointer, on connection: Connection<Session>, in reactor: Reactor<Dispatcher>) {
        connection.output.append(frame)
        reactor.flush(connection)
    }
}

/// The parameters of a frame that has none.
private final class EmptyObject {
    private let document = JSONDocument()
    private let text: StaticString = "{}"

    init() {
        do throws(JSONSyntaxError) {
            try document.parse(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        } catch {
            preconditionFailure("an empty object is JSON")
        }
    }

    var view: JSONView { document.root }
}

extension Problem {
    static let workspaceRateLimited = Problem(
        .workspaceRateLimited,
        "The workspace has made as many calls as it may a minute. Wait until the window ends; its operator can raise the quota."
    )

    static func notJSON(_ error: JSONSyntaxError) -> Problem {
        .invalid(
            at: "frame",
            "is not JSON: \(error)",
            fix: "send one JSON object in UTF-8 (RFC 8259), without duplicate names, at most 64 levels deep"
        )
    }

    static func noProcedure(_ method: JSONText) -> Problem {
        Problem(
            .procedureNotFound,
            "There is no procedure '\(Fault.excerpt(of: method.string))' on this socket. system.listProcedures lists those there are."
        )
    }
}
