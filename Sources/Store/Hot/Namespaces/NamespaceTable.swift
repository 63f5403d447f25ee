import Domain

/// The namespaces in memory, by what callers name them by.
///
/// Of bounded size, overrides counted: when it is full, the first namespace that was not asked for since the hand of the clock
/// last came by gives way.
final class NamespaceTable {
    private var byName: [NamespaceName: HotNamespace] = [:]
    /// The one that was asked for last, which is the next one more often than not: to compare a name costs less than to hash it.
    private var latest: (name: NamespaceName, entry: HotNamespace)?
    private var byNumber: [RowNumber<RatelimitNamespace>: HotNamespace] = [:]
    /// In the order of the clock hand.
    private var ring: [RowNumber<RatelimitNamespace>] = []
    private var hand = 0
    private var weight = 0
    private let weightMax: Int
    /// Names that are known to lead nowhere, for this turn only.
    private var absent: Set<NamespaceName> = []

    /// - Parameter weightMax: Namespaces and overrides that are kept; a single namespace always is.
    init(weightMax: Int) {
        self.weightMax = weightMax
    }

    /// Number of namespaces.
    var count: Int { byNumber.count }

    func namespace(_ name: NamespaceName) -> HotState.Answer<HotNamespace> {
        if let latest, latest.name == name { return .present(latest.entry) }
        if let entry = byName[name] {
            entry.wasAskedFor = true
            latest = (name, entry)
            return .present(entry)
        }
        return absent.contains(name) ? .absent : .unknown
    }

    /// Takes in what the database said about a name.
    func fill(_ name: NamespaceName, _ contents: NamespaceContents?) {
        guard let contents else {
            absent.insert(name)
            return
        }
        // Known by its other name already, it is current: every change has been applied to it.
        let entry = byNumber[contents.row.number] ?? insert(HotNamespace(contents))
        entry.names.insert(name)
        byName[name] = entry
    }

    /// Makes a committed change visible.
    func apply(_ change: OverrideChange, in number: RowNumber<RatelimitNamespace>) {
        guard let entry = byNumber[number] else { return }
        weight -= entry.weight
        entry.apply(change)
        weight += entry.weight
    }

    /// Forgets a namespace.
    func remove(_ number: RowNumber<RatelimitNamespace>) {
        // It may be one that has just been made.
        forgetAbsences()
        // Looked for in the ring only where it is there: those that have just been made are not, and may be many.
        guard byNumber[number] != nil, let index = ring.firstIndex(of: number) else { return }
        vacate(index)
    }

    func forgetAbsences() {
        if !absent.isEmpty { absent.removeAll() }
    }

    private func insert(_ entry: HotNamespace) -> HotNamespace {
        while weight + entry.weight > weightMax, !ring.isEmpty { evictOne() }
        byNumber[entry.number] = entry
        ring.append(entry.number)
        weight += entry.weight
        return entry
    }

    private func evictOne() {
        while true {
            hand = (hand + 1) % ring.count
            guard let entry = byNumber[ring[hand]], entry.wasAskedFor else { return vacate(hand) }
            entry.wasAskedFor = false
            // Else it would be asked for without being told.
            if entry === latest?.entry { latest = nil }
        }
    }

    private func vacate(_ index: Int) {
        let last = ring.count - 1
        ring.swapAt(index, last)
        guard let entry = byNumber.removeValue(forKey: ring.removeLast()) else { return }
        weight -= entry.weight
        if entry === latest?.entry { latest = nil }
        for name in entry.names { byName.removeValue(forKey: name) }
    }
}
