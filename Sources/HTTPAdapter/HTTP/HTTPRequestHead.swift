/// What a request's line and header section say, as far as the adapter cares; the bytes stay where they are.
struct HTTPRequestHead {
    /// A run of bytes, counted from the start of the message.
    struct Span {
        var start = 0
        var count = 0

        init() {}

        init(_ range: Range<Int>) {
            start = range.lowerBound
            count = range.count
        }
    }

    /// The methods that a resource here takes; RFC 9110 §9.1: names are case-sensitive.
    enum Method { case get, head, post, other }

    /// What `Expect` asks for (RFC 9110 §10.1.1).
    enum Expectation { case none, hundredContinue, unknown }

    var method = Method.other
    /// Path of the target, without scheme, authority and query.
    var path = Span()
    var hasQuery = false
    /// The digit behind `HTTP/1.`.
    var minorVersion = 1

    /// Bytes of the body; `nil` where no `Content-Length` stands.
    var contentLength: Int?
    var isChunked = false
    var expectation = Expectation.none
    var closeIsAsked = false
    var keepAliveIsAsked = false
    var accept = AcceptPreference()
    var contentType: Span?
    var authorization: Span?
    var idempotencyKey: Span?
    /// The first entry of `X-Forwarded-For`.
    var forwardedFor: Span?
    var hasHost = false

    /// Where the header section ends and the body begins.
    var end = 0

    /// Whether the connection may be used for another request (RFC 9112 §9.3).
    var isPersistent: Bool {
        if closeIsAsked { return false }
        return minorVersion >= 1 || keepAliveIsAsked
    }
}

/// One whole request: its head, and the bytes that the head speaks of.
///
/// Valid while the receive buffer stays as it is.
struct HTTPRequest {
    let head: HTTPRequestHead
    /// The head's bytes.
    let message: UnsafeRawBufferPointer
    /// The content, its transfer coding undone.
    let body: UnsafeRawBufferPointer

    /// The bytes of a part of the head.
    func bytes(_ span: HTTPRequestHead.Span) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: message[span.start..<span.start + span.count])
    }

    func bytes(_ span: HTTPRequestHead.Span?) -> UnsafeRawBufferPointer? {
        span.map(bytes)
    }
}
