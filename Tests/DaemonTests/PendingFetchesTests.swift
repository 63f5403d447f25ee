import Cryptography
import Domain
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
        let ended = fetches.finish(.key(first))
        #expect(ended?.map(\.frame) == [[1], [2]])
        #expect(fetches.waitingCount == 2)
        let again = fetches.finish(.key(first))
        #expect(again?.isEmpty == true)
    }

    @Test("a fetch that a change of its own thing overtakes has to be begun again, once")
    func overtaken() {
        var fetches = waiting()
        fetches.apply(.key(hash: first))
        let overtaken = fetches.finish(.key(first))
        #expect(overtaken == nil)
        #expect(fetches.waitingCount == 2)
        let ended = fetches.finish(.key(first))
        #expect(ended?.count == 1)
    }

    @Test("a change of an API or of a workspace overtakes every fetch", arguments: [0, 1])
    func coarseChanges(number: Int) {
        var fetches = waiting()
        fetches.apply([.api(RowNumber(1)), .workspace(RowNumber(1))][number])
        let ended = [fetches.finish(.key(first)), fetches.finish(.rootKey(second))]
        #expect(ended.allSatisfy { $0 == nil })
    }

    @Test("a change of another key overtakes nothing")
    func unrelatedChanges() {
        var fetches = waiting()
        fetches.apply(.key(hash: second))
        fetches.apply(.rootKey(hash: first))
        let ended = [fetches.finish(.key(first)), fetches.finish(.rootKey(second))]
        #expect(ended.allSatisfy { $0?.count == 1 })
    }

    @Test("a fetch that came to nothing gives back its calls, whatever overtook it")
    func abandoned() {
        var fetches = waiting()
        fetches.apply(.key(hash: first))
        let calls = fetches.abandon(.key(first))
        #expect(calls.count == 1)
        #expect(fetches.waitingCount == 1)
    }

    /// One call that waits for a key, and one that waits for a root key.
    private func waiting() -> PendingFetches {
        var fetches = PendingFetches()
        _ = fetches.suspend(call(1), for: .key(first))
        _ = fetches.suspend(call(2), for: .rootKey(second))
        return fetches
    }

    private func call(_ number: UInt8) -> SuspendedCall {
        SuspendedCall(
            connection: ConnectionID(slot: UInt32(number), generation: 0),
            frame: [number],
            isOrdered: true,
            deadline: MonotonicTime(nanoseconds: 0)
        )
    }
}
