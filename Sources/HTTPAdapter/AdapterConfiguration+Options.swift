public import Program
public import Reactor

extension AdapterConfiguration {
    private static let socket = Setting.socketPath("socket", "The daemon's API socket.")

    /// Reads the adapter's settings off a command line, from which everything else has been taken.
    ///
    /// - Throws: ``UsageError`` for a value that is missing or out of range, and for what is left.
    public init(from options: inout CommandLineOptions) throws(UsageError) {
        let path = try options.takeOptional(Self.socket)
        // What is missing is told in the end, so that an option that is misspelt is not taken for one that is missing.
        self.init(daemon: .unix(path: path ?? ""))
        daemonConnections = try options.take(
            .integer("daemon-connections", "COUNT", "Connections to the daemon.", 1...64, standard: daemonConnections)
        )
        try readBounds(&options)
        try readLimits(&options)
        try readTimes(&options)
        _ = try options.require(path, Self.socket)
    }

    private mutating func readBounds(_ options: inout CommandLineOptions) throws(UsageError) {
        connections.connectionsMax = try options.take(
            .integer(
                "connections-max",
                "COUNT",
                "Connections of clients at a time; more wait in the listen queue.",
                1...1_000_000,
                standard: connections.connectionsMax
            )
        )
        requestsMax = try options.take(
            .integer(
                "requests-max",
                "COUNT",
                "Requests in flight; more are refused with 503.",
                1...1_000_000,
                standard: requestsMax
            )
        )
        pipelineMax = try options.take(
            .integer(
                "pipeline-max",
                "COUNT",
                "Requests in flight of one HTTP connection.",
                1...10_000,
                standard: pipelineMax
            )
        )
        frameBytesMax = try options.take(
            .integer(
                "frame-bytes-max",
                "BYTES",
                "The longest frame that the daemon takes.",
                1_024...1_000_000_000,
                standard: frameBytesMax
            )
        )
    }

    private mutating func readLimits(_ options: inout CommandLineOptions) throws(UsageError) {
        limits.bodyBytesMax = try options.take(
            .integer(
                "body-bytes-max",
                "BYTES",
                "Longest body, past it 413.",
                0...1 << 30,
                standard: limits.bodyBytesMax
            )
        )
        limits.requestLineBytesMax = try options.take(
            .integer(
                "request-line-bytes-max",
                "BYTES",
                "Longest request line, past it 414.",
                64...1 << 20,
                standard: limits.requestLineBytesMax
            )
        )
        limits.headerBytesMax = try options.take(
            .integer(
                "header-bytes-max",
                "BYTES",
                "Longest header section, past it 431.",
                64...1 << 24,
                standard: limits.headerBytesMax
            )
        )
        limits.headerFieldsMax = try options.take(
            .integer(
                "header-fields-max",
                "COUNT",
                "Fields of a header section, past it 431.",
                1...10_000,
                standard: limits.headerFieldsMax
            )
        )
    }

    private mutating func readTimes(_ options: inout CommandLineOptions) throws(UsageError) {
        receiveMilliseconds = try options.take(
            .time("receive", "Time for a request to arrive, past it 408.", standard: receiveMilliseconds)
        )
        replyMilliseconds = try options.take(
            .time("reply", "Time for the daemon to answer, past it 408.", standard: replyMilliseconds)
        )
        idleMilliseconds = try options.take(
            .time("idle", "Time without a request until a connection is closed.", standard: idleMilliseconds)
        )
        connections.stallMilliseconds = try options.take(
            .integer(
                "stall-milliseconds",
                "MS",
                "Time that a client may leave its replies untouched.",
                1...600_000,
                standard: connections.stallMilliseconds
            )
        )
        drainMilliseconds = try options.take(
            .time("drain", "Time for requests in flight after SIGTERM.", standard: drainMilliseconds)
        )
    }
}

extension Setting where Value == Int {
    /// A time in milliseconds, up to an hour.
    fileprivate static func time(_ name: String, _ meaning: String, standard: Int) -> Setting {
        Setting.integer("\(name)-milliseconds", "MS", meaning, 1...3_600_000, standard: standard)
            .renamed(from: "\(name)-timeout-ms")
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
