import JSONSyntax
import ProtocolWire
import Reactor
import Registry
import Store

// Idempotency keys (`protocol/verbs.md` §4), and what has to be stored before a reply goes out.
//
// A change on the writer's thread has its key looked up and its reply stored there, in one go. A call that memory decides asks the
// writer first, is decided when there was no reply, and goes back to the writer with the reply. From the first question on its
// key is in ``claimsInProgress``, until it has been answered.
extension Dispatcher {
    /// What becomes of the reply to a call that memory answers.
    func keeping(_ request: Request, _ procedure: Procedure, _ suspended: SuspendedCall?) -> ReplyKeeping {
        guard request.idempotencyKey != nil, procedure.effect == .hot, procedure.isChanging else { return .none }
        return suspended?.claim == nil ? .unsought : .due
    }

    /// What a change with an idempotency key claims; reads have no use for one.
    func claim(
        _ request: Request,
        _ params: JSONView,
        _ procedure: Procedure,
        _ session: Session
    ) -> IdempotencyClaim? {
        guard let key = request.idempotencyKey, procedure.isChanging, let owner = owner(request, session) else {
            return nil
        }
        return IdempotencyClaim(key: key, owner: owner, method: procedure.method, params: params)
    }

    /// Who makes a claim, once the call was admitted: the session's root key is the request's then.
    private func owner(_ request: Request, _ session: Session) -> IdempotencyClaim.Owner? {
        if session.socket == .operator { return .operator(secret: operatorSecret) }
        guard let rootKey = session.rootKey, let secret = request.credential else { return nil }
        return .rootKey(rootKey.principal.number, secret: secret)
    }

    /// Looks for the reply to an earlier request; the call is made if there is none.
    func recall(
        _ claim: IdempotencyClaim?,
        _ frame: UnsafeRawBufferPointer,
        _ ticket: Ticket,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Dispatcher>
    ) throws(Interruption) {
        guard let claim else { preconditionFailure("a procedure that changes something asks who calls") }
        if claimsInProgress.contains(claim.name) { throw .problem(.idempotencyInProgress) }
        let call = SuspendedCall(ticket, frame, claim)
        let job = WriteJob(ticket: ticket, claim: claim, purpose: .recall(call)) { _ in [] }
        guard waitingBytes.hasRoom(for: frame.count), writeJobs.post(job) else { throw .problem(.overloaded) }
        claimsInProgress.insert(claim.name)
        goesElsewhere(frame.count)
        beginCall(on: connection, isOrdered: call.isOrdered, in: reactor)
    }

    /// Has a spend, and the reply where it is kept, stored before the reply that is written goes out.
    func store(
        _ spend: PendingSpend,
        _ members: [UInt8],
        _ frame: UnsafeRawBufferPointer,
        _ ticket: Ticket,
        _ claim: IdempotencyClaim?,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Dispatcher>
    ) throws(Interruption) {
        let call = SuspendedCall(ticket, frame, claim)
        let job = WriteJob(ticket: ticket, claim: claim, purpose: .spend(call, spend)) { _ in members }
        guard waitingBytes.hasRoom(for: frame.count), writeJobs.post(job) else {
            state.takeBack(spend)
            throw .problem(.overloaded)
        }
        goesElsewhere(frame.count)
        beginCall(on: connection, isOrdered: call.isOrdered, in: reactor)
    }

    /// Makes a call that the writer has left undecided: nothing was stored for its key, or its spend met another balance.
    func make(_ purpose: WriteJob.Purpose, in reactor: Reactor<Dispatcher>) {
        switch purpose {
        case .recall(let call):
            callsElsewhere -= 1
            resume(call, in: reactor)
        case .spend(let call, let spend):
            callsElsewhere -= 1
            state.takeBack(spend)
            resume(call, in: reactor)
        case .prerequisite, .windows, .endedWindows, .renewal:
            preconditionFailure("the daemon's own work decides nothing")
        }
    }

    /// Sets free the idempotency key of a call that ends without a reply to keep.
    func release(_ claim: IdempotencyClaim?) {
        if let claim { claimsInProgress.remove(claim.name) }
    }
}

extension SuspendedCall {
    /// A call that waits for the writer.
    fileprivate init(_ ticket: Ticket, _ frame: UnsafeRawBufferPointer, _ claim: IdempotencyClaim?) {
        self.init(
            connection: ticket.connection,
            frame: Array(frame),
            isOrdered: ticket.correlation == nil,
            deadline: ticket.deadline,
            requestID: ticket.requestID,
            quota: ticket.quota,
            claim: claim
        )
    }
}

extension Problem {
    static let idempotencyInProgress = Problem(
        .idempotencyInProgress,
        "A request with this idempotency key is still running. Send it again in a moment to get its reply."
    )
}
