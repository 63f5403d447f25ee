import Cryptography
import Domain
import Foundation
import Program
import ProtocolWire
import Registry
import SQLite
import Services
import Testing

@testable import Daemon
@testable import Reactor
@testable import Store

/// What the writer does with the credits that verifications have spent in memory.
@Suite struct WriterSpendsTests {
    @Test("spends that come one behind the other are all stored, as one change to the last one's end")
    func chain() throws {
        let settlements = try run([spend(100, 99), spend(99, 97), spend(97, 90)])
        #expect(endings(settlements) == [.stored, .stored, .stored])
        #expect(try balances() == [90, 100])
        #expect(settlements.allSatisfy { $0.changes.isEmpty }, "memory knows it already")
    }

    @Test("the balance may be spent to the last credit")
    func last() throws {
        #expect(endings(try run([spend(100, 1), spend(1, 0)])) == [.stored, .stored])
        #expect(try balances() == [0, 100])
    }

    @Test("keys do not get in each other's way")
    func apart() throws {
        let other = keys[1]
        let settlements = try run([spend(100, 99), spend(100, 95, of: other), spend(99, 98), spend(90, 80, of: other)])
        #expect(endings(settlements) == [.stored, .stored, .stored, .outdated])
        #expect(try balances() == [98, 95])
    }

    @Test("a spend that does not begin where the one before has ended is outdated, and those behind it go on")
    func broken() throws {
        let settlements = try run([spend(100, 99), spend(100, 98), spend(99, 97), spend(50, 49)])
        #expect(endings(settlements) == [.stored, .outdated, .stored, .outdated])
        #expect(try balances() == [97, 100])
    }

    @Test("a chain that begins at another balance is outdated as a whole, and nothing of it is stored")
    func otherBalance() throws {
        #expect(endings(try run([spend(101, 100), spend(100, 99)])) == [.outdated, .outdated])
        #expect(try balances() == [100, 100])
        #expect(endings(try run([spend(99, 98)])) == [.outdated])
        #expect(endings(try run([spend(100, 99)])) == [.stored])
    }

    @Test("a change between two spends parts them: what was decided before it is outdated behind it")
    func changeBetween() throws {
        let settlements = try run([spend(100, 99), setBalance(to: 50), spend(99, 98), spend(98, 97)])
        #expect(endings(settlements) == [.stored, .stored, .outdated, .outdated])
        #expect(settlements.map(\.changes) == [[], [.key(hash: keys[0].hash)], [], []])
        #expect(try balances() == [50, 100])
    }

    @Test("a change that leaves the balance as the spends take it for outdates nothing")
    func changeBeside() throws {
        let settlements = try run([spend(100, 99), setBalance(to: 99), spend(99, 98), setBalance(to: 7, of: keys[1])])
        #expect(endings(settlements) == [.stored, .stored, .stored, .stored])
        #expect(try balances() == [98, 7])
    }

    @Test("a key that is gone, or has no balance any more, has nothing to spend")
    func gone() throws {
        let number = keys[0].number
        let ending = job { transaction throws(Problem) in
            try transaction.storeCredits(nil, of: number, before: Credits(remaining: 100, refill: nil))
        }
        #expect(endings(try run([ending, spend(100, 99)])) == [.stored, .outdated])
        #expect(try balances() == [nil, 100])
    }

    @Test("a spend whose time has passed is refused, and the rest of its chain is made again")
    func late() throws {
        let settlements = try run([
            spend(100, 99, deadline: MonotonicTime(nanoseconds: 0)), spend(99, 98), spend(100, 90, of: keys[1]),
        ])
        #expect(endings(settlements) == [.refused(.requestTimeout), .outdated, .stored])
        #expect(try balances() == [100, 90])
        #expect(endings(try run([spend(100, 99, deadline: MonotonicTime(nanoseconds: .max))])) == [.stored])
    }

    @Test("the reply of a stored spend is the one that was written when it was decided")
    func members() throws {
        let settlements = try run([spend(100, 99, reply: "one"), spend(99, 98, reply: "two")])
        #expect(settlements.map { try? $0.result.get() } == [Array("one".utf8), Array("two".utf8)])
    }

