import ProtocolWire

/// Bounds of what the dispatcher takes on.
public struct DispatchLimits: Sendable {
    /// The longest frame, in bytes without its length.
    public var frameBytesMax = Frame.bytesMaxDefault
    /// Calls that wait for something to be fetched.
    public var suspendedCallsMax = 10_000
    /// The memory of all calls that wait, for a fetch or for another thread, in bytes of their frames; a call that is alone always
    /// has room.
    public var waitingBytesMax = 256 * 1_024 * 1_024
    /// Calls of one connection that are not answered yet; past it the connection is not read.
    public var pendingCallsMax = 1_024
    /// How long a call may wait for its turn.
    public var requestMilliseconds = 60_000
    /// How long the rest of a frame may take to arrive.
    public var frameMilliseconds = 30_000

    /// The defaults.
    public init() {}
}
