import Bytes
import Registry
import Store

/// What the dispatcher keeps of a connection.
final class Session {
    /// The socket that it came in on.
    let socket: Sockets
    /// Calls that other threads work on, or that wait for a fetch.
    var pendingCalls = 0
    /// How many of them came without an `id`: while there is one, the connection is held.
    var orderedCalls = 0
    /// Whether the peer has sent all it will; the connection closes with the last reply.
    var isFinishing = false
    /// Whether the time for the rest of a frame is running.
    var isAwaitingRest = false

    /// The last credential that came in, as it stood in its frame, and whose it was.
    ///
    /// Most connections only ever send one.
    var credential = ByteBuffer()
    var rootKey: HotRootKey?

    init(_ socket: Sockets) {
        self.socket = socket
    }
}
