import Testing

/// A caller of the daemon: frames, one call at a time, every reply checked.
struct Client: Sendable {
    let frames: FrameClient
    /// The root key that goes with each call.
    var auth: String?

    init(_ path: String, auth: String? = nil) throws {
        frames = try FrameClient(path)
        self.auth = auth
    }

    /// The same connection with another root key.
    func with(auth: String?) -> Client {
        var copy = self
        copy.auth = auth
        return copy
    }

    /// Calls a procedure.
    func call(_ method: String, _ params: JSON? = nil, idempotencyKey: String? = nil) throws -> Reply {
        try send(method, params, idempotencyKey: idempotencyKey)
        let reply = try receive()
        Contract.check(reply, of: method)
        return reply
    }

    /// Calls a procedure of a daemon that may end meanwhile; `nil` when it has.
    func callUnlessEnded(_ method: String, _ params: JSON? = nil) -> Reply? {
        // A broken connection is the end that the test is about.
        guard (try? send(method, params)) != nil, let json = try? frames.receiveJSON() else { return nil }
        return try? Reply(json)
    }

    /// Calls a procedure that has to succeed.
    @discardableResult
    func data(_ method: String, _ params: JSON? = nil, _ location: SourceLocation = #_sourceLocation) throws -> JSON {
        let reply = try call(method, params)
        return try #require(reply.data, "\(method): \(reply.detail)", sourceLocation: location)
    }

    /// Calls a procedure that has to be refused.
    @discardableResult
    func refusal(
        _ status: Int,
        _ code: String,
        _ method: String,
        _ params: JSON? = nil,
        _ location: SourceLocation = #_sourceLocation
    ) throws -> Reply {
        let reply = try call(method, params)
        #expect(reply.status == status, "\(method): \(reply.detail)", sourceLocation: location)
        #expect(reply.code == code, "\(method): \(reply.detail)", sourceLocation: location)
        return reply
    }

    /// Sends a call without waiting for its reply.
    func send(_ method: String, _ params: JSON? = nil, id: JSON? = nil, idempotencyKey: String? = nil) throws {
        try frames.send(frame: try frame(method, params, id: id, idempotencyKey: idempotencyKey).bytes)
    }

    /// Sends several frames in one piece.
    func send(together frames: [JSON]) throws {
        try self.frames.send(
            raw: try frames.flatMap { frame in
                let bytes = try frame.bytes
                return FrameClient.header(bytes.count) + bytes
            }
        )
    }

    /// The frame of a call.
    func frame(_ method: String, _ params: JSON? = nil, id: JSON? = nil, idempotencyKey: String? = nil) -> JSON {
        var frame: [String: JSON] = ["method": .text(method)]
        frame["params"] = params
        frame["id"] = id
        frame["auth"] = auth.map(JSON.text)
        frame["idempotencyKey"] = idempotencyKey.map(JSON.text)
        return .object(frame)
    }

    func receive() throws -> Reply {
        try Reply(try #require(try frames.receiveJSON(), "the daemon closed the connection"))
    }
}
