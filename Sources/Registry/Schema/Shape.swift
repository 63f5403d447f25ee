public import Cryptography
import JSONSyntax
import ProtocolWire

/// What one value of a request may be: its JSON Schema, and the check that turns it into a Swift value.
///
/// Two sides of one declaration.
public struct Shape<Value: Sendable>: Sendable {
    /// For the documents.
    public let schema: Schema
    /// Reads a value; on a fault notes it and gives `nil`.
    let read: @Sendable (JSONView, inout Faults) -> Value?

    init(_ schema: Schema, read: @escaping @Sendable (JSONView, inout Faults) -> Value?) {
        self.schema = schema
        self.read = read
    }

    /// The same shape with its value wrapped, or refused for a reason that a schema cannot state.
    public func map<Mapped: Sendable>(_ transform: @escaping @Sendable (Value) -> Mapped) -> Shape<Mapped> {
        let read = read
        return Shape<Mapped>(schema) { value, faults in read(value, &faults).map(transform) }
    }

    /// The same shape with a rule that a schema cannot state.
    ///
    /// - Parameters:
    ///   - rule: For the message, as a clause about the value.
    ///   - fix: What to send instead.
    ///   - parse: The value as it goes on; `nil` where it breaks the rule.
    /// - Returns: A shape that refuses such values.
    public func parsed<Parsed: Sendable>(
        _ rule: String,
        fix: String,
        _ parse: @escaping @Sendable (Value) -> Parsed?
    ) -> Shape<Parsed> {
        let read = read
        return Shape<Parsed>(schema) { value, faults in
            guard let sound = read(value, &faults) else { return nil }
            return parse(sound) ?? faults.refuse(value, rule, fix: fix)
        }
    }

    /// The same object with a rule over several members, which a schema cannot state.
    ///
    /// - Parameters:
    ///   - rule: For the message, as a clause about the member.
    ///   - member: Which one the fault is located at.
    ///   - fix: What to send instead.
    ///   - holds: The rule.
    /// - Returns: A shape that refuses what breaks the rule.
    public func requiring(
        _ rule: String,
        at member: String,
        fix: String,
        _ holds: @escaping @Sendable (Value) -> Bool
    ) -> Shape {
        let read = read
        return Shape(schema) { value, faults in
            guard let sound = read(value, &faults) else { return nil }
            // Given on all the same: what is broken besides is told as well, and a request with a fault goes no further.
            if !holds(sound) { faults.add(at: member, of: value, rule, fix: fix) }
            return sound
        }
    }
}

extension Shape where Value == String {
    /// Text.
    ///
    /// - Parameters:
    ///   - length: In Unicode code points.
    ///   - pattern: The characters that it may have; any where there is none.
    /// - Returns: The shape.
    public static func string(
        length: ClosedRange<Int> = 0...Int.max,
        matching pattern: StringPattern? = nil
    ) -> Shape {
        var schema = Schema.string()
        if length.lowerBound > 0 { schema = schema.with("minLength", .integer(Int64(length.lowerBound))) }
        if length.upperBound < .max { schema = schema.with("maxLength", .integer(Int64(length.upperBound))) }
        if let pattern { schema = schema.with("pattern", .string(pattern.regularExpression)) }
        return Shape(schema) { value, faults in
            guard let text = value.text else { return faults.wrongKind(value, wanted: "a string") }
            guard text.hasCodePoints(within: length) else {
                return faults.wrongLength(value, text.codePointCount, length, of: "characters")
            }
            if let pattern, !text.withBytes({ pattern.matches($0) }) {
                let message = "must match \(pattern.regularExpression), got \(pattern.offence(in: text.string))"
                return faults.refuse(value, message, fix: "use only \(pattern.words)")
            }
            return text.string
        }
    }

    /// One of a few words.
    public static func word(_ words: String...) -> Shape {
        let list = words.map { "'\($0)'" }.joined(separator: ", ")
        let longest = words.map(\.utf8.count).max() ?? 0
        return Shape(Schema.string().with("enum", .array(words.map(JSONValue.string)))) { value, faults in
            guard let text = value.text else { return faults.wrongKind(value, wanted: "a string") }
            guard let word = words.first(where: { text.equals($0) }) else {
                // What is longer than a misspelt word may be a secret that was sent in the wrong member.
                let isShort = text.utf8Count <= longest + 2
                let came = isShort ? "'\(text.string)'" : "a string of \(text.codePointCount) characters"
                let message = "must be one of \(list), got \(came)"
                return faults.refuse(value, message, fix: "send one of \(list)")
            }
            return word
        }
    }

    /// An object of any members, kept as its shortest text (`conventions.md` §8.1).
    ///
    /// - Parameters:
    ///   - membersMax: Members at the top level.
    ///   - bytesMax: Length of that text: neither white space between tokens nor how the caller escapes letters counts.
    /// - Returns: The shape.
    public static func object(membersMax: Int, bytesMax: Int) -> Shape {
        let schema = Schema([("type", .string("object")), ("maxProperties", .integer(Int64(membersMax)))])
            .with("additionalProperties", .boolean(true))
        return Shape(schema) { value, faults in
            guard value.kind == .object else { return faults.wrongKind(value, wanted: "an object") }
            guard value.count <= membersMax else {
                return faults.wrongLength(value, value.count, 0...membersMax, of: "members")
            }
            var writer = JSONWriter()
            writer.view(value)
            let count = writer.buffer.count
            guard count <= bytesMax else { return faults.wrongLength(value, count, 0...bytesMax, of: "bytes") }
            return String(decoding: writer.buffer.readable, as: UTF8.self)
        }
    }
}

