public import JSONSyntax
public import ProtocolWire

/// What is found wrong with a request while it is decoded, in whatever order the fields are read.
///
/// Decoding goes on after a fault, so that the caller sees every mistake at once. A request without a fault costs nothing here:
/// where a value stands is only worked out when it has to be told.
public struct Faults {
    private struct Entry {
        /// The value at fault, or the object that lacks a member or has one too many.
        let place: JSONView
        let member: String?
        let position: UInt
        let message: String
        var fix: String?
    }

    private let root: JSONView
    private var entries: [Entry] = []
    /// More are not kept: a request of the greatest size has millions of places for a mistake.
    private static let entriesMax = 10_000
    /// Unknown members that are looked at for what they may mean; the others are none the less told of.
    private var hintsLeft = 8
    /// Members of the object being read that some field knows; compared with its size, this finds unknown ones.
    var knownMembers = 0
    /// A member of the parameters that is read elsewhere.
    var tolerated: String?

    /// No faults in these parameters.
    public init(in root: JSONView) {
        self.root = root
    }

    /// Whether nothing was found.
    public var isEmpty: Bool { entries.isEmpty }

    /// How many were found.
    var count: Int { entries.count }

    /// Forgets those that were found behind so many.
    mutating func forget(behind count: Int) {
        entries.removeSubrange(count...)
    }

    /// Notes a fault of a value.
    ///
    /// - Parameters:
    ///   - value: Where it is, somewhere in the parameters.
    ///   - message: The rule, what came, what was wanted.
    ///   - fix: What to send instead.
    public mutating func add(at value: JSONView, _ message: String, fix: String?) {
        note(value, nil, at: value.source.baseAddress, message, fix: fix)
    }

    /// Notes a fault at a member of an object, be it there or not.
    mutating func add(at member: String, of object: JSONView, _ message: String, fix: String) {
        note(object, member, at: object.source.baseAddress, message, fix: fix)
    }

    mutating func addMissing(_ name: String, in object: JSONView, _ message: String, fix: String) {
        note(object, name, at: object.source.baseAddress.map { $0 + object.source.count }, message, fix: fix)
    }

    mutating func addUnknownMembers(of object: JSONView, known: Set<String>) {
        let isRoot = object.source.baseAddress == root.source.baseAddress
        for (name, _) in object.members {
            let text = name.string
            if known.contains(text) || (isRoot && text == tolerated) { continue }
            if entries.count >= Self.entriesMax { return }
            let meant = memberMeant(by: text, in: object, known)
            if let meant { hint(at: meant, of: object, fix: "rename \(text) to \(meant)") }
            let fix = meant.map { "rename it to \($0), or remove it" } ?? "remove it"
            note(object, Fault.excerpt(of: text), at: name.raw.baseAddress, "unknown member", fix: fix)
        }
    }

    /// The member that an unknown one is a near miss of, if the object does not have it already.
    private mutating func memberMeant(by name: String, in object: JSONView, _ known: Set<String>) -> String? {
        guard hintsLeft > 0 else { return nil }
        hintsLeft -= 1
        return EditDistance.nearMiss(of: name, among: known.filter { object.member($0) == nil })
    }

    /// Replaces what a missing member's fault advises, where there is such a fault.
    private mutating func hint(at member: String, of object: JSONView, fix: String) {
        guard let index = entries.lastIndex(where: { $0.member == member && $0.place.isSame(as: object) }) else {
            return
        }
        entries[index].fix = fix
    }

    private mutating func note(
        _ place: JSONView,
        _ member: String?,
        at address: UnsafeRawPointer?,
        _ message: String,
        fix: String?
    ) {
        guard entries.count < Self.entriesMax else { return }
        let position = address.map { UInt(bitPattern: $0) } ?? 0
        entries.append(Entry(place: place, member: member, position: position, message: message, fix: fix))
    }

    /// The refusal: all faults in the order of the document, up to the most that are listed.
    public var problem: Problem {
        let sorted = entries.enumerated().sorted { left, right in
            (left.element.position, left.offset) < (right.element.position, right.offset)
        }
        // Where a fault is has to be looked for, so only for those that are listed.
        let rest = sorted.dropFirst(Fault.listedMax).map { Fault(location: "body", message: $0.element.message) }
        return .invalid(sorted.prefix(Fault.listedMax).map { fault($0.element) } + rest)
    }

    private func fault(_ entry: Entry) -> Fault {
        let place = location(of: entry.place)
        return Fault(
            location: entry.member.map { "\(place).\($0)" } ?? place,
            message: entry.message,
            fix: entry.fix
        )
    }

    /// The path to a value: downwards, each time into the member or element that contains it.
    private func location(of value: JSONView) -> String {
        var path = "body"
        var container = root
        while !container.isSame(as: value) {
            if let (name, inner) = container.members.first(where: { $0.value.contains(value) }) {
                path += ".\(Fault.excerpt(of: name.string))"
                container = inner
            } else if let (index, inner) = container.elements.enumerated().first(where: { $0.element.contains(value) })
            {
                path += "[\(index)]"
                container = inner
            } else {
                return path
            }
        }
        return path
    }
}

extension JSONView {
    fileprivate func isSame(as other: JSONView) -> Bool {
        source.baseAddress == other.source.baseAddress
    }

    fileprivate func contains(_ other: JSONView) -> Bool {
        guard let start = source.baseAddress, let address = other.source.baseAddress else { return false }
        return address >= start && address < start + source.count
    }
}
