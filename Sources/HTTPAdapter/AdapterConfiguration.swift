public import Reactor

/// What an adapter is told from outside.
public struct AdapterConfiguration: Sendable {
    /// The daemon's API socket.
    public var daemon: SocketAddress
    /// Connections to the daemon.
    public var daemonConnections = 2
    /// Bounds of the connections of clients.
    public var connections = ConnectionLimits()
    /// Bounds of each HTTP request.
    public var limits = HTTPLimits()
    /// The longest frame that the daemon takes, in bytes.
    public var frameBytesMax = 10 * 1_024 * 1_024
    /// Requests in flight at the daemon; past it 503.
    public var requestsMax = 4_096
    /// Requests in flight of one HTTP connection; past it the connection is not read.
    public var pipelineMax = 32
    /// How long a request may take to arrive; past it 408.
    public var receiveMilliseconds = 30_000
    /// How long the daemon may take to answer; past it 408.
    public var replyMilliseconds = 60_000
    /// How long a connection may stay open without a request.
    public var idleMilliseconds = 75_000
    /// How long requests in flight may take when the adapter is told to stop.
    public var drainMilliseconds = 10_000
    /// The product's version, for the OpenAPI document.
    public var version = ""

    /// The defaults, for a daemon.
    public init(daemon: SocketAddress) {
        self.daemon = daemon
    }
}
