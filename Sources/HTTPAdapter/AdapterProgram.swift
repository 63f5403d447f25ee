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
        if options.takeFlag("version", "Prints the version.") { return .print("latchkey-http \(Version.text)\n") }
        if options.takeFlag("help", "Prints this.") { return .print(help()) }
        let address = try options.take(.listen)
        let level = try options.take(
            .word("log-level", "LEVEL", "The least important events to log.", standard: Log.Level.info)
        )
        var configuration = try AdapterConfiguration(from: &options)
        try options.finish()
        configuration.version = Version.text
        return .serve(configuration, on: address, Log(program: "latchkey-http", level: level))
    }

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Throws: ``SystemError``, such as for an address that is taken.
    public static func serve(
        _ configuration: AdapterConfiguration,
        on address: SocketAddress,
        _ log: Log,
        environment: [String: String]
    ) throws(SystemError) {
        signal(SIGPIPE, SIG_IGN)  // A log that nobody reads must not end the program.
        let adapter = Adapter(configuration, log: log)
        let reactor = try Reactor(serving: adapter)
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
        _ = options.takeFlag("version", "Prints the version.")
        _ = options.takeFlag("help", "Prints this.")
        // Standard values are readable, so nothing here throws; were it otherwise, the help would end at that option.
        _ = try? options.take(.listen)
        _ = try? options.take(
            .word("log-level", "LEVEL", "The least important events to log.", standard: Log.Level.info)
        )
        _ = try? AdapterConfiguration(from: &options)
        return """
            latchkey-http: Latchkey over HTTP/1.1. POST /v2/{service}.{procedure} becomes a frame to the daemon.

            Usage: latchkey-http --socket PATH [--listen HOST:PORT] [OPTION]…

            Each option can also be set as LATCHKEY_…, such as LATCHKEY_LISTEN.

            \(options.helpLines.joined(separator: "\n"))

            """
    }
}
