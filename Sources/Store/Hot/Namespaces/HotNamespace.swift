public import Domain

/// A rate-limit namespace in memory, with its overrides.
public final class HotNamespace {
    /// Its place.
    public let number: RowNumber<RatelimitNamespace>
    /// Its public name, by which permissions mean it.
    public let id: NamespaceID
    /// Whether it has a tombstone.
    public let isDeleted: Bool
    /// By identifier, patterns included: a request may name one by its own text.
    private var overrides: [ByteText: OverrideRow] = [:]
    /// Those that have a `*`, in the order in which they are tried.
    private var patterns: [PatternOverride] = []
    /// What callers have named it by, for the table.
    var names: Set<NamespaceName> = []
    /// For the table.
    var wasAskedFor = false

    init(_ contents: NamespaceContents) {
        number = contents.row.number
        id = contents.row.id
        isDeleted = contents.row.isDeleted
        for override in contents.overrides { overrides[override.identifier] = override }
        patterns = contents.overrides.compactMap(PatternOverride.init).sorted { $0.isTried(before: $1) }
    }

    /// The override that applies to an identifier (`ratelimit.md` §3): the one of exactly this text, else of the patterns that
    /// match the one with the most characters of its own, else none.
    public func override(for identifier: String) -> OverrideRow? {
        if overrides.isEmpty { return nil }
        if let exact = overrides[ByteText(identifier)] { return exact }
        return patterns.first { $0.pattern.matches(identifier) }?.row
    }

    /// How much memory it stands for: itself and each override.
    var weight: Int { 1 + overrides.count }

    /// Takes in a committed change of one override.
    func apply(_ change: OverrideChange) {
        switch change {
        case .set(let row):
            overrides[row.identifier] = row
            patterns.removeAll { $0.row.identifier == row.identifier }
            guard let new = PatternOverride(row) else { return }
            patterns.insert(new, at: patterns.firstIndex { new.isTried(before: $0) } ?? patterns.endIndex)
        case .deleted(let row):
            guard overrides[row.identifier]?.number == row.number else { return }
            overrides.removeValue(forKey: row.identifier)
            patterns.removeAll { $0.row.number == row.number }
        }
    }
}

/// An override whose identifier has a `*`.
private struct PatternOverride {
    let row: OverrideRow
    let pattern: WildcardPattern

    init?(_ row: OverrideRow) {
        guard WildcardPattern.isPattern(row.identifier.text) else { return nil }
        self.row = row
        pattern = WildcardPattern(row.identifier.text)
    }

    /// The most characters first, among equals the oldest.
    func isTried(before other: PatternOverride) -> Bool {
        if pattern.literalCount != other.pattern.literalCount {
            return pattern.literalCount > other.pattern.literalCount
        }
        return row.number.value < other.row.number.value
    }
}
