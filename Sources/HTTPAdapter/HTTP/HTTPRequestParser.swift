import Bytes
import Glibc
import ProtocolWire

/// Finds one request after the other in a stream of bytes (RFC 9112).
///
/// Bytes in, requests out: it never touches a socket.
///
/// Whatever two readers could understand differently is refused, and nothing behind it is read: that is what keeps a request
/// from being smuggled past somebody else on the way. A message is kept in the receive buffer until it is whole; only a chunked
/// one is put together in memory of its own, since its content does not lie in one piece.
///
/// Offsets count from the message's first byte: `lineStart ≤ scanned ≤` bytes that have arrived.
struct HTTPRequestParser: ~Copyable {
    /// What stands at the front of the stream.
    enum Step: Equatable {
        /// The request is not whole yet; so many bytes are done with.
        case needsMore(consumed: Int)
        /// A request is whole and can be read with ``HTTPRequestParser/request(in:)`` until ``HTTPRequestParser/next()``; so many
        /// bytes are done with once it has been answered.
        case whole(consumed: Int)
    }

    private enum Phase { case requestLine, fields, body, chunks, whole }

    var head = HTTPRequestHead()
    let limits: HTTPLimits
    private var phase = Phase.requestLine
    private var lineStart = 0
    private var scanned = 0
    private var fieldsStart = 0
    private var fieldCount = 0
    private var hasSkippedEmptyLine = false
    private var chunks: ChunkedBody
    /// Head and content of a chunked message.
    private var assembled = ByteBuffer()

    init(limits: HTTPLimits) {
        self.limits = limits
        chunks = ChunkedBody(limits: limits)
    }

    /// Whether nothing of a request has been seen yet.
    var isIdle: Bool { phase == .requestLine && scanned == lineStart }

    /// Whether the head is whole and its body is not.
    var isAwaitingBody: Bool { phase == .body || phase == .chunks }

    /// Goes on with what has arrived.
    ///
    /// - Parameter bytes: Everything that is not consumed, so the same front with more behind it.
    /// - Returns: What stands at the front.
    /// - Throws: A refusal after which the connection must be closed.
    mutating func parse(_ bytes: UnsafeRawBufferPointer) throws(Problem) -> Step {
        while phase == .requestLine || phase == .fields {
            guard let line = try nextLine(bytes) else { return .needsMore(consumed: 0) }
            if phase == .requestLine {
                try takeRequestLine(line, bytes)
            } else if line.isEmpty {
                try finishHead()
            } else {
                try takeField(line, bytes)
            }
        }
        return phase == .chunks ? try takeChunks(bytes) : takeBody(bytes)
    }

    /// The request that is whole.
    ///
    /// - Parameter bytes: The same as given to the call of ``parse(_:)`` that found it.
    /// - Returns: The request; valid until ``next()``.
    func request(in bytes: UnsafeRawBufferPointer) -> HTTPRequest {
        precondition(phase == .whole, "a request is read when it is whole")
        let message = head.isChunked ? assembled.readable : bytes
        let end = head.isChunked ? message.count : head.end + (head.contentLength ?? 0)
        return HTTPRequest(
            head: head,
            message: message,
            body: UnsafeRawBufferPointer(rebasing: message[head.end..<end])
        )
    }

