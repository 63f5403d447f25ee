import Glibc
public import Reactor
public import Store

/// What a daemon runs with.
public struct Configuration: Sendable {
    /// The database file.
    public let database: Database
    /// Path of the API socket, mode 0660.
    public let socket: String
    /// Path of the operator socket, mode 0600.
    public let operatorSocket: String
    /// Keys in memory, each started 512 bytes of one counting as a key; past it, those that have not been asked for lately give
    /// way.
    public var cachedKeysMax = 1_000_000
    /// Windows of limits in memory, 1 or more; past it, those that end first give way to new ones.
    public var windowsMax = 2_000_000
    /// Threads that read the database, 1 to 64.
    public var readers = 2
    /// Calls that wait for a reader, and as many for the writer.
    public var waitingCallsMax = 8_192
    /// How long the calls on their way have to end after SIGTERM.
    public var drainMilliseconds = 10_000
    /// What the copies of recoverable keys are sealed under; without it no key is recoverable.
    public var recovery: RecoverySecrets?
    /// Bounds of what is taken on.
    public var dispatch = DispatchLimits()
    /// Bounds of each connection.
    public var connections = ConnectionLimits()
    /// Listening sockets that the service manager has opened, by name: `api`, `operator`.
    public var inherited: [String: Int32] = [:]

    /// The defaults, on these paths.
    public init(database: Database, socket: String, operatorSocket: String) {
        self.database = database
        self.socket = socket
        self.operatorSocket = operatorSocket
    }
}

/// Why a daemon could not start, or had to stop; says what the operator can do.
public struct DaemonError: Error, Sendable, CustomStringConvertible {
    /// One sentence or two.
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    static func lock(_ error: SystemError, _ path: String) -> DaemonError {
        switch error.code {
        case LockFile.isTaken:
            DaemonError("Another daemon has the database \(path) open. Stop it first, or name another database.")
        case LockFile.hasManyNames:
            DaemonError(
                "The database \(path) has more than one name (hard links), each with a lock and a write-ahead log of its own. "
                    + "Remove all but the one that it was served under last; find -samefile \(path) lists those in a folder."
            )
        default:
            DaemonError("\(error). The folder of the database has to exist and be writable for the daemon's user.")
        }
    }

    static func system(_ error: SystemError) -> DaemonError {
        // The same code of another call tells of something else.
        let hint =
            switch (error.call, error.code) {
            case ("bind", EADDRINUSE): " Another process answers on that socket. Stop it, or name another path."
            case ("bind", ENAMETOOLONG): " A socket path has at most 107 bytes. Name a shorter one."
            case ("bind", EEXIST): " There is a file of another kind. Name another path."
            case ("accept", EINVAL): " The service manager passed a socket that does not listen. Check its unit."
            case (_, EMFILE), (_, ENFILE): " Let the process have more descriptors (ulimit -n, LimitNOFILE=)."
            case (_, ENOENT), (_, ENOTDIR), (_, EACCES), (_, EPERM), (_, EROFS):
                " The folder has to exist and be writable for the daemon's user."
            default: ""
            }
        return DaemonError("\(error).\(hint)")
    }
}
