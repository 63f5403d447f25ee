/// One pass over a text, byte by byte, onto a document's tape.
struct JSONParser {
    let base: UnsafeRawPointer
    let end: UnsafeRawPointer
    var place: UnsafeRawPointer

    init(_ base: UnsafeRawPointer, count: Int) {
        self.base = base
        end = base + count
        place = base
    }

    var offset: Int { place - base }

    func failure(_ reason: JSONSyntaxError.Reason, at place: UnsafeRawPointer? = nil) -> JSONSyntaxError {
        JSONSyntaxError(reason: reason, offset: (place ?? self.place) - base)
    }

    /// Whether the parser stands before U+FEFF at the very beginning: no value, and invisible to whoever looks for the mistake.
    private var startsWithByteOrderMark: Bool {
        place == base && end - base >= 3
            && UnsafeRawBufferPointer(start: base, count: 3).elementsEqual([0xEF, 0xBB, 0xBF])
    }

    /// The whole text.
    ///
    /// Arrays and objects that are open stand on the document's stack, so nesting costs no stack of ours.
    mutating func parse(into document: JSONDocument) throws(JSONSyntaxError) {
        var depth = 0
        value: while true {
            skipWhiteSpace()
            switch try current() {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isObject = try current() == UInt8(ascii: "{")
                guard depth < document.depthLimit else { throw failure(.tooDeep) }
                document.open[depth] = document.used
                depth += 1
                document.append(JSONNode(isObject ? .object : .array, start: offset, length: 0))
                place += 1
                skipWhiteSpace()
                if try current() == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) { break }
                if isObject { try name(document) }
                continue value
            case UInt8(ascii: "\""): try string(document)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number(document)
            case UInt8(ascii: "t"): try literal("true", .boolean, flagged: true, document)
            case UInt8(ascii: "f"): try literal("false", .boolean, flagged: false, document)
            case UInt8(ascii: "n"): try literal("null", .null, flagged: false, document)
            default: throw failure(startsWithByteOrderMark ? .byteOrderMark : .expectedValue)
            }
            // A value has ended, or an empty array or object is about to: close what ends here.
            var isEmptyContainer = depth > 0 && document.open[depth - 1] == document.used - 1
            while depth > 0 {
                let container = document.nodes + document.open[depth - 1]
                let isObject = container.pointee.kind == .object
                if !isEmptyContainer {
                    container.pointee.addItem()
                    guard container.pointee.count < JSONNode.countMax else { throw failure(.tooLarge) }
                    skipWhiteSpace()
                    if try current() == UInt8(ascii: ",") {
                        place += 1
                        if isObject {
                            skipWhiteSpace()
                            try name(document)
                        }
                        continue value
                    }
                }
                isEmptyContainer = false
                guard try current() == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                    throw failure(.expectedCommaOrEnd)
                }
                place += 1
                try close(container, in: document)
                depth -= 1
            }
            break
        }
        skipWhiteSpace()
        if place != end { throw failure(.trailingContent) }
    }

    private func close(_ container: UnsafeMutablePointer<JSONNode>, in document: JSONDocument) throws(JSONSyntaxError) {
        container.pointee.length = UInt32(truncatingIfNeeded: offset - Int(container.pointee.start))
        container.pointee.span = UInt32(truncatingIfNeeded: document.nodes + document.used - container)
        guard container.pointee.kind == .object, container.pointee.count > 1 else { return }
        let view = JSONView(node: UnsafePointer(container), text: base)
        if let duplicate = document.names.firstDuplicate(in: view) { throw failure(.duplicateName, at: duplicate) }
    }

    private mutating func name(_ document: JSONDocument) throws(JSONSyntaxError) {
        guard try current() == UInt8(ascii: "\"") else { throw failure(.expectedName) }
        try string(document)
        skipWhiteSpace()
        guard try current() == UInt8(ascii: ":") else { throw failure(.expectedColon) }
        place += 1
    }

    private mutating func literal(
        _ text: StaticString,
        _ kind: JSONView.Kind,
        flagged: Bool,
        _ document: JSONDocument
    ) throws(JSONSyntaxError) {
        let count = text.utf8CodeUnitCount
        for index in 0..<count {
            guard place + index < end else { throw failure(.unexpectedEnd, at: end) }
            guard (place + index).load(as: UInt8.self) == text.utf8Start[index] else { throw failure(.expectedValue) }
        }
        document.append(JSONNode(kind, start: offset, length: count, flagged: flagged))
        place += count
    }

    @inline(__always)
    func current() throws(JSONSyntaxError) -> UInt8 {
        guard place < end else { throw failure(.unexpectedEnd) }
        return place.load(as: UInt8.self)
    }

    @inline(__always)
    private mutating func skipWhiteSpace() {
        while place < end {
            switch place.load(as: UInt8.self) {
            case 0x20, 0x0A, 0x0D, 0x09: place += 1
            default: return
            }
        }
    }
}
