import Synchronization
import Testing

/// What the daemon says of itself in `system.listProcedures`, and which of it this run has called.
///
/// Every reply that a ``Client`` reads is held against the declared schema; at the end of the run nothing may be uncalled.
enum Contract {
    private struct State {
        var procedures: [String: JSON] = [:]
        var called: Set<String> = []
    }

    private static let state = Mutex(State())

    /// Learns the procedures of both sockets, once a run.
    static func learn(from daemon: DaemonProcess) throws {
        guard state.withLock({ $0.procedures.isEmpty }) else { return }
        var procedures: [String: JSON] = [:]
        for path in [daemon.operatorSocket, daemon.socket] {
            for procedure in try list(on: path) { procedures[procedure["method"]?.text ?? ""] = procedure }
        }
        state.withLock { $0.procedures = procedures }
    }

    /// The procedures of one socket, as it tells them.
    static func list(on socket: String) throws -> [JSON] {
        let frames = try FrameClient(socket)
        try frames.send(frame: #"{"method":"system.listProcedures"}"#)
        return try #require(try frames.receiveJSON()?["data"]?.list)
    }

    /// Holds a reply against the declaration, and remembers that the procedure has been called.
    static func check(_ reply: Reply, of method: String) {
        guard let data = reply.data, let procedure = state.withLock({ $0.procedures[method] }) else { return }
        let faults = procedure["reply"].map { SchemaCheck.faults(of: data, $0) } ?? ["no schema is declared"]
        #expect(faults.isEmpty, "reply of \(method)")
        #expect((reply.pagination != nil) == (procedure["paged"]?.boolean == true), "pagination of \(method)")
        _ = state.withLock { $0.called.insert(method) }
    }

    /// Procedures that no test has called with success.
    static var uncalled: [String] {
        state.withLock { state in state.procedures.keys.filter { !state.called.contains($0) }.sorted() }
    }
}
