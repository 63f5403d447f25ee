import Cryptography
import Domain
import Foundation
import JSONSyntax
import Program
import ProtocolWire
import Registry
import SQLite
import Testing

@testable import Daemon
@testable import Reactor
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

    @Test(
        "of two requests with one idempotency key in one batch the second gets the reply of the first, and changes nothing"
    )
    func replay() throws {
        let outcomes = try run([try claiming("k", create("one")), try claiming("k", create("two"))])
        #expect(outcomes.map(\.isSuccess) == [true, true])
        #expect(outcomes.map(\.isReplayed) == [false, true])
        #expect(outcomes.allSatisfy { $0.claim != nil })
        #expect(try names() == ["one"])
    }

    @Test("the daemon's own work that fails again and again is logged once, and again after something could be stored")
    func repeatedFailure() throws {
        let batch = 512
        let lost = job { transaction throws(Problem) in transaction.connection.rollback() }
        let nothing = Array(repeating: job { _ in }, count: batch - 1)
        let path = folder.appending(path: "log").path
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        let failing = [lost] + nothing
        _ = try run(failing + failing + [job { _ in }] + nothing + failing + failing, log: descriptor)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.contains("commit_failed") })
    }

    @Test("a replay tells of no change, and the request behind it tells of its own")
    func replayedChanges() throws {
        let noting = job { transaction throws(Problem) in transaction.note(.api(RowNumber(1))) }
        let outcomes = try run([try claiming("k", noting), try claiming("k", noting), noting])
        #expect(outcomes.map(\.changes) == [[.api(RowNumber(1))], [], [.api(RowNumber(1))]])
    }

    @Test("a refused request is not stored: with the same idempotency key it is carried out again")
    func refusal() throws {
        let outcomes = try run([try claiming("k", failing(after: "one")), try claiming("k", create("two"))])
        #expect(outcomes.map(\.isSuccess) == [false, true])
        #expect(outcomes.map(\.isReplayed) == [false, false])
        #expect(try names() == ["two"])
    }

    @Test("a reply whose transaction was lost is not stored either")
    func lostReply() throws {
        let losing = job { transaction throws(Problem) in transaction.connection.rollback() }
        let lost = try run([try claiming("k", create("one")), losing])
        #expect(lost.map(\.isSuccess) == [false, false])
        #expect(lost[0].claim != nil)
        let second = try run([try claiming("k", create("two"))])
        #expect(second.map(\.isReplayed) == [false])
        #expect(try names() == ["two"])
    }

    @Test("a question for a stored reply gets the reply, or leaves the call undecided and the key unused")
    func recall() throws {
        let recall = try claiming("k", job { _ in }, .recall(call))
        let outcomes = try run([recall, recall, try claiming("k", create("one")), recall])
        #expect(outcomes.map(\.isUndecided) == [true, true, false, false])
        #expect(outcomes.map(\.isReplayed) == [false, false, false, true])
        #expect(try names() == ["one"])
    }

    @Test("a reply whose spend met another balance is not stored, and its call is undecided")
    func outdatedSpend() throws {
        // No key has that number, so no balance is what the spend was decided on.
        let credits = CreditSpend(key: RowNumber(999), hash: SHA256.hash([]), before: 5, after: 4)
        let purpose = WriteJob.Purpose.spend(call, PendingSpend(credits: credits))
        let outcomes = try run([
            try claiming("k", create("one"), purpose), try claiming("k", job { _ in }, .recall(call)),
        ])
        #expect(outcomes.map(\.isUndecided) == [true, true])
        #expect(try names().isEmpty)
    }

    private var call: SuspendedCall {
        var random = SystemRandomNumberGenerator()
        return SuspendedCall(
            connection: ConnectionID(slot: 1, generation: 0),
            frame: [],
            isOrdered: false,
            deadline: .read(),
            requestID: RequestID(using: &random)
        )
    }

    private func claiming(_ key: String, _ job: WriteJob, _ purpose: WriteJob.Purpose? = nil) throws -> WriteJob {
        let document = JSONDocument()
        let claim = try Array(#"["\#(key)"]"#.utf8).withUnsafeBytes { bytes in
            try document.parse(bytes)
            let text = try #require(document.root.elements.compactMap(\.text).first)
            return IdempotencyClaim(
                key: text,
                owner: .operator(secret: [1, 2, 3]),
                method: "a.b",
                params: document.root
            )
        }
        return WriteJob(ticket: job.ticket, claim: claim, purpose: purpose, work: job.work)
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
    private func run(_ jobs: [WriteJob], log descriptor: Int32 = -1) throws -> [Settlement] {
        let mailbox = try Mailbox<WriteJob>(capacity: 10_000, isPolled: false)
        let outcomes = try Mailbox<Outcome>(capacity: 10_000, isPolled: false)
        #expect(mailbox.post(contentsOf: jobs) == jobs.count)
        mailbox.close()
        let log = Log(program: "test", level: .error, descriptor: descriptor)
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
