import Cryptography
import Domain
import ProtocolWire
import Registry
import Store
import Testing

@testable import Daemon
@testable import Reactor

@Suite struct PendingFetchesTests {
    private let first = SHA256.hash("first")
    private let second = SHA256.hash("second")

    @Test("calls that lack the same thing wait for one fetch")
    func sharing() {
        var fetches = PendingFetches()
        let beginnings = [
            fetches.suspend(call(1), for: .key(first)),
            fetches.suspend(call(2), for: .key(first)),
            fetches.suspend(call(3), for: .key(second)),
            fetches.suspend(call(4), for: .rootKey(first)),
        ]
        #expect(beginnings == [true, false, true, true])
        #expect(fetches.waitingCount == 4)
        let ending1 = frames(fetches.finish(.key(first, nil), at: now))
        #expect(ending1 == [[1], [2]])
        #expect(fetches.waitingCount == 2)
        let ending2 = frames(fetches.finish(.key(first, nil), at: now))
        #expect(ending2 == [])
    }

    @Test("a fetch that a change of its own thing overtakes has to be begun again, once")
    func overtaken() {
        var fetches = waiting()
        fetches.apply(.key(hash: first))
        let ending3 = frames(fetches.finish(.key(first, nil), at: now))
        #expect(ending3 == nil)
        #expect(fetches.waitingCount == 2)
        let ending4 = frames(fetches.finish(.key(first, nil), at: now))
        #expect(ending4 == [[1]])
    }

    @Test("that there is no key is asked again when an API has changed, which may have come back with the key")
    func restoredAPI() {
        var fetches = waiting()
        fetches.apply(.api(RowNumber(7)))
        let ending = frames(fetches.finish(.key(first, nil), at: now))
        #expect(ending == nil)
        let second = frames(fetches.finish(.key(first, nil), at: now))
        #expect(second == [[1]])
    }

    @Test("that no key waits for its migration is asked again when one was taken over, or an API has changed")
    func takenOver() {
        let name = PendingKeyName(
            whole: first,
            hash: second,
            migration: KeyMigrationID("migration_3LqTz9WvKq"),
            workspace: RowNumber(1)
        )
        for change in [.key(hash: first), .key(hash: second), .api(RowNumber(7))] as [Change] {
            var fetches = PendingFetches()
            _ = fetches.suspend(call(1), for: .pendingKey(name))
            fetches.apply(change)
            let ending = frames(fetches.finish(.pendingKey(name, .noSuchKey), at: now))
            #expect(ending == nil)
            let second = frames(fetches.finish(.pendingKey(name, .noSuchKey), at: now))
            #expect(second == [[1]])
        }
    }

    @Test("a change from before the fetch began does not overtake it")
    func earlierChanges() {
        var fetches = PendingFetches()
        _ = fetches.suspend(call(1), for: .key(second))
        fetches.apply(.key(hash: first))
        _ = fetches.suspend(call(2), for: .key(first))
        let ending5 = frames(fetches.finish(.key(first, nil), at: now))
        #expect(ending5 == [[2]])
    }

    @Test("changes of other things overtake nothing, however many there are")
    func unrelatedChanges() {
        var fetches = waiting()
        for number in 0..<200_000 { fetches.apply(.accessModel(RowNumber(Int64(number)))) }
        fetches.apply(.key(hash: second))
        fetches.apply(.rootKey(hash: first))
        let ending6 = frames(fetches.finish(.key(first, nil), at: now))
        #expect(ending6 == [[1]])
        let ending7 = frames(fetches.finish(.rootKey(second, nil), at: now))
        #expect(ending7 == [[2]])
    }

    @Test("a call that has waited too long is not kept waiting by another round")
    func lateCalls() {
        var fetches = PendingFetches()
        _ = fetches.suspend(call(1, until: 5), for: .key(first))
        _ = fetches.suspend(call(2), for: .key(first))
        fetches.apply(.key(hash: first))
        guard case .outdated(let late) = fetches.finish(.key(first, nil), at: now) else {
            Issue.record("the fetch has been overtaken")
            return
        }
        #expect(late.map(\.frame) == [[1]])
        #expect(fetches.waitingCount == 1)
    }

    @Test("a fetch that came to nothing gives back its calls, whatever overtook it")
    func abandoned() {
        var fetches = waiting()
        fetches.apply(.key(hash: first))
        let calls = fetches.abandon(.key(first))
        #expect(calls.count == 1)
        #expect(fetches.waitingCount == 1)
    }

    private let now = MonotonicTime(nanoseconds: 10)

    /// The frames of the calls that are answered; `nil` when the question has to be asked again.
    private func frames(_ ending: PendingFetches.Ending) -> [[UInt8]]? {
        if case .answered(let calls) = ending { calls.map(\.frame) } else { nil }
    }

    /// One call that waits for a key, and one that waits for a root key.
    private func waiting() -> PendingFetches {
        var fetches = PendingFetches()
        _ = fetches.suspend(call(1), for: .key(first))
        _ = fetches.suspend(call(2), for: .rootKey(second))
        return fetches
    }

    private func call(_ number: UInt8, until deadline: UInt64 = 1_000) -> SuspendedCall {
        var random = SystemRandomNumberGenerator()
        return SuspendedCall(
            connection: ConnectionID(slot: UInt32(number), generation: 0),
            frame: [number],
            isOrdered: true,
            deadline: MonotonicTime(nanoseconds: deadline),
            requestID: RequestID(using: &random)
        )
    }
}
