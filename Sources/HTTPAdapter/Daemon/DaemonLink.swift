import Reactor

/// One connection of the pool to the daemon.
final class DaemonLink {
    let index: Int
    /// `nil` while it is not connected.
    var connection: ConnectionID?
    var backoffMilliseconds = 0
    var retryIsScheduled = false
    /// The turn in which a connection was last tried.
    var lastAttempt: MonotonicTime?

    init(index: Int) {
        self.index = index
    }
}
