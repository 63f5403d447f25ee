import ProtocolWire

extension HTTPRequestHead {
    /// Reads `method SP request-target SP HTTP-version` (RFC 9112 §3), with exactly one space between them.
    mutating func readRequestLine(_ line: Range<Int>, in bytes: UnsafeRawBufferPointer) throws(Problem) {
        guard let methodEnd = Self.index(of: Characters.space, in: bytes, line),
            let targetEnd = Self.index(of: Characters.space, in: bytes, methodEnd + 1..<line.upperBound)
        else { throw .badRequestLine }
        let name = UnsafeRawBufferPointer(rebasing: bytes[line.lowerBound..<methodEnd])
        guard Characters.isToken(name), targetEnd > methodEnd + 1 else { throw .badRequestLine }
        try readVersion(UnsafeRawBufferPointer(rebasing: bytes[targetEnd + 1..<line.upperBound]))
        readMethod(name)
        try readTarget(methodEnd + 1..<targetEnd, in: bytes)
    }

    private mutating func readMethod(_ name: UnsafeRawBufferPointer) {
        if Characters.equal(name, "POST") {
            method = .post
        } else if Characters.equal(name, "GET") {
            method = .get
        } else if Characters.equal(name, "HEAD") {
            method = .head
        }
    }

    /// RFC 9112 §2.3.
    ///
    /// A later minor version of 1 is answered like 1.1 (RFC 9110 §2.5).
    private mutating func readVersion(_ version: UnsafeRawBufferPointer) throws(Problem) {
        guard version.count == 8, Characters.starts(version, with: "HTTP/"), Characters.isDigit(version[5]),
            version[6] == UInt8(ascii: "."), Characters.isDigit(version[7])
        else { throw .badRequestLine }
        guard version[5] == UInt8(ascii: "1") else {
            throw Problem(.versionNotSupported, "The request is not of HTTP/1.1 or HTTP/1.0. Send HTTP/1.1.")
        }
        minorVersion = version[7] == UInt8(ascii: "0") ? 0 : 1
    }

    /// RFC 9112 §3.2: a path, or a whole `http` URI as it is sent to proxies and has to be understood by servers too.
    private mutating func readTarget(_ target: Range<Int>, in bytes: UnsafeRawBufferPointer) throws(Problem) {
        for index in target where bytes[index] <= 0x20 || bytes[index] >= 0x7F || bytes[index] == UInt8(ascii: "#") {
            throw .malformed("the request target holds a character that URIs do not have", "encode it", at: "path")
        }
        var start = target.lowerBound
        if bytes[start] != UInt8(ascii: "/") { start = try Self.skipAuthority(target, in: bytes) }
        let query = Self.index(of: UInt8(ascii: "?"), in: bytes, start..<target.upperBound)
        hasQuery = query != nil
        path = Span(start..<(query ?? target.upperBound))
    }

    /// Where the path begins in `http://authority/path` (RFC 9112 §3.2.2).
    private static func skipAuthority(_ target: Range<Int>, in bytes: UnsafeRawBufferPointer) throws(Problem) -> Int {
        let text = UnsafeRawBufferPointer(rebasing: bytes[target])
        var start = 0
        if text.count > 7, Characters.equal(UnsafeRawBufferPointer(rebasing: text[..<7]), ignoringCaseOf: "http://") {
            start = 7
        }
        if text.count > 8, Characters.equal(UnsafeRawBufferPointer(rebasing: text[..<8]), ignoringCaseOf: "https://") {
            start = 8
        }
        // `*` and `host:port` are for OPTIONS and CONNECT, which nothing here takes.
        guard start > 0 else { throw .badTarget }
        var end = start
        while end < text.count, text[end] != UInt8(ascii: "/"), text[end] != UInt8(ascii: "?") { end += 1 }
        guard isHost(UnsafeRawBufferPointer(rebasing: text[start..<end])) else { throw .badTarget }
        return target.lowerBound + end
    }

    static func index(of byte: UInt8, in bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] == byte { return index }
            index += 1
        }
        return nil
    }

    /// `uri-host [ ":" port ]` of RFC 9110 §7.2; not empty, since an `http` URI has a host (RFC 9110 §4.2.1).
    static func isHost(_ text: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        if text.first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]")), end > 2 else { return false }
            for byte in text[1..<end]
            where !Characters.isAlphanumeric(byte) && byte != UInt8(ascii: ":") && byte != UInt8(ascii: ".") {
                return false
            }
            index = end + 1
        } else {
            while index < text.count, isRegisteredNameCharacter(text[index]) { index += 1 }
            guard index > 0 else { return false }
        }
        guard index < text.count else { return true }
        guard text[index] == UInt8(ascii: ":"), text.count - index <= 6 else { return false }
        return text[(index + 1)...].allSatisfy(Characters.isDigit)
    }

    /// Characters of `reg-name` (RFC 3986 §3.2.2); the percent sign without a look at what follows it.
    private static func isRegisteredNameCharacter(_ byte: UInt8) -> Bool {
        if Characters.isAlphanumeric(byte) { return true }
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"),
            UInt8(ascii: "!"),
            UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("), UInt8(ascii: ")"),
            UInt8(ascii: "*"),
            UInt8(ascii: "+"), UInt8(ascii: ";"), UInt8(ascii: "="):
            return true
        default:
            return false
        }
    }
}

extension Problem {
    fileprivate static var badRequestLine: Problem {
        .malformed(
            "the request line is not a method, a target and an HTTP version with one space between them",
            "send a line such as POST /v2/system.getHealth HTTP/1.1",
            at: "requestLine"
        )
    }

    fileprivate static var badTarget: Problem {
        .malformed("the request target is no path", "send a path such as /v2/system.getHealth", at: "path")
    }
}
