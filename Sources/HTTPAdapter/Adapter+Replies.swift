import Bytes
import JSONSyntax
import ProtocolWire
import Reactor

// From frames to HTTP.
extension Adapter {
    /// Takes whole replies off the front of what the daemon sent.
    func receiveReplies(
        _ bytes: UnsafeRawBufferPointer,
        _ link: DaemonLink,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Adapter>
    ) -> Int {
        var consumed = 0
        while connection.isOpen {
            switch Frame.front(of: UnsafeRawBufferPointer(rebasing: bytes[consumed...]), limit: Self.replyBytesMax) {
            case .incomplete:
                return consumed
            case .whole(let frame):
                consumed += Frame.headerBytes + frame.count
                link.backoffMilliseconds = 0
                if settle(frame, reactor) { continue }
            case .tooLong:
                break
            }
            log.write(.error, "daemon_reply_not_understood")
            reactor.drop(connection)
        }
        return bytes.count
    }

    /// - Returns: False for a frame that is no reply to anything the adapter sends.
    private func settle(_ frame: UnsafeRawBufferPointer, _ reactor: Reactor<Adapter>) -> Bool {
        do throws(JSONSyntaxError) {
            try replyDocument.parse(frame)
        } catch {
            return false
        }
        guard let reply = ReplyFrame(frame, parsedBy: replyDocument) else { return false }
        // A reply to a request that was given up long ago has no exchange any more.
        guard let exchange = exchanges.exchange(id: reply.id) else { return true }
        exchange.link = nil
        switch exchange.purpose {
        case .procedure:
            deliver(exchange, reply, reactor)
        case .liveness:
            reply.status == 200 ? deliverLiveness(exchange, reactor) : deliver(exchange, reply, reactor)
        case .procedures:
            isAskingForProcedures = false
            _ = learnProcedures()
            exchanges.release(exchange)
        case .document:
            // The document of the daemon before tells of what this one may not do.
            guard learnProcedures(), let document else {
                deliver(exchange, .proceduresUnknown, reactor)
                break
            }
            deliver(exchange, 200, document, reactor)
        }
        return true
    }

    /// Takes the list of procedures from the reply that was parsed last.
    ///
    /// - Returns: False for a reply without one, such as a refusal.
    private func learnProcedures() -> Bool {
        guard let list = replyDocument.root.member("data").map(JSONValue.init)?.array, !list.isEmpty else {
            return false
        }
        procedures = ProcedureTable(list)
        document = Array(OpenAPI.document(describing: list, version: configuration.version).serialized.utf8)
        isDocumentCurrent = true
        return true
    }

    private func deliver(_ exchange: Exchange, _ reply: ReplyFrame, _ reactor: Reactor<Adapter>) {
        deliver(exchange, reactor) { buffer, traits in
            writer.appendHead(reply.status, traits, reply.fields, bodyBytes: reply.bodyBytes, to: &buffer)
            if traits.isHead { return }
            buffer.append(UInt8(ascii: "{"))
            buffer.append(reply.front)
            buffer.append(reply.back)
        }
    }

    private func deliverLiveness(_ exchange: Exchange, _ reactor: Reactor<Adapter>) {
        let requestID = RequestID(using: &random)
        let body = Array("{\"meta\":{\"requestId\":\"\(requestID)\"},\"data\":{\"message\":\"OK\"}}".utf8)
        deliver(exchange, 200, body, reactor)
    }

    private func deliver(_ exchange: Exchange, _ status: Int, _ body: [UInt8], _ reactor: Reactor<Adapter>) {
        deliver(exchange, reactor) { buffer, traits in
            writer.appendHead(status, traits, bodyBytes: body.count, to: &buffer)
            if !traits.isHead { buffer.append(body) }
        }
    }

