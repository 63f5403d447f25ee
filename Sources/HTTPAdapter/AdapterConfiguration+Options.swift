public import Program
public import Reactor

extension AdapterConfiguration {
    /// Reads the adapter's settings off a command line.
    ///
    /// - Throws: ``UsageError`` for a value that is missing or out of range.
    public init(from options: inout CommandLineOptions) throws(UsageError) {
        let path = try options.take(.text("socket", "PATH", "The daemon's API socket."))
        self.init(daemon: .unix(path: path))
        daemonConnections = try options.take(
            .integer("daemon-connections", "N", "Connections to the daemon.", 1...64, standard: daemonConnections)
        )
        requestsMax = try options.take(
            .integer(
                "requests-max",
                "N",
                "Requests in flight; more are refused with 503.",
                1...1_000_000,
                standard: requestsMax
            )
        )
        pipelineMax = try options.take(
            .integer(
                "pipeline-max",
                "N",
                "Requests in flight of one HTTP connection.",
                1...10_000,
                standard: pipelineMax
            )
        )
        frameBytesMax = try options.take(
            .integer(
                "frame-bytes-max",
                "N",
                "The longest frame that the daemon takes.",
                1_024...1 << 30,
                standard: frameBytesMax
            )
        )
        try readLimits(&options)
        try readTimes(&options)
    }

    private mutating func readLimits(_ options: inout CommandLineOptions) throws(UsageError) {
        limits.bodyBytesMax = try options.take(
            .integer("body-bytes-max", "N", "Bytes of a body, past it 413.", 0...1 << 30, standard: limits.bodyBytesMax)
        )
        limits.requestLineBytesMax = try options.take(
            .integer(
                "request-line-bytes-max",
                "N",
                "Bytes of a request line, past it 414.",
                64...1 << 20,
                standard: limits.requestLineBytesMax
            )
        )
        limits.headerBytesMax = try options.take(
            .integer(
                "header-bytes-max",
                "N",
                "Bytes of a header section, past it 431.",
                64...1 << 24,
                standard: limits.headerBytesMax
            )
        )
        limits.headerFieldsMax = try options.take(
            .integer(
                "header-fields-max",
                "N",
                "Fields of a header section, past it 431.",
                1...10_000,
                standard: limits.headerFieldsMax
            )
        )
    }

    private mutating func readTimes(_ options: inout CommandLineOptions) throws(UsageError) {
        let hour = 3_600_000
        receiveMilliseconds = try options.take(
            .integer(
                "receive-timeout-ms",
                "N",
                "For a request to arrive, past it 408.",
                1...hour,
                standard: receiveMilliseconds
            )
        )
        replyMilliseconds = try options.take(
            .integer(
                "reply-timeout-ms",
                "N",
                "For the daemon to answer, past it 408.",
                1...hour,
                standard: replyMilliseconds
            )
        )
        idleMilliseconds = try options.take(
            .integer(
                "idle-timeout-ms",
                "N",
                "Without a request until a connection is closed.",
                1...hour,
                standard: idleMilliseconds
            )
        )
        drainMilliseconds = try options.take(
            .integer(
                "drain-timeout-ms",
                "N",
                "For requests in flight after SIGTERM.",
                1...hour,
                standard: drainMilliseconds
            )
        )
    }
}

extension Setting where Value == SocketAddress {
    /// Where HTTP is spoken.
    public static var listen: Setting {
        Setting(
            "listen",
            "HOST:PORT",
            "Where to take HTTP connections; port 0 lets the system choose.",
            standard: "127.0.0.1:8080",
            wanted: "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"
        ) { SocketAddress(hostAndPort: $0) }
    }
}
