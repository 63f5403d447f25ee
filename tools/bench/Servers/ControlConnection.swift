import Bytes
import Glibc
import JSONSyntax
import ProtocolWire
import Reactor

/// A connection for preparing what is measured: calls, and waits for the replies.
struct ControlConnection: ~Copyable {
    private let descriptor: Int32
    private let document = JSONDocument()
    private var input = ByteBuffer()

    /// Calls that are under way at a time.
    static let batchMax = 128

    /// - Parameter path: The API socket, or the operator socket.
    /// - Throws: When nobody listens there.
    init(path: String) throws(BenchFailure) {
        descriptor = try connectedDescriptor(to: .unix(path: path))
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK)
        var patience = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
    }

    /// The server's process, as the kernel attests it.
    var serverProcessID: pid_t? { PeerCredentials(of: descriptor)?.processID }

    /// Calls a procedure once.
    ///
    /// - Returns: The text of that member of the reply's `data`.
    mutating func text(
        _ member: String,
        of method: String,
        _ params: String,
        credential: String?
    ) throws(BenchFailure) -> String {
        let texts = try self.texts(member, of: method, [params], credential: credential)
        return texts[0]
    }

    /// Calls a procedure often, with many calls under way.
    ///
    /// - Returns: The text of that member of each reply's `data`, in any order.
    mutating func texts(
        _ member: String,
        of method: String,
        _ params: [String],
        credential: String?
    ) throws(BenchFailure) -> [String] {
        var texts: [String] = []
        texts.reserveCapacity(params.count)
        for start in stride(from: 0, to: params.count, by: Self.batchMax) {
            let batch = params[start..<min(start + Self.batchMax, params.count)]
            try send(method, batch, credential: credential)
            for _ in batch { texts.append(try receive(member, of: method)) }
        }
        return texts
    }

    /// Sends calls without waiting for their replies; at most ``batchMax`` may be under way.
    func send(_ method: String, _ batch: ArraySlice<String>, credential: String?) throws(BenchFailure) {
        var output = ByteBuffer()
        for params in batch {
            var json = JSONWriter(capacity: 256)
            json.beginObject()
            json.name("id")
            json.integer(1)
            json.name("method")
            json.string(method)
            if let credential {
                json.name("auth")
                json.string(credential)
            }
            json.name("params")
            json.raw(params)
            json.endObject()
            Frame.append(json.buffer.readable, to: &output)
        }
        while !output.isEmpty {
            let bytes = output.readable
            let sent = Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            guard sent > 0 else { throw BenchFailure("Preparing with \(method): \(SystemError.current("send"))") }
            output.consume(sent)
        }
    }

    /// Waits for the reply to one of the calls under way.
    ///
    /// - Returns: The text of that member of the reply's `data`.
    mutating func receive(_ member: String, of method: String) throws(BenchFailure) -> String {
        while true {
            if case .whole(let json) = Frame.front(of: input.readable, limit: Frame.bytesMaxDefault) {
                let text = try read(member, of: method, json)
                input.consume(Frame.headerBytes + json.count)
                return text
            }
            let room = input.spare(atLeast: 16 * 1_024)
            let count = recv(descriptor, room.baseAddress, room.count, 0)
            guard count > 0 else {
                let reason = count == 0 ? "the daemon closed the connection" : "\(SystemError.current("recv"))"
                throw BenchFailure("Preparing with \(method): \(reason).")
            }
            input.commit(count)
        }
    }

    private func read(
        _ member: String,
        of method: String,
        _ json: UnsafeRawBufferPointer
    ) throws(BenchFailure) -> String {
        do throws(JSONSyntaxError) {
            try document.parse(json)
        } catch {
            throw BenchFailure("Preparing with \(method): the reply is no JSON: \(excerpt(json))")
        }
        guard let text = document.root.member("data")?.member(member)?.text else {
            throw BenchFailure("Preparing with \(method) was refused: \(excerpt(json))")
        }
        return text.string
    }
}
