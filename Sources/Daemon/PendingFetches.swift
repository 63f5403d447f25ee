import ProtocolWire
import Reactor
import Registry
import Store

/// A call that waits for a fetch: its frame, to be dispatched again when hot state knows more.
struct SuspendedCall {
    let connection: ConnectionID
    /// A copy of the frame, without its length.
    let frame: [UInt8]
    /// Whether it came without an `id`, so that nothing behind it may be answered first.
    let isOrdered: Bool
    let deadline: MonotonicTime
    /// The server's name of the request, which it keeps.
    let requestID: RequestID
    /// Set once the request is counted in its workspace's quota: it is not counted again.
    var quota: Quota?
    /// Set once nothing was found for its idempotency key: the key is its own until it has been answered.
    var claim: IdempotencyClaim?
}

/// What is being asked of the database for hot state, and the calls that wait for it.
///
/// Confined to the reactor's thread. Calls that lack the same thing wait for one fetch. A change that is committed while a fetch
/// is on its way may have been made before or after the reader looked: an answer that such a change may have made another is
/// thrown away and the question asked again, so that hot state never takes in what is not true any more.
struct PendingFetches {
    private struct Fetch {
        var waiting: [SuspendedCall]
        /// The first change that the reader may not have seen.
        var begunAt: Int
    }

    /// What becomes of the calls that waited.
    enum Ending {
        /// The answer is taken in, and they are made again.
        case answered([SuspendedCall])
        /// The question has to be asked again; these have waited too long for that.
        case outdated(tooLate: [SuspendedCall])
    }

    private var fetches: [Miss: Fetch] = [:]
    /// The changes since the oldest fetch began, numbered from `firstChange` on.
    private var changes: [Change] = []
    private var firstChange = 0
    /// Calls that wait, over all fetches.
    private(set) var waitingCount = 0

    private static let changesMax = 1 << 16

    /// Lets a call wait.
    ///
    /// - Returns: Whether the fetch is new and has to be begun.
    mutating func suspend(_ call: SuspendedCall, for miss: Miss) -> Bool {
        waitingCount += 1
        if fetches[miss] != nil {
            fetches[miss]?.waiting.append(call)
            return false
        }
        fetches[miss] = Fetch(waiting: [call], begunAt: nextChange)
        return true
    }

    /// Learns of a committed change.
    mutating func apply(_ change: Change) {
        if fetches.isEmpty {
            firstChange += changes.count
            changes.removeAll()
        } else {
            changes.append(change)
            if changes.count > Self.changesMax { forgetSeenChanges() }
        }
    }

    /// Ends a fetch.
    ///
    /// - Parameters:
    ///   - fetched: What the reader has found.
    ///   - now: For the calls that cannot wait any longer.
    /// - Returns: What becomes of the calls.
    mutating func finish(_ fetched: Fetched, at now: MonotonicTime) -> Ending {
        let miss = fetched.miss
        guard let fetch = fetches[miss] else { return .answered([]) }
        let unseen = changes.dropFirst(fetch.begunAt - firstChange)
        guard unseen.contains(where: fetched.dependsOn) else { return .answered(abandon(miss)) }
        let late = fetch.waiting.filter { $0.deadline < now }
        fetches[miss] = Fetch(waiting: fetch.waiting.filter { $0.deadline >= now }, begunAt: nextChange)
        waitingCount -= late.count
        return .outdated(tooLate: late)
    }

    /// Ends a fetch that came to nothing.
    mutating func abandon(_ miss: Miss) -> [SuspendedCall] {
        let waiting = fetches.removeValue(forKey: miss)?.waiting ?? []
        waitingCount -= waiting.count
        return waiting
    }

    private var nextChange: Int { firstChange + changes.count }

    private mutating func forgetSeenChanges() {
        let oldest = fetches.values.map(\.begunAt).min() ?? nextChange
        changes.removeFirst(oldest - firstChange)
        firstChange = oldest
    }
}
