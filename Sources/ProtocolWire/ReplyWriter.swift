public import Bytes
public import JSONSyntax

/// Writes one reply frame: `id` if one came, `meta`, then `data` (with `pagination`) or `error`.
///
/// The order of the members is fixed, so that a reader can find `id` without parsing the rest.
public struct ReplyWriter: ~Copyable {
    /// Where the members of the reply are written.
    public var json: JSONWriter
    /// Where `data` or `error` begins.
    @usableFromInline var membersStart = 0

    /// A writer with memory of its own, reused from reply to reply.
    public init() {
        json = JSONWriter(capacity: 4_096)
    }

    /// Starts a reply; what was written before is forgotten.
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
        json.removeAll(keepingAtMost: 256 * 1_024)
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
    /// - Returns: The whole frame, length included; valid until the next ``begin(_:correlation:)``.
    @inlinable
    public mutating func finish(_ quota: Quota? = nil) -> UnsafeRawBufferPointer {
        if let quota { quota.write(to: &json) }
        json.endObject()
        json.buffer.replace(at: 0, bigEndian: UInt32(json.buffer.count - Frame.headerBytes))
        return json.buffer.readable
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
