import Bytes
import Cryptography
import Domain
import Foundation
import JSONSyntax
import ProtocolWire
import Registry
import SQLite
import Store
import Testing

@testable import Services

/// All procedures over a temporary database, without sockets and threads: what a call answers, and what it leaves behind.
final class Bench {
    let connection: Connection
    private(set) var transaction: WriteTransaction
    let state = HotState(keysMax: 100, startedAt: UnixMilliseconds(0), rendering: Catalogue.keyRendering)
    var time: Int64 = 1_000_000
    /// Where the client of each call is, as its frame says.
    var clientAddress: String?
    private let folder: URL
    private var random = FastRandom()

    init(recovery: RecoverySecrets? = nil) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "latchkey-services-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        connection = try Connection(path: folder.appending(path: "test.db").path, mode: .readWriteCreate)
        try Migrator.migrate(connection, Schema.migrations, applicationID: Schema.applicationID)
        try connection.setForeignKeys(enforced: true)
        transaction = WriteTransaction(connection, recovery: recovery)
    }

    /// Goes on as a daemon that was started anew, with other recovery secrets.
    func restart(recovery: RecoverySecrets?) {
        transaction = WriteTransaction(connection, recovery: recovery)
    }

    deinit {
        // The folder is temporary: what stays is cleared by the system.
        try? FileManager.default.removeItem(at: folder)
    }

    /// Calls as the operator.
    func operate(_ method: String, _ params: JSONValue = [:]) throws -> JSONValue {
        try call(method, params, on: .operator) { _ in .operator }
    }

    /// Calls with a root key.
    func call(_ method: String, _ params: JSONValue = [:], as rootKey: String) throws -> JSONValue {
        try call(method, params, on: .api) { [transaction] _ throws(Interruption) in
            do throws(Problem) {
                guard let row = try transaction.credential(SHA256.hash(rootKey)) else {
                    throw Problem(.credentialUnknown, "The root key is not accepted.")
                }
                let hot = HotState(keysMax: 1, startedAt: UnixMilliseconds(0), rendering: Catalogue.keyRendering)
                hot.fill(rootKey: SHA256.hash(rootKey), row)
                guard case .present(let entry) = hot.rootKey(SHA256.hash(rootKey)) else { throw .internalFailure }
                return .rootKey(entry.principal)
            } catch {
                throw .problem(error)
            }
        }
    }

    /// The refusal of a call with a root key.
    func refusal(_ method: String, _ params: JSONValue = [:], as rootKey: String) throws -> Problem {
        try #require(throws: Problem.self) { try call(method, params, as: rootKey) }
    }

    private func call(
        _ method: String,
        _ params: JSONValue,
        on socket: Sockets,
        _ authenticate: Authenticate
    ) throws -> JSONValue {
        let procedure = try #require(Catalogue.registry.procedure(named: method))
        try #require(procedure.sockets.contains(socket), "\(method) is not on that socket")
        let text = Array(params.serialized.utf8)
        let address = Array(JSONValue.array(clientAddress.map { [.string($0)] } ?? []).serialized.utf8)
        let members = try text.withUnsafeBytes { text in
            try address.withUnsafeBytes { address in
                let (document, frame) = (JSONDocument(), JSONDocument())
                try document.parse(text)
                try frame.parse(address)
                let arrival = Arrival(
                    requestID: RequestID(using: &random),
                    time: UnixMilliseconds(time),
                    socket: socket,
                    params: document.root,
                    clientAddress: frame.root.elements.compactMap(\.text).first
                )
                return try run(procedure, arrival, authenticate)
            }
        }
        return try JSONValue(parsing: Array("{".utf8) + members + Array("}".utf8))
    }

    private func run(_ procedure: Procedure, _ arrival: Arrival, _ authenticate: Authenticate) throws -> [UInt8] {
        var fetches = 0
        while true {
            var json = JSONWriter()
            let continuation: Continuation
            do throws(Interruption) {
                continuation = try procedure.start(arrival, authenticate, state, &json)
            } catch {
                switch error {
                case .problem(let problem): throw problem
                case .miss(let miss): try fetch(miss)
                case .first(let prerequisite):
                    _ = try write(prerequisite.work)
                    // The daemon goes on in a later turn.
                    state.forgetAbsences()
                }
                fetches += 1
                try #require(fetches < 5, "what was fetched or made is missing again")
                continue
            }
            switch continuation {
            case .answeredOnceStored(let spend):
                try #require(try store(spend), "the balance is what memory took it for")
                state.forgetAbsences()
                return Array(json.buffer.readable)
            case .recall: throw Problem.internalFailure
            case .answered:
                state.forgetAbsences()
                return Array(json.buffer.readable)
            case .read(let work): return try work(transaction)
            case .write(let work): return try write(work)
            }
        }
    }

    private func fetch(_ miss: Miss) throws {
        switch miss {
        case .key(let hash): state.fill(key: hash, try transaction.verifiableKey(hash))
        case .rootKey(let hash): state.fill(rootKey: hash, try transaction.credential(hash))
        case .pendingKey(let name): state.fill(pendingKey: name, try transaction.pendingKey(name))
        case .namespaces(let names):
            for name in names { state.fill(namespace: name, try transaction.namespaceContents(name)) }
        }
    }

    private func store(_ spend: PendingSpend) throws -> Bool {
        guard let credits = spend.credits else { return true }
        try connection.begin(.immediate)
        let isStored = try transaction.spend(credits.key, from: credits.before, to: credits.after)
        try connection.commit()
        return isStored
    }

    private func write(_ work: WriteWork) throws -> [UInt8] {
        try connection.begin(.immediate)
        do {
            let members = try work(transaction)
            try connection.commit()
            for change in transaction.takeChanges() { state.apply(change) }
            return members
        } catch {
            connection.rollback()
            throw error
        }
    }

    /// Fills balances up, as the daemon does every second.
    func refillCredits(most: Int = 1_000) throws {
        let stamp = Stamp(time: UnixMilliseconds(time), actor: "daemon", requestID: RequestID(using: &random))
        _ = try write { transaction throws(Problem) in
            try transaction.refillCredits(stamp, most: most)
            return []
        }
    }

    /// Has memory read the keys of a workspace again, after a test has changed their rows itself.
    func forgetKeys(in workspace: String) throws {
        guard let row = try transaction.workspace(WorkspaceID(workspace)) else { return }
        state.apply(.workspace(row.number))
    }

    /// The events of the audit rows so far.
    func events() throws -> [String] {
        try connection.all(Query(uncached: "SELECT event FROM audit_log ORDER BY number") { $0.text(0) })
    }

    /// The audit rows so far, `event subject`.
    func auditRows() throws -> [String] {
        try connection.all(
            Query(uncached: "SELECT event || ' ' || subject FROM audit_log ORDER BY number") { $0.text(0) }
        )
    }

    /// The requests that wrote the last audit rows.
    func requests(of last: Int) throws -> [String] {
        try connection.all(
            Query(uncached: "SELECT request_id FROM audit_log ORDER BY number DESC LIMIT ?1") { $0.text(0) },
            last
        )
    }

    /// Makes a workspace.
    func workspace() throws -> String {
        let reply = try operate("workspaces.createWorkspace", ["name": "acme"])
        return try #require(reply["data"]?["workspaceId"]?.string)
    }

    /// Makes a root key by the operator's hand.
    func rootKey(in workspace: String, _ permissions: [String], expires: Int64? = nil) throws -> (
        id: String, secret: String
    ) {
        let reply = try operate(
            "rootKeys.createKey",
            [
                "workspaceId": .string(workspace), "permissions": .array(permissions.map(JSONValue.string)),
                "expires": expires.map(JSONValue.integer) ?? .null,
            ]
        )
        return (try #require(reply["data"]?["keyId"]?.string), try #require(reply["data"]?["key"]?.string))
    }
}
