import ProtocolWire

extension HTTPRequestHead {
    /// Takes one header field into account.
    ///
    /// Names that mean nothing here are passed over.
    mutating func readField(_ field: FieldLine, in bytes: UnsafeRawBufferPointer) throws(Problem) {
        let name = field.name
        switch name.count {
        case 4 where Characters.equal(name, ignoringCaseOf: "host"):
            try readHost(field.value)
        case 6 where Characters.equal(name, ignoringCaseOf: "accept"):
            accept.add(field.value)
        case 6 where Characters.equal(name, ignoringCaseOf: "expect"):
            readExpect(field.value)
        case 10 where Characters.equal(name, ignoringCaseOf: "connection"):
            readConnection(field.value)
        case 12 where Characters.equal(name, ignoringCaseOf: "content-type"):
            contentType = try only(contentType, Self.span(field.value, bytes), "Content-Type")
        case 13 where Characters.equal(name, ignoringCaseOf: "authorization"):
            authorization = try only(authorization, Self.span(field.value, bytes), "Authorization")
        case 14 where Characters.equal(name, ignoringCaseOf: "content-length"):
            try readContentLength(field.value)
        case 15 where Characters.equal(name, ignoringCaseOf: "idempotency-key"):
            idempotencyKey = try only(idempotencyKey, Self.span(field.value, bytes), "Idempotency-Key")
        case 15 where Characters.equal(name, ignoringCaseOf: "x-forwarded-for"):
            if forwardedFor == nil { forwardedFor = Self.span(Characters.firstListItem(field.value), bytes) }
        case 17 where Characters.equal(name, ignoringCaseOf: "transfer-encoding"):
            try readTransferEncoding(field.value)
        default:
            break
        }
    }

    /// What can only be judged when all fields are there.
    func checkWhole() throws(Problem) {
        // RFC 9112 §3.2.
        if minorVersion >= 1, !hasHost {
            throw .malformed("Host is missing", "send the Host field, once", at: "header.Host")
        }
        guard isChunked else { return }
        // RFC 9112 §6.1 and §6.3: both together are how a request is smuggled.
        if contentLength != nil {
            throw .malformed(
                "Content-Length and Transfer-Encoding stand together",
                "send one of them",
                at: "header.Transfer-Encoding"
            )
        }
        if minorVersion == 0 {
            throw .malformed(
                "Transfer-Encoding is not part of HTTP/1.0",
                "send a Content-Length, or HTTP/1.1",
                at: "header.Transfer-Encoding"
            )
        }
    }

    private mutating func readHost(_ value: UnsafeRawBufferPointer) throws(Problem) {
        if hasHost { throw .malformed("Host occurs twice", "send it once", at: "header.Host") }
        guard Self.isHost(value) else {
            throw .malformed(
                "Host is not a host with an optional port",
                "send a value such as 127.0.0.1:8080",
                at: "header.Host"
            )
        }
        hasHost = true
    }

    /// RFC 9110 §8.6: digits and nothing else; the same value twice may be refused, and is.
    private mutating func readContentLength(_ value: UnsafeRawBufferPointer) throws(Problem) {
        if contentLength != nil {
            throw .malformed("Content-Length occurs twice", "send it once", at: "header.Content-Length")
        }
        var length = 0
        for byte in value {
            // Eighteen digits fit an Int; no body is near that.
            guard Characters.isDigit(byte), length < 100_000_000_000_000_000 else { throw .badContentLength }
            length = length * 10 + Int(byte - UInt8(ascii: "0"))
        }
        guard value.count > 0 else { throw .badContentLength }
        contentLength = length
    }

    /// RFC 9112 §6.1: `chunked`, alone.
    ///
    /// A coding that we do not know would leave the end of the body to guesswork.
    private mutating func readTransferEncoding(_ value: UnsafeRawBufferPointer) throws(Problem) {
        guard !isChunked, Characters.equal(value, ignoringCaseOf: "chunked") else {
            throw .malformed(
                "Transfer-Encoding is something other than chunked",
                "send chunked alone and once, or a Content-Length",
                at: "header.Transfer-Encoding"
            )
        }
        isChunked = true
    }

    private mutating func readExpect(_ value: UnsafeRawBufferPointer) {
        let isKnown = Characters.equal(value, ignoringCaseOf: "100-continue") && expectation != .unknown
        expectation = isKnown ? .hundredContinue : .unknown
    }

    /// RFC 9110 §7.6.1; of its options only two concern us.
    private mutating func readConnection(_ value: UnsafeRawBufferPointer) {
        var head = self
        Characters.forEachListItem(value) { option in
            if Characters.equal(option, ignoringCaseOf: "close") { head.closeIsAsked = true }
            if Characters.equal(option, ignoringCaseOf: "keep-alive") { head.keepAliveIsAsked = true }
        }
        self = head
    }

    /// A field that has one value (RFC 9110 §5.3): twice means that two readers may take different ones.
    private func only(_ earlier: Span?, _ span: Span, _ name: String) throws(Problem) -> Span {
        if earlier != nil { throw .malformed("\(name) occurs twice", "send it once", at: "header.\(name)") }
        return span
    }

    private static func span(_ value: UnsafeRawBufferPointer, _ bytes: UnsafeRawBufferPointer) -> Span {
        guard let base = bytes.baseAddress, let start = value.baseAddress, value.count > 0 else { return Span() }
        return Span(start - base..<start - base + value.count)
    }
}

extension Problem {
    fileprivate static var badContentLength: Problem {
        .malformed(
            "Content-Length is not the number of bytes of the body",
            "send one decimal number",
            at: "header.Content-Length"
        )
    }
}
