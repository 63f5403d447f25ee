import Cryptography
import Domain
import Foundation
import Program
import ProtocolWire
import Reactor
import Registry
import SQLite
import Testing

@testable import Daemon
@testable import Store

@Suite struct ReaderTests {
    private let database: Database
    private let hash = SHA256.hash("secret")

    init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = Database(path: folder.appending(path: "latchkey.sqlite").path)
        try database.migrate()
    }

    @Test("a key that is changed while it is fetched is read as before the change or as after it, never a mix")
    func oneMoment() throws {
        let connection = try database.openForWriting()
        try connection.setSynchronous(.off)
        let key = try insertKey(WriteTransaction(connection))
        let outcomes = try Mailbox<Outcome>(capacity: .max, isPolled: false)
        let jobs = try Mailbox<ReadJob>(capacity: .max, isPolled: false)
        let thread = try WorkerThread(name: "reader") { [database] in
            let log = Log(program: "test", level: .error, descriptor: -1)
            try? Reader(database, jobs: jobs, outcomes: outcomes, recovery: nil, log: log).run()
        }
        for round in 0..<2_000 {
            #expect(jobs.post(.fetch(.key(hash))))
            try change(key, isEnabled: round.isMultiple(of: 2), connection)
        }
        jobs.close()
        thread.join()
        outcomes.close()
        while let outcome = outcomes.waitForOne() {
            guard case .fetched(.key(_, let row?)) = outcome else { continue }
            #expect(row.isEnabled == row.permissions.isEmpty)
        }
    }

    /// An enabled key has no permission, a disabled one has.
    private func change(_ key: RowNumber<Key>, isEnabled: Bool, _ connection: SQLite.Connection) throws {
        try connection.begin(.immediate)
        try connection.run(Command("UPDATE keys SET is_enabled = ?2 WHERE number = ?1"), key.value, isEnabled)
        if isEnabled {
            try connection.run(Command("DELETE FROM key_permissions WHERE key = ?1"), key.value)
        } else {
            try connection.run(
                Command("INSERT OR IGNORE INTO key_permissions (key, permission) SELECT ?1, number FROM permissions"),
                key.value
            )
        }
        try connection.commit()
    }

    private func insertKey(_ transaction: WriteTransaction) throws -> RowNumber<Key> {
        var random = SystemRandomNumberGenerator()
        transaction.begin(Stamp(time: .read(), actor: "operator", requestID: RequestID(using: &random)))
        let workspace = try transaction.insertWorkspace(named: "acme")
        let apiID = try transaction.insertAPI(named: "billing", in: workspace)
        let api = try #require(try transaction.api(apiID, in: workspace))
        _ = try transaction.insertPermission(slug: "a", name: "a", description: nil, in: workspace)
        let new = NewKey(api: api.number, hash: hash, start: "", name: nil, meta: nil, isEnabled: true, expires: nil)
        return try transaction.insertKey(new, in: workspace).number
    }
}