    @Test("when the commit fails every spend of the batch is refused and none is kept")
    func lostCommit() throws {
        let losing = job { transaction throws(Problem) in transaction.connection.rollback() }
        let settlements = try run([spend(100, 99), spend(99, 98), losing, spend(98, 97)])
        #expect(endings(settlements) == Array(repeating: .refused(.unexpected), count: 4))
        #expect(try balances() == [100, 100])
        #expect(
            settlements.compactMap(\.spent).map(\.credits?.after) == [99, 98, 97],
            "each comes back, so that memory can take it back"
        )
    }

    @Test("a spend that is taken back gives its units of limits back and has the key read again")
    func takenBack() throws {
        let state = HotState(keysMax: 10, startedAt: UnixMilliseconds(0)) { _ in [] }
        let hash = keys[0].hash
        func read() throws -> HotKey {
            state.fill(key: hash, try ReadTransaction(database.openForReading()).verifiableKey(hash))
            guard case .present(let key) = state.key(hash) else { throw Problem.internalFailure }
            return key
        }
        let key = try read()
        let units = WindowKey.limit("units", of: key.number, durationMilliseconds: 1_000)
        func counted() -> Int64 { state.windows.window(of: units, at: UnixMilliseconds(5_000)).current }
        let window = state.windows.window(of: units, at: UnixMilliseconds(5_000))
        state.windows.spend(3, in: window, of: units)
        let spend = PendingSpend(
            credits: state.spend(10, of: key),
            windows: [WindowSpend(3, in: window, of: units)]
        )
        #expect(key.detail?.balance == 90 && counted() == 3)
        state.takeBack(spend)
        #expect(counted() == 0)
        guard case .unknown = state.key(hash) else {
            Issue.record("the key is still in memory")
            return
        }
        #expect(try read().detail?.balance == 100)
    }

    @Test("a balance that was read from before a stored spend is read again, one that is spent further is not")
    func readTooEarly() throws {
        let state = HotState(keysMax: 10, startedAt: UnixMilliseconds(0)) { _ in [] }
        let hash = keys[0].hash
        let row = try ReadTransaction(database.openForReading()).verifiableKey(hash)
        func isKnown() -> Bool { if case .present = state.key(hash) { true } else { false } }
        state.fill(key: hash, row)
        guard case .present(let key) = state.key(hash) else { throw Problem.internalFailure }
        let spends = [state.spend(1, of: key), state.spend(1, of: key)]
        for spend in spends { state.noteStored(spend) }
        #expect(isKnown() && key.detail?.balance == 98)
        // Another change had the key read again while the first spend was not stored yet.
        state.apply(.key(hash: hash))
        state.fill(key: hash, row)
        state.noteStored(spends[0])
        #expect(!isKnown())
    }

    private enum Ending: Equatable {
        case stored
        case outdated
        case refused(ErrorKind)
    }

    private func endings(_ settlements: [Settlement]) -> [Ending] {
        settlements.map { settlement in
            if settlement.isUndecided { return .outdated }
            if case .failure(let problem) = settlement.result { return .refused(problem.kind) }
            return .stored
        }
    }

    private let folder: URL
    private let database: Database
    /// Two keys with a balance of 100 each.
    private let keys: [KeyReference]

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = Database(path: folder.appending(path: "latchkey.sqlite").path)
        try database.migrate()
        let transaction = WriteTransaction(try database.openForWriting())
        try transaction.connection.begin(.immediate)
        Self.begin(transaction)
        let workspace = try transaction.insertWorkspace(named: "acme")
        let id = try transaction.insertAPI(named: "billing", in: workspace)
        let api = try #require(try transaction.api(id, in: workspace))
        keys = try ["first", "second"].map { secret in
            let key = NewKey(
                api: api.number,
                hash: SHA256.hash(secret),
                start: "",
                name: nil,
                meta: nil,
                isEnabled: true,
                expires: nil,
                credits: Credits(remaining: 100, refill: nil)
            )
            return try transaction.insertKey(key, in: workspace)
        }
        try transaction.connection.commit()
    }

    private static func begin(_ transaction: WriteTransaction) {
        var random = SystemRandomNumberGenerator()
        transaction.begin(Stamp(time: .read(), actor: "operator", requestID: RequestID(using: &random)))
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
            Self.begin(transaction)
            try work(transaction)
            return []
        }
    }

    private func setBalance(to remaining: Int, of key: KeyReference? = nil) -> WriteJob {
        let key = key ?? keys[0]
        return job { transaction throws(Problem) in
            try transaction.storeCredits(Credits(remaining: remaining, refill: nil), of: key.number, before: nil)
            transaction.note(.key(hash: key.hash))
        }
    }

    private func spend(
        _ before: Int,
        _ after: Int,
        of key: KeyReference? = nil,
        deadline: MonotonicTime? = nil,
        reply: String = ""
    ) -> WriteJob {
        let key = key ?? keys[0]
        let credits = CreditSpend(key: key.number, hash: key.hash, before: before, after: after)
        var random = SystemRandomNumberGenerator()
        let call = SuspendedCall(
            connection: ConnectionID(slot: 1, generation: 0),
            frame: [],
            isOrdered: true,
            deadline: MonotonicTime(nanoseconds: .max),
            requestID: RequestID(using: &random)
        )
        let procedure = Catalogue.registry.procedure(named: "keys.verifyKey")
        let ticket = procedure.flatMap { procedure in
            deadline.map { deadline in
                Ticket(
                    connection: call.connection,
                    requestID: call.requestID,
                    correlation: nil,
                    procedure: procedure,
                    frameBytes: 0,
                    deadline: deadline
                )
            }
        }
        let purpose = WriteJob.Purpose.spend(call, PendingSpend(credits: credits, windows: []))
        return WriteJob(ticket: ticket, purpose: purpose) { _ in Array(reply.utf8) }
    }

    /// What the two keys may spend, as the database has it.
    private func balances() throws -> [Int?] {
        let transaction = ReadTransaction(try database.openForReading())
        return try keys.map { try transaction.verifiableKey($0.hash)?.credits?.remaining }
    }
}

extension Settlement {
    /// What a verification has taken.
    fileprivate var spent: PendingSpend? {
        if case .spend(_, let spend) = purpose { spend } else { nil }
    }
}
