import ProtocolWire
import Reactor
import Registry
import Store

// What comes back from other threads.
extension Dispatcher {
    /// Takes in what has come back: first all changes, then the replies, so that whoever is told of a change finds it made.
    func settle(_ outcomes: [Outcome], in reactor: Reactor<Dispatcher>) {
        for case .settled(let settlement) in outcomes {
            for change in settlement.changes { apply(change) }
        }
        for outcome in outcomes {
            switch outcome {
            case .settled(let settlement): settle(settlement, in: reactor)
            case .fetched(let fetched): settle(fetched, in: reactor)
            case .storing(let isStoring): state.health.isStoring = isStoring
            }
        }
    }

    private func apply(_ change: Change) {
        state.apply(change)
        fetches.apply(change)
    }

    private func settle(_ settlement: Settlement, in reactor: Reactor<Dispatcher>) {
        if settlement.isUndecided, let purpose = settlement.purpose { return make(purpose, in: reactor) }
        if let claim = settlement.claim { claimsInProgress.remove(claim) }
        if let purpose = settlement.purpose { settle(purpose, settlement.result, in: reactor) }
        guard let ticket = settlement.ticket else { return }
        callsElsewhere -= 1
        waitingBytes.giveBack(ticket.frameBytes)
        guard let connection = reactor.connection(ticket.connection) else { return }
        let correlation = ticket.correlation ?? []
        correlation.withUnsafeBytes { bytes in
            let correlation = ticket.correlation == nil ? nil : bytes
            switch settlement.result {
            case .success(let members):
                members.withUnsafeBytes { members in
                    send(
                        reply.reply(
                            ticket.requestID,
                            correlation: correlation,
                            isReplayed: settlement.isReplayed,
                            quota: ticket.quota,
                            members: members
                        ),
                        on: connection,
                        in: reactor
                    )
                }
            case .failure(let problem):
                send(
                    reply.refusal(ticket.requestID, correlation: correlation, quota: ticket.quota, problem),
                    on: connection,
                    in: reactor
                )
            }
        }
        endCall(on: connection, wasOrdered: ticket.correlation == nil, in: reactor)
    }

    private func settle(
        _ purpose: WriteJob.Purpose,
        _ result: Result<[UInt8], Problem>,
        in reactor: Reactor<Dispatcher>
    ) {
        switch (purpose, result) {
        case (.prerequisite(let subject), .success):
            for call in prerequisites.finish(subject) { resume(call, in: reactor) }
        case (.prerequisite(let subject), .failure(let problem)):
            for call in prerequisites.finish(subject) { resume(call, refusedWith: problem, in: reactor) }
        case (.windows, .success): windowsAreStored()
        case (.windows, .failure): snapshot.isUnderWay = false
        case (.renewal(let renewal), .success): renewal.endStep(isStored: true)
        case (.renewal(let renewal), .failure): renewal.endStep(isStored: false)
        case (.endedWindows, .success(let rest)): endedWindowsAreDeleted(areMoreLeft: !rest.isEmpty)
        case (.endedWindows, .failure): endedWindowsAreDeleted(areMoreLeft: false)
        case (.recall, _): break
        case (.spend(_, let spend), .success):
            guard let credits = spend.credits else { break }
            state.noteStored(credits)
            // What is being read of the key just now may be from before.
            fetches.apply(.key(hash: credits.hash))
        case (.spend(_, let spend), .failure): state.takeBack(spend)
        }
    }

    private func settle(_ fetched: Fetched, in reactor: Reactor<Dispatcher>) {
        if case .failed(let miss) = fetched {
            for call in fetches.abandon(miss) { resume(call, refusedWith: .internalFailure, in: reactor) }
            return
        }
        switch fetches.finish(fetched, at: reactor.now) {
        case .answered(let calls):
            state.fill(fetched)
            for call in calls { resume(call, in: reactor) }
        case .outdated(let late):
            for call in late { resume(call, refusedWith: .timedOut, in: reactor) }
            begin(fetched.miss, in: reactor)
        }
    }

