/// A value that owns itself, for code off the hot path.
public indirect enum JSONValue: Sendable {
    /// `null`
    case null
    /// `true` or `false`
    case boolean(Bool)
    /// A number without fraction that fits 64 bits.
    case integer(Int64)
    /// Any other finite number.
    case number(Double)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object; the order of its members is kept.
    case object([Member])

    /// One member of an object.
    public struct Member: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// Its value.
        public let value: JSONValue

        /// A member.
        public init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }

        /// Names are equal code point for code point, as JSON has them; Swift's strings take `é` and `e` with an accent as one.
        public static func == (left: Member, right: Member) -> Bool {
            left.name.utf8.elementsEqual(right.name.utf8) && left.value == right.value
        }
    }

    /// A copy of a document's value.
    ///
    /// A number too large for a `Double` becomes the largest one of its sign.
    public init(_ view: JSONView) {
        switch view.kind {
        case .null: self = .null
        case .boolean: self = .boolean(view.boolean == true)
        case .number: self = view.integer.map(JSONValue.integer) ?? .number(view.double ?? Self.largest(like: view))
        case .string: self = .string(view.text?.string ?? "")
        case .array: self = .array(view.elements.map(JSONValue.init))
        case .object: self = .object(view.members.map { Member(name: $0.name.string, value: JSONValue($0.value)) })
        }
    }

    private static func largest(like view: JSONView) -> Double {
        view.source.first == UInt8(ascii: "-") ? -.greatestFiniteMagnitude : .greatestFiniteMagnitude
    }

    /// Parses a text.
    ///
    /// - Throws: ``JSONSyntaxError``.
    public init(parsing text: String) throws(JSONSyntaxError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// Parses a text.
    ///
    /// - Throws: ``JSONSyntaxError``.
    public init(parsing text: [UInt8]) throws(JSONSyntaxError) {
        let document = JSONDocument()
        self = try text.withUnsafeBytes { bytes in
            Result { () throws(JSONSyntaxError) in
                try document.parse(bytes)
                return JSONValue(document.root)
            }
        }.get()
    }

    /// The text without white space.
    public var serialized: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.buffer.readable, as: UTF8.self)
    }

    /// The value of that name; `nil` where there is none, and for anything but an object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// `nil` if it is no string.
    public var string: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    /// `nil` if it is no integer.
    public var integer: Int64? {
        if case .integer(let value) = self { return value }
        return nil
    }

    /// `nil` if it is no boolean.
    public var boolean: Bool? {
        if case .boolean(let value) = self { return value }
        return nil
    }

    /// `nil` if it is no array.
    public var array: [JSONValue]? {
        if case .array(let value) = self { return value }
        return nil
    }

    /// `nil` if it is no object.
    public var object: [Member]? {
        if case .object(let value) = self { return value }
        return nil
    }
}

extension JSONValue: Equatable {
    /// Objects are equal whatever the order of their members.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.unicodeScalars.elementsEqual(right.unicodeScalars)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)):
            left.count == right.count && (left == right || byName(left) == byName(right))
        default: false
        }
    }

    private static func byName(_ members: [Member]) -> [Member] {
        members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral
{
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A number.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// A boolean.
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    /// The value `null`.
    public init(nilLiteral: ()) { self = .null }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }
}

extension JSONWriter {
    /// A value.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .boolean(let value): boolean(value)
        case .integer(let value): integer(value)
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                name(member.name)
                self.value(member.value)
            }
            endObject()
        }
    }
}
