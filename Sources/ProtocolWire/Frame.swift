public import Bytes

/// Where a frame ends: a length N in four bytes, most significant first, then N bytes of JSON (`protocol/frames.md` §1).
///
/// Framing and nothing else: it never touches a socket and never looks into the JSON.
public enum Frame {
    /// Bytes of the length that stands before each frame.
    public static let headerBytes = 4
    /// The longest frame a peer may send unless configured otherwise, in bytes without the length.
    public static let bytesMaxDefault = 10 * 1_024 * 1_024

    /// What stands at the front of the bytes that have arrived.
    public enum Front {
        /// The frame has not arrived whole.
        case incomplete
        /// A whole frame without its length; the bytes are those that were passed in.
        case whole(UnsafeRawBufferPointer)
        /// The length is over the limit. The stream is lost: reply 413, then close.
        case tooLong(length: Int)
    }

    /// Looks at the front of a stream.
    ///
    /// - Parameters:
    ///   - bytes: What has arrived and is not consumed yet.
    ///   - limit: The most bytes a frame may have.
    /// - Returns: What stands there.
    @inlinable
    public static func front(of bytes: UnsafeRawBufferPointer, limit: Int) -> Front {
        guard bytes.count >= headerBytes else { return .incomplete }
        let length = Int(UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
        guard length <= limit else { return .tooLong(length: length) }
        guard bytes.count - headerBytes >= length else { return .incomplete }
        return .whole(UnsafeRawBufferPointer(rebasing: bytes[headerBytes..<headerBytes + length]))
    }

    /// Appends a frame whose JSON `write` produces; the length is filled in afterwards.
    @inlinable
    public static func append(to buffer: inout ByteBuffer, _ write: (inout ByteBuffer) -> Void) {
        let start = buffer.count
        buffer.append(bigEndian: 0)
        write(&buffer)
        buffer.replace(at: start, bigEndian: UInt32(buffer.count - start - headerBytes))
    }

    /// Appends a frame of finished JSON.
    @inlinable
    public static func append(_ json: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
        buffer.append(bigEndian: UInt32(json.count))
        buffer.append(json)
    }
}
