import Reactor

/// What the product is set against: it gets a turn before each turn of the product.
enum Yardstick {
    /// The echo server, and where it listens.
    case echo(ChildProcess, SocketAddress)
    /// The same product with another database.
    case other(Product)

    /// Starts an echo server in a folder.
    static func echo(in folder: String, _ cores: Cores) throws(BenchFailure) -> Yardstick {
        let path = "\(folder)/echo.sock"
        let server = try ChildProcess(
            "echo",
            program: try buildFolder() + "/bench",
            arguments: ["echo", "--socket", path],
            cores: cores,
            folder: folder
        )
        try server.awaitConnection(to: .unix(path: path))
        return .echo(server, .unix(path: path))
    }

    /// As reports name it.
    var name: String {
        switch self {
        case .echo: "echo"
        case .other: "against"
        }
    }

    /// Ends it.
    ///
    /// - Returns: What was wrong with its end.
    func stop() -> [String] {
        switch self {
        case .echo(let server, _): [server.stop()].compactMap { $0 }
        case .other(let product): product.stop()
        }
    }
}
