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
}

/// What is being asked of the database for hot state, and the calls that wait for it.
///
/// Confined to the reactor's thread.
///
/// Calls that lack the same thing wait for one fetch. A change that is committed while a fetch is on its way may have been made
/// before or after the reader looked: the answer is then thrown away and the question asked again, so that hot state never
/// takes in what is not true any more.
struct PendingFetches {
    private struct Fetch {
        var waiting: [SuspendedCall]
        var isOutdated = false
    }

    private var fetches: [Miss: Fetch] = [:]
    /// Calls that wait, over all fetches.
    private(set) var waitingCount = 0

    /// Lets a call wait.
    ///
    /// - Returns: Whether the fetch is new and has to be begun.
    mutating func suspend(_ call: SuspendedCall, for miss: Miss) -> Bool {
        waitingCount += 1
        if fetches[miss] != nil {
            fetches[miss]?.waiting.append(call)
            return false
        }
        fetches[miss] = Fetch(waiting: [call])
        return true
    }

    /// Learns of a committed change.
    mutating func apply(_ change: Change) {
        switch change {
        case .rootKey(let hash): fetches[.rootKey(hash)]?.isOutdated = true
        case .key(let hash): fetches[.key(hash)]?.isOutdated = true
        case .api, .workspace, .accessModel: for miss in fetches.keys { fetches[miss]?.isOutdated = true }
        }
    }

    /// Ends a fetch.
    ///
    /// - Returns: The calls that waited for it; `nil` when the fetch has to be begun again.
    mutating func finish(_ miss: Miss) -> [SuspendedCall]? {
        guard let fetch = fetches[miss] else { return [] }
        if fetch.isOutdated {
            fetches[miss]?.isOutdated = false
            return nil
        }
        fetches[miss] = nil
        waitingCount -= fetch.waiting.count
        return fetch.waiting
    }

    /// Ends a fetch that came to nothing.
    mutating func abandon(_ miss: Miss) -> [SuspendedCall] {
        let waiting = fetches.removeValue(forKey: miss)?.waiting ?? []
        waitingCount -= waiting.count
        return waiting
    }
}
