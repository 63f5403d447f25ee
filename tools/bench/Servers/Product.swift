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
    /// Its workspace; empty where nobody told.
    let workspaceID: String
    /// The processes whose use counts.
    let processIDs: [pid_t]
    let name: String
    /// What `bench seed` put into the database; `nil` where it is another's, or new.
    let population: Population?
    private let children: [ChildProcess]

    /// Attaches to a running daemon.
    init(attachingTo socketPath: String, rootKey: String) throws(BenchFailure) {
        address = .unix(path: socketPath)
        self.socketPath = socketPath
        self.rootKey = rootKey
        workspaceID = ""
        name = "latchkeyd"
        population = nil
        children = []
        let connection = try ControlConnection(path: socketPath)
        processIDs = connection.serverProcessID.map { [$0] } ?? []
    }

    /// Starts a daemon, and an adapter in front of it, on one core, and makes a root key.
    ///
    /// - Parameters:
    ///   - folder: Where the sockets are made.
    ///   - database: The daemon's. With a population, the root key is of its workspace, else of a new one.
    ///   - population: What is in the database.
    ///   - cores: Of the servers and of this process.
    ///   - isHTTP: Whether there is to be an adapter.
    /// - Throws: When one of them does not start.
    init(
        startedIn folder: String,
        database: String,
        population: Population?,
        cores: Cores,
        isHTTP: Bool
    ) throws(BenchFailure) {
        let programs = try buildFolder()
        socketPath = "\(folder)/api.sock"
        let operatorPath = "\(folder)/operator.sock"
        let daemon = try ChildProcess(
            "latchkeyd",
            program: "\(programs)/latchkeyd",
            arguments: [
                "--database", database, "--socket", socketPath, "--operator-socket", operatorPath,
            ],
            cores: cores,
            folder: folder
        )
        try daemon.awaitConnection(to: .unix(path: operatorPath))
        try daemon.awaitConnection(to: .unix(path: socketPath))
        (workspaceID, rootKey) = try Self.makeRootKey(operatorPath, workspaceID: population?.workspaceID)
        self.population = population
        guard isHTTP else {
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
            cores: cores,
            folder: folder
        )
        try adapter.awaitConnection(to: address)
        children = [adapter, daemon]
        processIDs = children.map(\.processID)
        name = "latchkey-http"
    }

    /// What its database holds, in words.
    var size: String { population.map { "\(TextReport.format(Double($0.keyCount), 0)) keys" } ?? "a new database" }

    /// Ends what was started, the adapter first.
    ///
    /// - Returns: What was wrong with their ends.
    func stop() -> [String] {
        children.compactMap { $0.stop() }
    }

    private static func makeRootKey(
        _ operatorPath: String,
        workspaceID: String?
    ) throws(BenchFailure) -> (workspaceID: String, key: String) {
        var connection = try ControlConnection(path: operatorPath)
        var workspace = workspaceID ?? ""
        if workspaceID == nil {
            let params = #"{"name":"bench"}"#
            workspace = try connection.text("workspaceId", of: "workspaces.createWorkspace", params, credential: nil)
        }
        let params = #"{"workspaceId":"\#(workspace)","permissions":["*"]}"#
        return (workspace, try connection.text("key", of: "rootKeys.createKey", params, credential: nil))
    }

    /// A port that was free a moment ago.
    private static func freePort() throws(BenchFailure) -> SocketAddress {
        try during("Looking for a free port") { () throws(SystemError) in
            try ListeningSocket(.internet(host: "127.0.0.1", port: 0)).address
        }
    }
}