extension Shape where Value == SHA256.Digest {
    /// A secret, of which only the hash goes on: it is taken from the request's own bytes, and no copy is made.
    ///
    /// - Parameter length: In Unicode code points.
    /// - Returns: The shape.
    public static func secret(length: ClosedRange<Int>) -> Shape {
        let schema = Schema.string()
            .with("minLength", .integer(Int64(length.lowerBound)))
            .with("maxLength", .integer(Int64(length.upperBound)))
        return Shape(schema) { value, faults in
            guard let text = value.text else { return faults.wrongKind(value, wanted: "a string") }
            guard text.hasCodePoints(within: length) else {
                return faults.wrongLength(value, text.codePointCount, length, of: "characters")
            }
            return text.withBytes { SHA256.hash($0) }
        }
    }
}

/// A secret as it was presented: what it is looked up by, and its text where it may have to be taken apart.
public struct PresentedSecret: Sendable {
    /// Of the whole secret.
    public let hash: SHA256.Digest
    /// The secret, where it has three parts or more.
    public let text: String?
}

extension Shape where Value == PresentedSecret {
    /// A secret that another service may have issued, as prefix, short and long token with underscores between them.
    ///
    /// - Parameter length: In Unicode code points.
    /// - Returns: The shape.
    public static func presentedSecret(length: ClosedRange<Int>) -> Shape {
        let whole = Shape<SHA256.Digest>.secret(length: length)
        return Shape(whole.schema) { value, faults in
            guard let hash = whole.read(value, &faults), let text = value.text else { return nil }
            var underscores = 0
            for byte in text.raw where byte == UInt8(ascii: "_") { underscores += 1 }
            // An escaped one is looked for where it matters.
            let isTakenApart = underscores >= 2 || text.isEscaped
            return PresentedSecret(hash: hash, text: isTakenApart ? text.string : nil)
        }
    }
}

extension Shape where Value == Int {
    /// A number without fraction or exponent.
    ///
    /// - Parameter range: Within ±2^53 unless the reference marks the field int64.
    /// - Returns: The shape.
    public static func integer(_ range: ClosedRange<Int>) -> Shape {
        let schema = Schema.integer()
            .with("minimum", .integer(Int64(range.lowerBound)))
            .with("maximum", .integer(Int64(range.upperBound)))
        return Shape(schema) { value, faults in
            guard value.kind == .number else { return faults.wrongKind(value, wanted: "an integer") }
            guard value.isIntegerLiteral else {
                return faults.refuse(value, "must be an integer, got a number with a fraction or an exponent", range)
            }
            guard let number = value.integer.map(Int.init) else {
                let message =
                    "must be from \(range.lowerBound) to \(range.upperBound), got an integer beyond ±2^63"
                return faults.refuse(value, message, range)
            }
            if number < range.lowerBound {
                return faults.refuse(value, "must be at least \(range.lowerBound), got \(number)", range)
            }
            if number > range.upperBound {
                return faults.refuse(value, "must be at most \(range.upperBound), got \(number)", range)
            }
            return number
        }
    }
}

extension Shape where Value == Bool {
    /// `true` or `false`.
    public static var boolean: Shape {
        Shape(.boolean()) { value, faults in
            value.boolean ?? faults.wrongKind(value, wanted: "true or false")
        }
    }
}

extension Shape {
    /// An array of values of one shape.
    public static func array<Element>(of element: Shape<Element>, count: ClosedRange<Int>) -> Shape<[Element]>
    where Value == [Element] {
        var schema = Schema.array(of: element.schema)
        if count.lowerBound > 0 { schema = schema.with("minItems", .integer(Int64(count.lowerBound))) }
        if count.upperBound < .max { schema = schema.with("maxItems", .integer(Int64(count.upperBound))) }
        return Shape(schema) { value, faults in
            guard value.kind == .array else { return faults.wrongKind(value, wanted: "an array") }
            guard count.contains(value.count) else { return faults.wrongLength(value, value.count, count, of: "items") }
            var items: [Element] = []
            items.reserveCapacity(value.count)
            var isSound = true
            for item in value.elements {
                if let item = element.read(item, &faults) {
                    items.append(item)
                } else {
                    isSound = false
                }
            }
            return isSound ? items : nil
        }
    }
}

extension Faults {
    mutating func wrongKind<Value>(_ value: JSONView, wanted: String) -> Value? {
        add(at: value, "must be \(wanted), got \(value.kind.article)", fix: "send \(wanted)")
        return nil
    }

    mutating func refuse<Value>(_ value: JSONView, _ message: String, fix: String) -> Value? {
        add(at: value, message, fix: fix)
        return nil
    }

    mutating func refuse<Value>(_ value: JSONView, _ message: String, _ range: ClosedRange<Int>) -> Value? {
        refuse(value, message, fix: "send an integer from \(range.lowerBound) to \(range.upperBound)")
    }

    mutating func wrongLength<Value>(
        _ value: JSONView,
        _ count: Int,
        _ range: ClosedRange<Int>,
        of unit: String
    ) -> Value? {
        let bound = count < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
        let fix =
            range.upperBound == .max
            ? "send \(range.lowerBound) \(unit) or more" : "send \(range.lowerBound) to \(range.upperBound) \(unit)"
        return refuse(value, "must have \(bound) \(unit), got \(count)", fix: fix)
    }
}

extension ClosedRange<Int> {
    /// The integers that every JSON implementation keeps exact: ±2^53 (`conventions.md` §8).
    public static var exact: ClosedRange<Int> { -(1 << 53)...(1 << 53) }
}
