public import JSONSyntax
public import ProtocolWire

/// What is found wrong with a request while it is decoded, in whatever order the fields are read.
///
/// Decoding goes on after a fault, so that the caller sees every mistake at once.
public struct Faults {
    private struct Entry {
        let fault: Fault
        let position: UInt
    }

    private enum Step {
        case member(String)
        case index(Int)
    }

    private var entries: [Entry] = []
    private var path: [Step] = []
    /// Members of the object being read that some field knows; compared with its size, this finds unknown ones.
    var knownMembers = 0
    /// A member of the parameters that is read elsewhere.
    var tolerated: String?

    /// No faults, at the root of the parameters.
    public init() {}

    /// Whether nothing was found.
    public var isEmpty: Bool { entries.isEmpty }

    /// Notes a fault of a value.
    ///
    /// - Parameters:
    ///   - value: Where it is; `nil` for the parameters as a whole.
    ///   - message: The rule, what came, what was wanted.
    ///   - fix: What to send instead.
    public mutating func add(at value: JSONView?, _ message: String, fix: String?) {
        let start = value?.source.baseAddress.map { UInt(bitPattern: $0) } ?? 0
        entries.append(Entry(fault: Fault(location: location, message: message, fix: fix), position: start))
    }

    mutating func addMissing(_ name: String, in object: JSONView, fix: String) {
        let end = object.source.baseAddress.map { UInt(bitPattern: $0 + object.source.count) } ?? .max
        let fault = Fault(location: "\(location).\(name)", message: "is missing", fix: fix)
        entries.append(Entry(fault: fault, position: end))
    }

    mutating func addUnknown(_ name: JSONText) {
        let start = name.raw.baseAddress.map { UInt(bitPattern: $0) } ?? 0
        let fault = Fault(
            location: "\(location).\(Fault.excerpt(of: name.string))",
            message: "unknown member",
            fix: "remove it"
        )
        entries.append(Entry(fault: fault, position: start))
    }

    mutating func addUnknownMembers(of object: JSONView, known: Set<String>) {
        for (name, _) in object.members {
            let text = name.string
            if !known.contains(text), !(path.isEmpty && text == tolerated) { addUnknown(name) }
        }
    }

    /// Reads something that lies one step deeper.
    mutating func inside<Result>(_ member: String, _ body: (inout Faults) -> Result) -> Result {
        path.append(.member(member))
        defer { path.removeLast() }
        return body(&self)
    }

    /// Reads an item of an array.
    mutating func inside<Result>(_ index: Int, _ body: (inout Faults) -> Result) -> Result {
        path.append(.index(index))
        defer { path.removeLast() }
        return body(&self)
    }

    /// The refusal: all faults in the order of the document, up to the most that are listed.
    public var problem: Problem {
        let sorted = entries.enumerated().sorted { left, right in
            (left.element.position, left.offset) < (right.element.position, right.offset)
        }
        return .invalid(sorted.prefix(Fault.listedMax).map(\.element.fault))
    }

    private var location: String {
        path.reduce(into: "body") { text, step in
            switch step {
            case .member(let name): text += ".\(name)"
            case .index(let index): text += "[\(index)]"
            }
        }
    }
}
