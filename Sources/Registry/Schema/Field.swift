public import JSONSyntax

/// One member of a request: its documentation and its reader.
public struct Field<Value: Sendable>: Sendable {
    /// One, or a few that are read as one: for the documents, and for finding unknown members.
    public let members: [Member]
    /// Reads the member of an object; on a fault notes it and gives `nil`.
    let read: @Sendable (JSONView, inout Faults) -> Value?

    init(member: Member, read: @escaping @Sendable (JSONView, inout Faults) -> Value?) {
        self.init(members: [member], read: read)
    }

    init(members: [Member], read: @escaping @Sendable (JSONView, inout Faults) -> Value?) {
        self.members = members
        self.read = read
    }

    /// The only member of a field that has one.
    var member: Member { members[0] }

    /// A member that must be there.
    public static func required(_ name: String, _ shape: Shape<Value>, _ sentence: String) -> Field {
        required(name, shape, sentence, schema: shape.schema)
    }

    private static func required(
        _ name: String,
        _ shape: Shape<Value>,
        _ sentence: String,
        schema: Schema
    ) -> Field {
        let key = Array(name.utf8)
        let message = "is missing; must be \(schema.kind)"
        let fix = "send \(name), \(schema.kind)"
        return Field(member: Member(name: name, schema: schema, isRequired: true, sentence: sentence)) {
            object,
            faults in
            guard let value = object.member(utf8: key) else {
                faults.addMissing(name, in: object, message, fix: fix)
                return nil
            }
            faults.knownMembers += 1
            return shape.read(value, &faults)
        }
    }

    /// A member that may be left out; null is not the same.
    public static func optional<Wrapped>(
        _ name: String,
        _ shape: Shape<Wrapped>,
        _ sentence: String
    ) -> Field where Value == Wrapped? {
        let key = Array(name.utf8)
        return Field(member: Member(name: name, schema: shape.schema, isRequired: false, sentence: sentence)) {
            object,
            faults in
            guard let value = object.member(utf8: key) else { return .some(nil) }
            faults.knownMembers += 1
            return shape.read(value, &faults).map(Optional.some)
        }
    }

    /// A member that may be left out or null; both mean that there is no value.
    public static func nullable<Wrapped>(
        _ name: String,
        _ shape: Shape<Wrapped>,
        _ sentence: String
    ) -> Field where Value == Wrapped? {
        Field.optional(name, shape, sentence).taking(null: nil, shape.schema.nullable)
    }

    /// A member that must be there, and may be null.
    public static func requiredOrNull<Wrapped>(
        _ name: String,
        _ shape: Shape<Wrapped>,
        _ sentence: String
    ) -> Field where Value == Wrapped? {
        let schema = shape.schema.nullable
        let field = Field<Wrapped>.required(name, shape, sentence, schema: schema)
        return Field(member: field.member) { object, faults in field.read(object, &faults).map(Optional.some) }
            .taking(null: nil, schema)
    }

    /// The same member, where null stands for a value of its own.
    private func taking(null: Value, _ schema: Schema) -> Field {
        let name = member.name
        let key = Array(name.utf8)
        let member = Member(name: name, schema: schema, isRequired: member.isRequired, sentence: member.sentence)
        return Field(member: member) { [read] object, faults in
            guard let value = object.member(utf8: key), value.kind == .null else { return read(object, &faults) }
            faults.knownMembers += 1
            return null
        }
    }

    /// A member that has a value also when it is left out.
    public static func defaulted(
        _ name: String,
        _ shape: Shape<Value>,
        to value: Value,
        _ sentence: String
    ) -> Field where Value: JSONRepresentable {
        let field = Field<Value?>.optional(name, shape, sentence)
        let schema = shape.schema.with("default", value.json)
        let member = Member(name: field.member.name, schema: schema, isRequired: false, sentence: sentence)
        return Field(member: member) { object, faults in field.read(object, &faults).map { $0 ?? value } }
    }

    /// A member of an update that can be kept or set.
    public static func change<Wrapped>(
        _ name: String,
        _ shape: Shape<Wrapped>,
        _ sentence: String
    ) -> Field where Value == Patch<Wrapped> {
        let field = Field<Wrapped?>.optional(name, shape, sentence)
        return Field(member: field.member) { object, faults in
            field.read(object, &faults).map { value in value.map(Patch.set) ?? .keep }
        }
    }

    /// A member of an update that can be kept, cleared with null, or set.
    public static func patch<Wrapped>(
        _ name: String,
        _ shape: Shape<Wrapped>,
        _ sentence: String
    ) -> Field where Value == Patch<Wrapped> {
        Field.change(name, shape, sentence).taking(null: .clear, shape.schema.nullable)
    }
}

/// What an update does with one setting.
public enum Patch<Value: Sendable>: Sendable {
    /// The member was left out.
    case keep
    /// The member was null.
    case clear
    /// The member has a value; `[]` and `{}` are values.
    case set(Value)

    /// Whether there is something to change.
    public var isChange: Bool {
        if case .keep = self { return false }
        return true
    }

    /// The setting after the update.
    public func applied(to current: Value?) -> Value? {
        switch self {
        case .keep: current
        case .clear: nil
        case .set(let value): value
        }
    }
}

extension Patch where Value: Equatable {
    /// A setting that cannot be cleared, after the update.
    public func applied(toValue current: Value) -> Value {
        if case .set(let value) = self { return value }
        return current
    }
}

/// A value that the documents can show as the default of a member.
public protocol JSONRepresentable {
    /// The value as JSON.
    var json: JSONValue { get }
}

extension Bool: JSONRepresentable {
    /// A boolean.
    public var json: JSONValue { .boolean(self) }
}

extension Int: JSONRepresentable {
    /// An integer.
    public var json: JSONValue { .integer(Int64(self)) }
}

extension String: JSONRepresentable {
    /// A string.
    public var json: JSONValue { .string(self) }
}

extension [String]: JSONRepresentable {
    /// An array of strings.
    public var json: JSONValue { .array(map(JSONValue.string)) }
}
