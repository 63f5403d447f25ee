import Bytes
import ProtocolWire

/// Undoes the chunked transfer coding (RFC 9112 §7.1), as far as bytes have come.
struct ChunkedBody {
    private enum State {
        case size
        case data(left: Int)
        case dataEnd
        case trailers
        case whole
    }

    private let limits: HTTPLimits
    private var state = State.size
    private var contentBytes = 0
    private var trailerBytes = 0
    private var trailerCount = 0

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    var isWhole: Bool {
        if case .whole = state { return true }
        return false
    }

    /// Appends the content of the chunks that have come.
    ///
    /// - Returns: How many bytes are done with.
    /// - Throws: 400 for a chunk that is none, 413 for too much content, 431 for too many trailers.
    mutating func decode(_ bytes: UnsafeRawBufferPointer, into content: inout ByteBuffer) throws(Problem) -> Int {
        var place = 0
        while !isWhole {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[place...])
            guard let consumed = try step(rest, into: &content) else { return place }
            place += consumed
        }
        return place
    }

    /// Takes one element; `nil` while it has not arrived.
    private mutating func step(
        _ bytes: UnsafeRawBufferPointer,
        into content: inout ByteBuffer
    ) throws(Problem) -> Int? {
        switch state {
        case .size: return try takeSize(bytes)
        case .data(let left):
            guard bytes.count > 0 else { return nil }
            let count = min(left, bytes.count)
            content.append(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
            state = count == left ? .dataEnd : .data(left: left - count)
            return count
        case .dataEnd: return try takeDataEnd(bytes)
        case .trailers: return try takeTrailer(bytes)
        case .whole: return nil
        }
    }

    private mutating func takeSize(_ bytes: UnsafeRawBufferPointer) throws(Problem) -> Int? {
        guard let end = try lineEnd(bytes, atMost: limits.chunkLineBytesMax, .chunkLineTooLong) else { return nil }
        let size = try Self.size(UnsafeRawBufferPointer(rebasing: bytes[..<(end - 1)]))
        guard size <= limits.bodyBytesMax - contentBytes else { throw .bodyTooLarge(limits.bodyBytesMax) }
        contentBytes += size
        state = size == 0 ? .trailers : .data(left: size)
        return end + 1
    }

    /// The size at the front of a line, and extensions behind it that mean nothing to us (RFC 9112 §7.1.1).
    private static func size(_ line: UnsafeRawBufferPointer) throws(Problem) -> Int {
        var size = 0
        var index = 0
        while index < line.count, let digit = hexadecimal(line[index]) {
            // The limit of a body is far below; this keeps the number itself from running over.
            guard size >> 56 == 0 else { throw .badChunk("a chunk size does not fit 60 bits") }
            size = size << 4 | digit
            index += 1
        }
        guard index > 0 else { throw .badChunk("a chunk size is not a hexadecimal number") }
        let extensions = Characters.trim(UnsafeRawBufferPointer(rebasing: line[index...]))
        if extensions.count == 0, index == line.count { return size }
        guard extensions.first == UInt8(ascii: ";"), FieldLine.isValue(extensions) else {
            throw .badChunk("something other than an extension follows a chunk size")
        }
        return size
    }

    private static func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    private mutating func takeDataEnd(_ bytes: UnsafeRawBufferPointer) throws(Problem) -> Int? {
        if bytes.count > 0, bytes[0] != Characters.carriageReturn { throw .unendedChunk }
        guard bytes.count > 1 else { return nil }
        guard bytes[1] == Characters.lineFeed else { throw .unendedChunk }
        state = .size
        return 2
    }

    /// One line of the trailer section (RFC 9112 §7.1.2): checked like a field, then forgotten.
    private mutating func takeTrailer(_ bytes: UnsafeRawBufferPointer) throws(Problem) -> Int? {
        let room = limits.headerBytesMax - trailerBytes
        guard let end = try lineEnd(bytes, atMost: room, .headersTooLarge(limits)) else { return nil }
        trailerBytes += end + 1
        if end == 1 {
            state = .whole
        } else {
            trailerCount += 1
            if trailerCount > limits.headerFieldsMax { throw .headersTooLarge(limits) }
            _ = try FieldLine(0..<end - 1, in: bytes)
        }
        return end + 1
    }

    /// Where the first line's LF stands.
    private func lineEnd(
        _ bytes: UnsafeRawBufferPointer,
        atMost limit: Int,
        _ tooLong: @autoclosure () -> Problem
    ) throws(Problem) -> Int? {
        let end = HTTPRequestParser.lineFeed(in: bytes, from: 0)
        if (end.map { $0 + 1 } ?? bytes.count) > limit { throw tooLong() }
        guard let end else { return nil }
        guard end > 0, bytes[end - 1] == Characters.carriageReturn else {
            throw .badChunk("a line of the chunked body ends in LF without CR")
        }
        return end
    }
}

extension Problem {
    fileprivate static func badChunk(_ message: String) -> Problem {
        .malformed(message, "send chunks by RFC 9112 §7.1, or the body with a Content-Length", at: "body")
    }

    fileprivate static var unendedChunk: Problem { .badChunk("a chunk's data is not followed by CR LF") }

    fileprivate static var chunkLineTooLong: Problem { .badChunk("the extensions of a chunk are too long") }
}