    /// The head of a request whose body has not arrived.
    ///
    /// - Parameter bytes: The same as given to the last call of ``parse(_:)``.
    /// - Returns: The request with an empty body.
    func requestWithoutBody(in bytes: UnsafeRawBufferPointer) -> HTTPRequest {
        precondition(isAwaitingBody, "a head is read when it is whole")
        let message = head.isChunked ? assembled.readable : bytes
        return HTTPRequest(head: head, message: message, body: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Starts over for the request behind the one that was whole.
    mutating func next() {
        head = HTTPRequestHead()
        phase = .requestLine
        lineStart = 0
        scanned = 0
        fieldCount = 0
        hasSkippedEmptyLine = false
        if assembled.allocatedBytes > 0 { assembled.removeAll(keepingAtMost: 0) }
    }
}

// MARK: - Lines

extension HTTPRequestParser {
    /// The next line without its end; `nil` while the end has not arrived.
    private mutating func nextLine(_ bytes: UnsafeRawBufferPointer) throws(Problem) -> Range<Int>? {
        guard let end = Self.lineFeed(in: bytes, from: scanned) else {
            scanned = bytes.count
            try checkSize(upTo: bytes.count)
            return nil
        }
        try checkSize(upTo: end + 1)
        // RFC 9112 §2.2 lets a recipient take a lone LF for a line end. Others do not, so here it is an error.
        guard end > lineStart, bytes[end - 1] == Characters.carriageReturn else {
            throw .malformed("a line ends in LF without CR", "end every line with CR LF")
        }
        let line = lineStart..<end - 1
        lineStart = end + 1
        scanned = end + 1
        return line
    }

    static func lineFeed(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, start < bytes.count,
            let place = memchr(base + start, Int32(Characters.lineFeed), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(place) - base
    }

    private func checkSize(upTo end: Int) throws(Problem) {
        if phase == .requestLine {
            // Two bytes more for the line end.
            if end - lineStart > limits.requestLineBytesMax + 2 { throw .requestLineTooLong(limits) }
        } else if end - fieldsStart > limits.headerBytesMax {
            throw .headersTooLarge(limits)
        }
    }

    private mutating func takeRequestLine(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(Problem) {
        // RFC 9112 §2.2: one empty line before the request is ignored, for old clients that end a body with one too many.
        if line.isEmpty, !hasSkippedEmptyLine {
            hasSkippedEmptyLine = true
            return
        }
        try head.readRequestLine(line, in: bytes)
        fieldsStart = lineStart
        phase = .fields
    }

    private mutating func takeField(_ line: Range<Int>, _ bytes: UnsafeRawBufferPointer) throws(Problem) {
        fieldCount += 1
        if fieldCount > limits.headerFieldsMax { throw .headersTooLarge(limits) }
        let field = try FieldLine(line, in: bytes)
        try head.readField(field, in: bytes)
    }
}

// MARK: - Body

extension HTTPRequestParser {
    /// RFC 9112 §6.3: how long the body is.
    private mutating func finishHead() throws(Problem) {
        head.end = lineStart
        try head.checkWhole()
        if let length = head.contentLength, length > limits.bodyBytesMax { throw .bodyTooLarge(limits.bodyBytesMax) }
        if head.isChunked { chunks = ChunkedBody(limits: limits) }
        phase = head.isChunked ? .chunks : .body
    }

    private mutating func takeBody(_ bytes: UnsafeRawBufferPointer) -> Step {
        let end = head.end + (head.contentLength ?? 0)
        guard bytes.count >= end else { return .needsMore(consumed: 0) }
        phase = .whole
        return .whole(consumed: end)
    }

    private mutating func takeChunks(_ bytes: UnsafeRawBufferPointer) throws(Problem) -> Step {
        var start = 0
        if assembled.isEmpty {
            assembled.append(UnsafeRawBufferPointer(rebasing: bytes[..<head.end]))
            start = head.end
        }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
        let consumed = start + (try chunks.decode(rest, into: &assembled))
        guard chunks.isWhole else { return .needsMore(consumed: consumed) }
        phase = .whole
        return .whole(consumed: consumed)
    }
}

// MARK: - Refusals

extension Problem {
    /// 400 for a message that is not HTTP/1.1, or not in one way only.
    static func malformed(_ message: String, _ fix: String, at location: String = "header") -> Problem {
        .invalid(at: location, message, fix: fix)
    }

    static func requestLineTooLong(_ limits: HTTPLimits) -> Problem {
        Problem(
            .requestLineTooLong,
            "The request line has more than \(limits.requestLineBytesMax) bytes. Parameters belong in the body, not in the path."
        )
    }

    static func headersTooLarge(_ limits: HTTPLimits) -> Problem {
        Problem(
            .headersTooLarge,
            """
            The header section has more than \(limits.headerFieldsMax) fields or \(limits.headerBytesMax) bytes. \
            Send fewer or shorter fields.
            """
        )
    }

    static func bodyTooLarge(_ limit: Int) -> Problem {
        Problem(.bodyTooLarge, "The body has more than \(limit) bytes. Send less in one request.")
    }
}
