import Glibc
import JSONSyntax
public import Program
import ProtocolWire
public import Reactor

/// The program around an adapter: command line, sockets, signals.
public enum AdapterProgram {
    /// What a command line asks for.
    public enum Invocation {
        /// Print this and end.
        case print(String)
        /// Serve.
        case serve(AdapterConfiguration, on: SocketAddress, Log)
    }

    /// Reads a command line.
    ///
    /// - Throws: ``UsageError`` for one that cannot be carried out.
    public static func read(_ words: [String], environment: [String: String]) throws(UsageError) -> Invocation {
        var options = CommandLineOptions(words, environment: environment)
        if options.takeFlag("version", "Print the version and end.") {
            return .print("latchkey-http \(Version.text)\n")
        }
        if options.takeFlag("help", "Print this and end.", letter: "h") { return .print(help()) }
        let address = try options.take(.listen)
        let level = try options.take(.logLevel)
        var configuration = try AdapterConfiguration(from: &options)
        configuration.version = Version.text
        return .serve(configuration, on: address, Log(program: "latchkey-http", level: level))
    }

    /// Prints a page for the caller.
    ///
    /// - Throws: ``AdapterError`` where it cannot be written; a reader that has seen enough is no failure.
    public static func print(_ text: String) throws(AdapterError) {
        signal(SIGPIPE, SIG_IGN)
        guard let error = StandardStreams.write(text, to: StandardStreams.output), error != EPIPE else { return }
        throw AdapterError(SystemError("write", on: "standard output", code: error))
    }

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Throws: ``AdapterError``, such as for an address that is taken.
    public static func serve(
        _ configuration: AdapterConfiguration,
        on address: SocketAddress,
        _ log: Log,
        environment: [String: String]
    ) throws(AdapterError) {
        do throws(SystemError) {
            try run(configuration, on: address, log, environment)
        } catch {
            throw AdapterError(error)
        }
    }

    private static func run(
        _ configuration: AdapterConfiguration,
        on address: SocketAddress,
        _ log: Log,
        _ environment: [String: String]
    ) throws(SystemError) {
        signal(SIGPIPE, SIG_IGN)  // A log that nobody reads must not end the program.
        let adapter = Adapter(configuration, log: log)
        DescriptorLimit.raise()
        var limits = configuration.connections
        limits.connectionsMax += configuration.daemonConnections
        let reactor = try Reactor(serving: adapter, limits: limits)
        try reactor.receiveSignals([SIGTERM, SIGINT]) { [unowned reactor] _ in
            log.write(.info, "stopping")
            ServiceManager.notify("STOPPING=1", environment: environment)
            adapter.drain(reactor)
        }
        let inherited = ServiceManager.inheritedSockets(environment: environment)
        for socket in inherited {
            try adapter.listen(on: ListeningSocket(inherited: socket.descriptor, as: address), in: reactor)
        }
        var listening = "inherited"
        if inherited.isEmpty {
            let socket = try ListeningSocket(address)
            listening = socket.address.description
            try adapter.listen(on: socket, in: reactor)
        }
        adapter.start(in: reactor)
        log.write(.info, "started", ["version": .string(Version.text), "listen": .string(listening)])
        ServiceManager.notify("READY=1", environment: environment)
        try reactor.run()
        log.write(.info, "stopped")
    }

    /// The help, from the same declarations that the options are read with.
    private static func help() -> String {
        var options = CommandLineOptions(["--socket", "PATH"], environment: [:])
        // Standard values are readable, so nothing here throws; were it otherwise, the help would end at that option.
        _ = try? options.take(.listen)
        _ = try? options.take(.logLevel)
        _ = try? AdapterConfiguration(from: &options)
        return """
            latchkey-http --socket PATH [--listen HOST:PORT] [option …]

            Serves the daemon's procedures over HTTP/1.1 until SIGTERM: POST /v2/{service}.{procedure} becomes a frame.

            \(options.helpLines.joined(separator: "\n"))

            Every option can be given as a variable: LATCHKEY_ and its name in capitals.

            latchkey-http --version prints the version.

            """
    }
}

/// Why an adapter could not start, or had to stop; says what the operator can do.
public struct AdapterError: Error, Sendable, CustomStringConvertible {
    /// One sentence or two.
    public let description: String

    init(_ error: SystemError) {
        // The same code of another call tells of something else.
        let advice =
            switch (error.call, error.code) {
            case ("bind", EADDRINUSE), ("listen", EADDRINUSE):
                " Something listens there already. Stop it, or name another port with --listen."
            case ("bind", EADDRNOTAVAIL), ("getaddrinfo", EADDRNOTAVAIL):
                " Name an address that this machine has with --listen; 0.0.0.0 and [::] are all of them."
            case ("accept", EINVAL): " The service manager passed a socket that does not listen; check its unit."
            case ("bind", EACCES):
                " Name a port from 1024 up with --listen, or have the service manager open this one."
            default: ""
            }
        description = "\(error).\(advice)"
    }
}
