import Bytes
import JSONSyntax
import ProtocolWire

/// Our frames over a Unix-domain socket.
///
/// Replies may come in any order; `id` tells them apart.
enum FrameWire: Wire {
    private static let opening: StaticString = "{\"id\":"
    static let dataOffset = #"{"id":10000,"meta":{"requestId":"req_000000000"},"#.utf8.count

    static func template(_ shape: RequestShape) -> RequestTemplate {
        var json = JSONWriter(capacity: 256)
        json.beginObject()
        json.name("id")
        json.integer(10_000)
        json.name("method")
        json.string(shape.method)
        if let credential = shape.credential {
            json.name("auth")
            json.string(credential)
        }
        json.name("params")
        let head = Array(json.buffer.readable) + Array(shape.head.utf8)
        let tail = Array("\(shape.tail)}".utf8)
        let field = fieldWidth(shape.field)
        let length = UInt32(head.count + field + tail.count).bigEndian
        return RequestTemplate(
            head: withUnsafeBytes(of: length) { Array($0) } + head,
            field: shape.field,
            tail: tail,
            correlationOffset: Frame.headerBytes + opening.utf8CodeUnitCount,
            expectedData: Array("\"data\":\(shape.expectedData)".utf8)
        )
    }

    @inline(__always)
    static func front(of bytes: UnsafeRawBufferPointer) throws(BenchFailure) -> WireReply? {
        switch Frame.front(of: bytes, limit: Frame.bytesMaxDefault) {
        case .incomplete: return nil
        case .tooLong(let length): throw BenchFailure("A reply of \(length) bytes is announced; that is no frame.")
        case .whole(let json):
            guard json.count > opening.utf8CodeUnitCount + Correlation.digits, let base = json.baseAddress,
                base.loadUnaligned(as: UInt32.self) == UInt32(littleEndian: 0x6469_227B)  // {"id
            else { throw BenchFailure("A reply without the request's id: \(excerpt(json))") }
            return WireReply(
                length: Frame.headerBytes + json.count,
                slot: Correlation.read(base + opening.utf8CodeUnitCount),
                hasSuccessStatus: true,
                json: json
            )
        }
    }
}

/// Bytes that a field takes in each request.
func fieldWidth(_ field: RequestShape.Field) -> Int {
    switch field {
    case .none: 0
    case .oneOf(let table): table.width
    case .unique(let prefix): prefix.utf8.count + RequestTemplate.counterDigits + 2
    }
}

/// The beginning of what a server sent, for messages.
func excerpt(_ bytes: UnsafeRawBufferPointer) -> String {
    String(decoding: bytes.prefix(400), as: UTF8.self)
}
