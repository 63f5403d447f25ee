import Bytes
import JSONSyntax
import ProtocolWire
import Reactor

// From HTTP to frames.
extension Adapter {
    /// Takes whole requests off the front of what a client sent.
    func receiveRequests(
        _ bytes: UnsafeRawBufferPointer,
        _ session: ClientSession,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Adapter>
    ) -> Int {
        var consumed = 0
        do throws(Problem) {
            while consumed < bytes.count, connection.wantsInput {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[consumed...])
                switch try session.parser.parse(rest) {
                case .whole(let count):
                    consumed += count
                    serve(session.parser.request(in: rest), session, connection, reactor)
                    session.parser.next()
                    session.arrivalEnded()
                case .needsMore(let count):
                    try awaitRest(rest, session, connection, reactor)
                    return consumed + count
                }
            }
        } catch {
            // Whatever stands behind a message that is not understood, or not read to its end, is never looked at.
            refuseArriving(error, session, connection, reactor)
        }
        updateDeadline(session, connection, reactor)
        return session.isEnding ? bytes.count : consumed
    }

    /// A request has begun to arrive.
    private func awaitRest(
        _ bytes: UnsafeRawBufferPointer,
        _ session: ClientSession,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Adapter>
    ) throws(Problem) {
        if session.readDeadline == nil, !session.parser.isIdle {
            session.readDeadline = reactor.now.adding(milliseconds: configuration.receiveMilliseconds)
            updateDeadline(session, connection, reactor)
        }
        guard session.parser.isAwaitingBody, !session.expectWasSettled else { return }
        session.expectWasSettled = true
        let request = session.parser.requestWithoutBody(in: bytes)
        // RFC 9110 §10.1.1: what would be refused anyway is refused before the body is sent.
        guard request.head.expectation != .none, request.head.minorVersion >= 1 else { return }
        try checkExpectation(request.head)
        try checkRoute(request, hasBody: true)
        session.owesContinue = true
        sendContinueIfDue(session, connection, reactor)
    }

    /// Refuses the request that is arriving, and ends the connection.
    func refuseArriving(
        _ problem: Problem,
        _ session: ClientSession,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Adapter>
    ) {
        let head = session.parser.head
        var traits = ReplyTraits(of: head, isDraining: true)
        traits.closes = true
        session.readDeadline = nil
        session.isEnding = true
        refuse(problem, traits, session, connection, reactor)
        end(session, connection, reactor)
        // An earlier request may still wait for the daemon, and keeps its own time.
        updateDeadline(session, connection, reactor)
    }

    /// Answers a whole request, or asks the daemon to.
    private func serve(
        _ request: HTTPRequest,
        _ session: ClientSession,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Adapter>
    ) {
        let traits = ReplyTraits(of: request.head, isDraining: isDraining)
        if traits.closes { session.isEnding = true }
        do throws(Problem) {
            if request.head.minorVersion >= 1 { try checkExpectation(request.head) }
            try checkRoute(request, hasBody: request.body.count > 0)
            try dispatch(request, traits, session, connection, reactor)
        } catch {
            refuse(error, traits, allow: allowed(request, error), session, connection, reactor)
        }
        if session.isEnding {
            end(session, connection, reactor)
        } else if session.count >= configuration.pipelineMax {
            reactor.hold(connection)
        }
    }

    private func dispatch(
        _ request: HTTPRequest,
        _ traits: ReplyTraits,
        _ session: ClientSession,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Adapter>
    ) throws(Problem) {
        switch Route(path: request.bytes(request.head.path)) {
        case .procedure(let name):
            let params = try checkedBody(request.body, of: name)
            let exchange = try ask(.procedure, preferring: session.link, in: reactor) { id in
                RequestFrame(
                    id: id,
                    method: name,
                    token: request.bytes(request.head.authorization).map(BearerCredential.token),
                    idempotencyKey: request.bytes(request.head.idempotencyKey),
                    clientAddress: clientAddress(of: request, session),
                    params: params
                )
            }
            enqueue(exchange, traits, session, connection)
        case .liveness:
            enqueue(try ask(.liveness, preferring: session.link, in: reactor), traits, session, connection)
        case .document:
            try answerWithDocument(traits, session, connection, reactor)
        case .unknown:
            throw .unknownPath
        }
    }

    /// The document of the daemon that is there, or while none is, of the one that was.
    private func answerWithDocument(
        _ traits: ReplyTraits,
        _ session: ClientSession,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Adapter>
    ) throws(Problem) {
        if !isDocumentCurrent {
            do throws(Problem) {
                let exchange = try ask(.document, preferring: session.link, in: reactor)
                return enqueue(exchange, traits, session, connection)
            } catch {
                guard error.kind == .daemonUnreachable, document != nil else { throw error }
            }
        }
        if let document { answer(200, traits, ReplyFields(), document, session, connection, reactor) }
    }

    /// The first that a proxy names, else the peer.
    private func clientAddress(of request: HTTPRequest, _ session: ClientSession) -> UnsafeRawBufferPointer? {
        if let forwarded = request.bytes(request.head.forwardedFor) {
            // Longer than any address: nobody's.
            return UnsafeRawBufferPointer(rebasing: forwarded.prefix(RequestFrame.clientAddressBytesMax))
        }
        return session.address.count > 0 ? session.address.readable : nil
    }

    private func enqueue(
        _ exchange: Exchange,
        _ traits: ReplyTraits,
        _ session: ClientSession,
        _ connection: Connection<Session>
    ) {
        exchange.client = connection.id
        exchange.traits = traits
        session.append(exchange)
    }
}

