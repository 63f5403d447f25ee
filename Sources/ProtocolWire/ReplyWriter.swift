public import Bytes
public import JSONSyntax

/// Writes one reply frame: `id` if one came, `meta`, then `data` (with `pagination`) or `error`.
///
/// The order of the members is fixed, so that a reader can find `id` without parsing the rest.
public struct ReplyWriter: ~Copyable {
    /// Where the members of the reply are written.
    public var json: JSONWriter
    /// Where the frame begins.
    @usableFromInline var start = 0
    /// Where `data` or `error` begins.
    @usableFromInline var membersStart = 0
    @usableFromInline var isBorrowing = false
    /// Room for most replies, so that a fresh buffer need not grow several times for its first one.
    @usableFromInline static let usualBytes = 512

    /// A writer with memory of its own, reused from reply to reply.
    public init() {
        json = JSONWriter(capacity: 4_096)
    }

    /// Writes into somebody else's buffer from now on, behind what it holds, so that nothing has to be copied there.
    ///
    /// The buffer holds something else until it is given back.
    @inlinable
    public mutating func borrow(_ buffer: inout ByteBuffer) {
        precondition(!isBorrowing, "a buffer is given back before the next one is borrowed")
        swap(&json.buffer, &buffer)
        isBorrowing = true
    }

    /// Gives a borrowed buffer back, with what was written.
    @inlinable
    public mutating func giveBack(_ buffer: inout ByteBuffer) {
        precondition(isBorrowing, "what is given back was borrowed")
        swap(&json.buffer, &buffer)
        isBorrowing = false
    }

    /// Takes back what has been written of the reply.
    @inlinable
    public mutating func abandon() {
        json.buffer.truncate(to: start)
    }

    /// Starts a reply; in the writer's own memory, what was written before is forgotten.
    ///
    /// - Parameters:
    ///   - requestID: The server's name of the request.
    ///   - correlation: The caller's `id` as it came, JSON.
    ///   - isReplayed: Whether it is the reply to an earlier request with the same idempotency key.
    @inlinable
    public mutating func begin(
        _ requestID: RequestID,
        correlation: UnsafeRawBufferPointer?,
        isReplayed: Bool = false
    ) {
        if !isBorrowing { json.removeAll(keepingAtMost: 256 * 1_024) }
        start = json.buffer.count
        json.buffer.reserve(Self.usualBytes)
        json.beginText()
        json.buffer.append(bigEndian: 0)
        json.beginObject()
        if let correlation {
            json.name("id")
            json.raw(correlation)
        }
        json.name("meta")
        json.buffer.append("{\"requestId\":\"")
        requestID.append(to: &json.buffer)
        if isReplayed { json.buffer.append("\",\"replayed\":true}") } else { json.buffer.append("\"}") }
        json.valueWasAppended()
        membersStart = json.buffer.count
    }

    /// What has been written behind `meta`, without the comma before it; fit for ``reply(_:correlation:isReplayed:quota:members:)``.
    public var members: [UInt8] { Array(json.buffer.readable.dropFirst(membersStart + 1)) }

    /// Ends the reply.
    ///
    /// - Parameter quota: Where the caller's workspace stands, if it has a quota.
    /// - Returns: The whole frame, length included; valid until the buffer is next changed.
    @inlinable
    public mutating func finish(_ quota: Quota? = nil) -> UnsafeRawBufferPointer {
        if let quota { quota.write(to: &json) }
        json.endObject()
        let length = json.buffer.count - start
        json.buffer.replace(at: start, bigEndian: UInt32(length - Frame.headerBytes))
        return UnsafeRawBufferPointer(rebasing: json.buffer.readable[start...])
    }

    /// Writes a whole reply around members that are finished JSON, such as `"data":{…}`.
    public mutating func reply(
        _ requestID: RequestID,
        correlation: UnsafeRawBufferPointer?,
        isReplayed: Bool = false,
        quota: Quota? = nil,
        members: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer {
        begin(requestID, correlation: correlation, isReplayed: isReplayed)
        json.buffer.append(UInt8(ascii: ","))
        json.buffer.append(members)
        return finish(quota)
    }

    /// Writes a whole refusal.
    public mutating func refusal(
        _ requestID: RequestID,
        correlation: UnsafeRawBufferPointer?,
        quota: Quota? = nil,
        _ problem: Problem
    ) -> UnsafeRawBufferPointer {
        begin(requestID, correlation: correlation)
        json.name("error")
        problem.write(to: &json)
        return finish(quota)
    }
}
