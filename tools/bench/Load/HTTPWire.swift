import Glibc

/// HTTP/1.1 with kept connections.
///
/// Replies come in the order of the requests (RFC 9112 §9.3.2).
enum HTTPWire: Wire {
    static let dataOffset = #"{"meta":{"requestId":"req_000000000"},"#.utf8.count

    static func template(_ shape: RequestShape) -> RequestTemplate {
        let bodyBytes = shape.head.utf8.count + fieldWidth(shape.field) + shape.tail.utf8.count
        let authorization = shape.credential.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        let head =
            "POST /v2/\(shape.method) HTTP/1.1\r\nHost: bench\r\n\(authorization)"
            + "Content-Type: application/json\r\nContent-Length: \(bodyBytes)\r\n\r\n\(shape.head)"
        return RequestTemplate(
            head: Array(head.utf8),
            field: shape.field,
            tail: Array(shape.tail.utf8),
            correlationOffset: nil,
            expectedData: Array("\"data\":\(shape.expectedData)".utf8)
        )
    }

    static func front(of bytes: UnsafeRawBufferPointer) throws(BenchFailure) -> WireReply? {
        guard let base = bytes.baseAddress else { return nil }
        var lineStart = 0
        var contentLength: Int?
        while let newline = memchr(base + lineStart, 10, bytes.count - lineStart) {
            let lineEnd = UnsafeRawPointer(newline) - base
            if lineEnd - lineStart <= 1, lineStart > 0 {
                let bodyStart = lineEnd + 1
                guard let contentLength else { throw BenchFailure("A reply without Content-Length: \(excerpt(bytes))") }
                guard bytes.count - bodyStart >= contentLength else { return nil }
                return WireReply(
                    length: bodyStart + contentLength,
                    slot: nil,
                    hasSuccessStatus: isSuccess(bytes),
                    json: UnsafeRawBufferPointer(rebasing: bytes[bodyStart..<bodyStart + contentLength])
                )
            }
            if let value = lengthField(UnsafeRawBufferPointer(rebasing: bytes[lineStart..<lineEnd])) {
                contentLength = value
            }
            lineStart = lineEnd + 1
        }
        guard bytes.count < 64 * 1_024 else {
            throw BenchFailure("A reply without an end of its header: \(excerpt(bytes))")
        }
        return nil
    }

    /// Whether the status line says 200: `HTTP/1.1 200 …`.
    private static func isSuccess(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count > 12 && bytes[9] == UInt8(ascii: "2") && bytes[10] == UInt8(ascii: "0")
            && bytes[11] == UInt8(ascii: "0")
    }

    private static func lengthField(_ line: UnsafeRawBufferPointer) -> Int? {
        let name: StaticString = "content-length:"
        guard line.count > name.utf8CodeUnitCount, line[0] | 0x20 == UInt8(ascii: "c"), let base = line.baseAddress,
            strncasecmp(
                base.assumingMemoryBound(to: CChar.self),
                UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self),
                name.utf8CodeUnitCount
            ) == 0
        else { return nil }
        var value = 0
        for byte in line[name.utf8CodeUnitCount...] where byte >= 48 && byte <= 57 {
            value = value &* 10 &+ Int(byte &- 48)
        }
        return value
    }
}