// MARK: - Checks, in the order in which they win

extension Adapter {
    private func checkExpectation(_ head: HTTPRequestHead) throws(Problem) {
        if head.expectation == .unknown {
            throw Problem(.expectationFailed, "Expect is something other than 100-continue. Leave the field out.")
        }
    }

    /// Everything that the head decides.
    private func checkRoute(_ request: HTTPRequest, hasBody: Bool) throws(Problem) {
        switch Route(path: request.bytes(request.head.path)) {
        case .procedure(let name): try checkCall(of: name, request, hasBody: hasBody)
        case .liveness, .document:
            guard request.head.method == .get || request.head.method == .head else { throw .methodNotAllowed("GET") }
        case .unknown: throw .unknownPath
        }
    }

    private func checkCall(
        of name: UnsafeRawBufferPointer,
        _ request: HTTPRequest,
        hasBody: Bool
    ) throws(Problem) {
        // While the list is not known, the daemon judges.
        if let procedures, !procedures.contains(name) { throw .unknownProcedure(name) }
        guard request.head.method == .post else { throw .methodNotAllowed("POST") }
        if request.head.hasQuery {
            throw .invalid(
                at: "path",
                "a query stands in the path",
                fix: "put parameters into the body, as JSON members"
            )
        }
        let contentType = request.bytes(request.head.contentType)
        if hasBody || contentType != nil {
            guard let contentType, MediaType.isJSON(contentType) else { throw .notDeclaredJSON }
        }
        if let key = request.bytes(request.head.idempotencyKey) { try checkIdempotencyKey(key) }
    }

    private func checkIdempotencyKey(_ key: UnsafeRawBufferPointer) throws(Problem) {
        guard (1...255).contains(key.count), key.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .invalid(
                at: "header.Idempotency-Key",
                "must be 1 to 255 printable ASCII characters, got \(key.count) bytes",
                fix: "send a value such as a UUID"
            )
        }
    }

    /// The body as `params`: one object or array, and nothing beside it.
    private func checkedBody(
        _ body: UnsafeRawBufferPointer,
        of name: UnsafeRawBufferPointer
    ) throws(Problem) -> UnsafeRawBufferPointer? {
        if body.count == 0 {
            // The one procedure that clients call without a body.
            if Characters.equal(name, "workspace.getLimits") { return nil }
            throw .invalid(at: "body", "is missing", fix: "send one JSON object, {} where there are no parameters")
        }
        do throws(JSONSyntaxError) {
            try bodyDocument.parse(body)
        } catch {
            throw .invalid(at: "body", "is not JSON: \(error)", fix: "send one JSON object")
        }
        let kind = bodyDocument.root.kind
        guard kind == .object || kind == .array else {
            throw .invalid(at: "body", "must be an object, got \(kind.article)", fix: "send one JSON object")
        }
        return body
    }

    private func allowed(_ request: HTTPRequest, _ problem: Problem) -> StaticString? {
        guard problem.kind == .methodNotAllowed else { return nil }
        return Route(path: request.bytes(request.head.path)).allowedMethods
    }
}

extension Problem {
    fileprivate static var unknownPath: Problem {
        Problem(.procedureNotFound, "Nothing is at this path. Procedures are at POST /v2/{service}.{procedure}.")
    }

    fileprivate static func unknownProcedure(_ name: UnsafeRawBufferPointer) -> Problem {
        let name = String(decoding: name.prefix(64), as: UTF8.self)
        return Problem(
            .procedureNotFound,
            "There is no procedure '\(name)'. system.listProcedures lists what there is."
        )
    }

    fileprivate static func methodNotAllowed(_ method: String) -> Problem {
        Problem(.methodNotAllowed, "This path takes another HTTP method. Send \(method).")
    }

    fileprivate static var notDeclaredJSON: Problem {
        Problem(
            .unsupportedMediaType,
            """
            The body is not declared to be JSON. Send Content-Type: application/json. \
            (curl -d declares a form unless it is given -H 'Content-Type: application/json', or --json is used.)
            """
        )
    }
}