    /// Answers a request in flight with a refusal of the adapter's own.
    func deliver(_ exchange: Exchange, _ problem: Problem, _ reactor: Reactor<Adapter>) {
        let frame = refusals.refusal(RequestID(using: &random), correlation: nil, problem)
        let body = UnsafeRawBufferPointer(rebasing: frame[Frame.headerBytes...])
        deliver(exchange, reactor) { buffer, traits in
            writer.appendHead(problem.kind.status, traits, bodyBytes: body.count, to: &buffer)
            if !traits.isHead { buffer.append(body) }
        }
    }

    /// Writes a reply where it belongs: out, or behind the earlier ones that are still to come.
    private func deliver(
        _ exchange: Exchange,
        _ reactor: Reactor<Adapter>,
        _ write: (inout ByteBuffer, ReplyTraits) -> Void
    ) {
        guard let client = exchange.client, let connection = reactor.connection(client),
            case .client(let session) = connection.session.side
        else { return exchanges.release(exchange) }
        guard session.first === exchange else {
            write(&exchange.reply, exchange.traits)
            exchange.isAnswered = true
            return
        }
        write(&connection.output, exchange.traits)
        session.removeFirst()
        exchanges.release(exchange)
        sendAnswered(session, connection, reactor)
    }

    /// Sends the replies that only waited for the one that has just been sent.
    private func sendAnswered(
        _ session: ClientSession,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Adapter>
    ) {
        while let exchange = session.first, exchange.isAnswered {
            connection.output.append(exchange.reply.readable)
            session.removeFirst()
            exchanges.release(exchange)
        }
        reactor.flush(connection)
        if session.isEnding {
            if session.first == nil { reactor.closeAfterFlush(connection) }
        } else {
            sendContinueIfDue(session, connection, reactor)
            if session.count < configuration.pipelineMax { reactor.resume(connection) }
        }
        updateDeadline(session, connection, reactor)
    }
}

// MARK: - The adapter's own answers

extension Adapter {
    /// Refuses a request that was not sent to the daemon.
    func refuse(
        _ problem: Problem,
        _ traits: ReplyTraits,
        allow: StaticString? = nil,
        _ session: ClientSession,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Adapter>
    ) {
        let frame = refusals.refusal(RequestID(using: &random), correlation: nil, problem)
        var fields = ReplyFields()
        fields.allow = allow
        let body = Array(frame[Frame.headerBytes...])
        answer(problem.kind.status, traits, fields, body, session, connection, reactor)
    }

    /// Answers a request that was not sent to the daemon, when the ones before it are answered.
    func answer(
        _ status: Int,
        _ traits: ReplyTraits,
        _ fields: ReplyFields,
        _ body: [UInt8],
        _ session: ClientSession,
        _ connection: Connection<Session>,
        _ reactor: Reactor<Adapter>
    ) {
        let bytes = traits.isHead ? [] : body
        if session.first == nil {
            writer.appendHead(status, traits, fields, bodyBytes: body.count, to: &connection.output)
            connection.output.append(bytes)
            reactor.flush(connection)
        } else if let exchange = exchanges.take() {
            writer.appendHead(status, traits, fields, bodyBytes: body.count, to: &exchange.reply)
            exchange.reply.append(bytes)
            exchange.isAnswered = true
            exchange.client = connection.id
            session.append(exchange)
        } else {
            // A million replies wait already: this peer is not worth the next one.
            reactor.drop(connection)
        }
    }

    /// RFC 9110 §10.1.1: asks for the body, once everything before it has been answered.
    func sendContinueIfDue(_ session: ClientSession, _ connection: Connection<Session>, _ reactor: Reactor<Adapter>) {
        guard session.owesContinue, session.first == nil else { return }
        session.owesContinue = false
        connection.output.append("HTTP/1.1 100 Continue\r\n\r\n")
        reactor.flush(connection)
    }
}

extension Problem {
    fileprivate static var proceduresUnknown: Problem {
        Problem(
            .daemonUnreachable,
            "The daemon does not tell which procedures it has. Send the request again in a moment."
        )
    }
}
