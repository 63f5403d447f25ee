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

@Suite struct WriterTests {
    @Test("a request that fails takes back its own changes and none of its neighbours'")
    func isolation() throws {
        let outcomes = try run([create("one"), failing(after: "two"), create("three")])
        #expect(outcomes.map(\.isSuccess) == [true, false, true])
        #expect(try names() == ["one", "three"])
    }

    @Test("changes are told with their own request, and those of a failed one are not told at all")
    func changes() throws {
        let outcomes = try run([
            job { transaction throws(Problem) in transaction.note(.api(RowNumber(1))) },
            job { transaction throws(Problem) in
                transaction.note(.api(RowNumber(2)))
                throw Problem(.apiNotFound, "no")
            },
            create("one"),
        ])
        #expect(outcomes.map(\.changes) == [[.api(RowNumber(1))], [], []])
    }

    @Test("when the transaction itself is lost, every request of the batch is refused and nothing is kept")
    func lostTransaction() throws {
        let outcomes = try run([
            create("one"), job { transaction throws(Problem) in transaction.connection.rollback() },
        ])
        #expect(outcomes.map(\.isSuccess) == [false, false])
        #expect(try names().isEmpty)
    }

    private let folder: URL
    private let database: Database

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = Database(path: folder.appending(path: "latchkey.sqlite").path)
        try database.migrate()
    }

    /// Gives the writer all jobs at once, so that they are one batch, and waits for its end.
    private func run(_ jobs: [WriteJob]) throws -> [Settlement] {
        let mailbox = try Mailbox<WriteJob>(capacity: 100, isPolled: false)
        let outcomes = try Mailbox<Outcome>(capacity: 100, isPolled: false)
        #expect(mailbox.post(contentsOf: jobs) == jobs.count)
        mailbox.close()
        let log = Log(program: "test", level: .error, descriptor: -1)
        try Writer(database, jobs: mailbox, outcomes: outcomes, recovery: nil, log: log).run()
        outcomes.close()
        var settlements: [Settlement] = []
        while let outcome = outcomes.waitForOne() {
            if case .settled(let settlement) = outcome { settlements.append(settlement) }
        }
        return settlements
    }

    private func job(_ work: @escaping @Sendable (WriteTransaction) throws(Problem) -> Void) -> WriteJob {
        WriteJob(ticket: nil) { transaction throws(Problem) in
            var random = SystemRandomNumberGenerator()
            transaction.begin(Stamp(time: .read(), actor: "operator", requestID: RequestID(using: &random)))
            try work(transaction)
            return []
        }
    }

    private func create(_ name: String) -> WriteJob {
        job { transaction throws(Problem) in _ = try transaction.insertWorkspace(named: name) }
    }

    private func failing(after name: String) -> WriteJob {
        job { transaction throws(Problem) in
            _ = try transaction.insertWorkspace(named: name)
            throw Problem(.apiNotFound, "no")
        }
    }

    private func names() throws -> [String] {
        try ReadTransaction(database.openForReading()).workspaces(from: "", limit: 10).map(\.name).sorted()
    }
}

extension Settlement {
    var isSuccess: Bool {
        if case .success = result { return true }
        return false
    }
}
