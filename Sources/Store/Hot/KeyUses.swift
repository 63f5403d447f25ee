import Domain

/// Keys whose last use is not stored yet, in the order in which they came.
///
/// Each is here once. Those that have waited longest are stored first, so that none is forgotten behind keys that are used all the
/// time. Keys that have left the table are held until then, which is why there is a bound.
struct KeyUses {
    private var keys: [HotKey] = []
    /// How many of them are stored already.
    private var storedCount = 0
    /// Of those that are not.
    private var weight = 0
    private let weightMax: Int

    /// - Parameter weightMax: The weight of keys, 1 or more, from which on no more may wait; the use of one more is passed over, and
    ///   noted the next time.
    init(weightMax: Int) {
        self.weightMax = weightMax
    }

    mutating func note(_ key: HotKey, at time: UnixMilliseconds) {
        guard key.noteUse(at: time) else { return }
        if weight < weightMax {
            keys.append(key)
            weight += key.weight
        } else {
            _ = key.takeUse()
        }
    }

    mutating func take(most: Int) -> [(RowNumber<Key>, UnixMilliseconds)] {
        let taken = keys[storedCount...].prefix(most)
        defer { forget(taken.count) }
        return taken.map { key in
            weight -= key.weight
            return (key.number, key.takeUse())
        }
    }

    /// What is stored goes only once it is half of all: so each key is moved about once.
    private mutating func forget(_ count: Int) {
        storedCount += count
        guard storedCount * 2 >= keys.count else { return }
        keys.removeFirst(storedCount)
        storedCount = 0
    }
}