    /// What goes with a call that is not answered at once: one without an `id` holds the connection (`protocol/frames.md`).
    func beginCall(on connection: Connection<Session>, isOrdered: Bool, in reactor: Reactor<Dispatcher>) {
        let session = connection.session
        session.pendingCalls += 1
        if isOrdered { session.orderedCalls += 1 }
        // One peer does not fill the mailboxes that all share.
        if session.orderedCalls > 0 || session.pendingCalls >= limits.pendingCallsMax { reactor.hold(connection) }
    }

    /// What follows its reply.
    func endCall(on connection: Connection<Session>, wasOrdered: Bool, in reactor: Reactor<Dispatcher>) {
        let session = connection.session
        session.pendingCalls -= 1
        if wasOrdered { session.orderedCalls -= 1 }
        if session.orderedCalls == 0, session.pendingCalls < limits.pendingCallsMax, !isDraining {
            reactor.resume(connection)
        }
        if session.isFinishing, session.pendingCalls == 0 { reactor.closeAfterFlush(connection) }
    }
}

// Calls that wait for something to be fetched, or to be made.
extension Dispatcher {
    func suspend(
        _ call: SuspendedCall,
        because interruption: Interruption,
        on connection: Connection<Session>,
        in reactor: Reactor<Dispatcher>
    ) {
        let waitingCount = fetches.waitingCount + prerequisites.waitingCount
        guard waitingCount < limits.suspendedCallsMax, waitingBytes.hasRoom(for: call.frame.count) else {
            return refuse(call.frame, .overloaded, resuming: call, on: connection, in: reactor)
        }
        waitingBytes.take(call.frame.count)
        beginCall(on: connection, isOrdered: call.isOrdered, in: reactor)
        switch interruption {
        case .problem: preconditionFailure("a refusal is answered at once")
        case .miss(let miss):
            if fetches.suspend(call, for: miss) { begin(miss, in: reactor) }
        case .first(let prerequisite):
            if prerequisites.suspend(call, for: prerequisite.subject) { begin(prerequisite, in: reactor) }
        }
    }

    private func begin(_ prerequisite: Prerequisite, in reactor: Reactor<Dispatcher>) {
        let job = WriteJob(ticket: nil, purpose: .prerequisite(prerequisite.subject), work: prerequisite.work)
        if writeJobs.post(job) { return }
        for call in prerequisites.finish(prerequisite.subject) { resume(call, refusedWith: .overloaded, in: reactor) }
    }

    private func begin(_ miss: Miss, in reactor: Reactor<Dispatcher>) {
        if fetchJobs.post(.fetch(miss)) { return }
        for call in fetches.abandon(miss) { resume(call, refusedWith: .overloaded, in: reactor) }
    }

    /// Makes a call that has waited; should it have to wait again, what it gives back here is its own to take.
    func resume(_ call: SuspendedCall, in reactor: Reactor<Dispatcher>) {
        if call.deadline < reactor.now { return resume(call, refusedWith: .timedOut, in: reactor) }
        waitingBytes.giveBack(call.frame.count)
        guard let connection = reactor.connection(call.connection) else { return release(call.claim) }
        call.frame.withUnsafeBytes { answer($0, on: connection, in: reactor, resuming: call) }
        endCall(on: connection, wasOrdered: call.isOrdered, in: reactor)
    }

    private func resume(_ call: SuspendedCall, refusedWith problem: Problem, in reactor: Reactor<Dispatcher>) {
        waitingBytes.giveBack(call.frame.count)
        guard let connection = reactor.connection(call.connection) else { return release(call.claim) }
        refuse(call.frame, problem, resuming: call, on: connection, in: reactor)
        endCall(on: connection, wasOrdered: call.isOrdered, in: reactor)
    }
}

extension HotState {
    fileprivate func fill(_ fetched: Fetched) {
        switch fetched {
        case .rootKey(let hash, let row): fill(rootKey: hash, row)
        case .key(let hash, let row): fill(key: hash, row)
        case .namespaces(let answers):
            for answer in answers { fill(namespace: answer.name, answer.contents) }
        case .pendingKey(let name, let answer): fill(pendingKey: name, answer)
        case .failed: break
        }
    }
}
