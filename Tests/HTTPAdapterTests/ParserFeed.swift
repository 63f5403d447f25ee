import Bytes
import ProtocolWire

@testable import HTTPAdapter

/// What a parser made of a stream: one line a request, and the status of the refusal that ended it.
struct ParsedStream: Equatable {
    var requests: [String] = []
    var refusal: Int?
    /// Whether the stream ended between two requests.
    var isIdle = true
}

/// Feeds a stream to a parser as a reactor would: what is not consumed is offered again with more behind it.
func feed(_ stream: [UInt8], pieces: [Int], limits: HTTPLimits = HTTPLimits()) -> ParsedStream {
    var parser = HTTPRequestParser(limits: limits)
    var buffer = ByteBuffer()
    var parsed = ParsedStream()
    var start = 0
    for piece in pieces where start < stream.count {
        let end = min(stream.count, start + piece)
        buffer.append(Array(stream[start..<end]))
        start = end
        do throws(Problem) {
            while buffer.count > 0 {
                switch try parser.parse(buffer.readable) {
                case .whole(let count):
                    parsed.requests.append(line(parser.request(in: buffer.readable)))
                    parser.next()
                    buffer.consume(count)
                    continue
                case .needsMore(let count):
                    buffer.consume(count)
                }
                break
            }
        } catch {
            parsed.refusal = error.kind.status
            return parsed
        }
    }
    parsed.isIdle = parser.isIdle
    return parsed
}

private func line(_ request: HTTPRequest) -> String {
    let path = String(decoding: request.bytes(request.head.path), as: UTF8.self)
    let body = String(decoding: request.body, as: UTF8.self)
    let credential = request.bytes(request.head.authorization).map { String(decoding: $0, as: UTF8.self) }
    return "\(request.head.method) \(path) \(credential ?? "-") \(body)"
}

/// Feeds a stream whole, byte by byte and in two pieces at every place.
///
/// - Returns: What came out, if it was the same for all splits; `nil` otherwise.
func feedAllSplits(_ text: String, limits: HTTPLimits = HTTPLimits()) -> ParsedStream? {
    let stream = Array(text.utf8)
    let whole = feed(stream, pieces: [stream.count], limits: limits)
    guard feed(stream, pieces: Array(repeating: 1, count: stream.count), limits: limits) == whole else { return nil }
    for split in 1..<max(2, min(stream.count, 400)) {
        guard feed(stream, pieces: [split, stream.count], limits: limits) == whole else { return nil }
    }
    return whole
}
