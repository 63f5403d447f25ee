import Glibc
import Reactor

/// What is measured: a daemon of this build that the benchmark starts, or one that runs already; over HTTP with its adapter.
final class Product {
    /// Where the load goes.
    let address: SocketAddress
    /// The API socket.
    let socketPath: String
    /// A root key that may do everything in its workspace.
    let rootKey: String
    /// The processes whose use counts.
    let processIDs: [pid_t]
    let name: String
    private let children: [ChildProcess]

    /// Attaches to a running daemon.
    init(attachingTo socketPath: String, rootKey: String) throws(BenchFailure) {
        address = .unix(path: socketPath)
        self.socketPath = socketPath
        self.rootKey = rootKey
        name = "latchkeyd"
        children = []
        let connection = try ControlConnection(path: socketPath)
        processIDs = connection.serverProcessID.map { [$0] } ?? []
    }

    /// Starts a daemon, and an adapter in front of it, in a folder, all on one core, and makes a workspace with a root key.
    init(startedIn folder: String, options: BenchOptions) throws(BenchFailure) {
        let programs = try buildFolder()
        socketPath = "\(folder)/api.sock"
        let operatorPath = "\(folder)/operator.sock"
        let daemon = try ChildProcess(
            "latchkeyd",
            program: "\(programs)/latchkeyd",
            arguments: [
                "--database", "\(folder)/latchkey.db", "--socket", socketPath, "--operator-socket", operatorPath,
            ],
            core: options.serverCore,
            ownCore: options.clientCore,
            folder: folder
        )
        try daemon.awaitConnection(to: .unix(path: operatorPath))
        try daemon.awaitConnection(to: .unix(path: socketPath))
        rootKey = try Self.makeRootKey(operatorPath)
        guard options.isHTTP else {
            address = .unix(path: socketPath)
            children = [daemon]
            processIDs = [daemon.processID]
            name = "latchkeyd"
            return
        }
        address = try Self.freePort()
        let adapter = try ChildProcess(
            "latchkey-http",
            program: "\(programs)/latchkey-http",
            arguments: ["--listen", address.description, "--socket", socketPath],
            core: options.serverCore,
            ownCore: options.clientCore,
            folder: folder
        )
        try adapter.awaitConnection(to: address)
        children = [adapter, daemon]
        processIDs = children.map(\.processID)
        name = "latchkey-http"
    }

    /// Ends what was started, the adapter first.
    ///
    /// - Returns: What was wrong with their ends.
    func stop() -> [String] {
        children.compactMap { $0.stop() }
    }

    private static func makeRootKey(_ operatorPath: String) throws(BenchFailure) -> String {
        var connection = try ControlConnection(path: operatorPath)
        let workspace = try connection.text(
            "workspaceId",
            of: "workspaces.createWorkspace",
            #"{"name":"bench"}"#,
            credential: nil
        )
        return try connection.text(
            "key",
            of: "rootKeys.createKey",
            #"{"workspaceId":"\#(workspace)","permissions":["*"]}"#,
            credential: nil
        )
    }

    /// A port that was free a moment ago.
    private static func freePort() throws(BenchFailure) -> SocketAddress {
        try during("Looking for a free port") { () throws(SystemError) in
            try ListeningSocket(.internet(host: "127.0.0.1", port: 0)).address
        }
    }
}
