public import JSONSyntax

/// A JSON Schema (draft 2020-12, as OpenAPI 3.1 takes it) of one value.
public struct Schema: Sendable, Equatable {
    /// The schema as a JSON object.
    public private(set) var json: JSONValue

    init(_ members: [(String, JSONValue)]) {
        json = .object(members.map { JSONValue.Member(name: $0.0, value: $0.1) })
    }

    /// A keyword's value, for the documents.
    public subscript(keyword: String) -> JSONValue? { json[keyword] }

    /// The same schema with one more keyword.
    public func with(_ keyword: String, _ value: JSONValue) -> Schema {
        guard case .object(var members) = json else { return self }
        members.append(JSONValue.Member(name: keyword, value: value))
        var copy = self
        copy.json = .object(members)
        return copy
    }

    /// The same schema, which also takes null.
    public var nullable: Schema {
        guard case .object(var members) = json, let index = members.firstIndex(where: { $0.name == "type" }) else {
            return self
        }
        members[index] = JSONValue.Member(name: "type", value: .array([members[index].value, .string("null")]))
        if let words = members.firstIndex(where: { $0.name == "enum" }), case .array(let values) = members[words].value
        {
            members[words] = JSONValue.Member(name: "enum", value: .array(values + [.null]))
        }
        var copy = self
        copy.json = .object(members)
        return copy
    }

    /// What a value has to be, for messages: `a string`, `one of 'daily', 'monthly'`, `an integer or null`.
    var kind: String {
        if let words = json["enum"]?.array {
            return "one of " + words.map { $0.string.map { "'\($0)'" } ?? $0.serialized }.joined(separator: ", ")
        }
        let types = json["type"].map { $0.array ?? [$0] } ?? []
        return types.compactMap(\.string).map(Self.article).joined(separator: " or ")
    }

    private static func article(_ type: String) -> String {
        switch type {
        case "null": "null"
        case "boolean": "true or false"
        case "integer", "array", "object": "an \(type)"
        default: "a \(type)"
        }
    }

    static func string() -> Schema { Schema([("type", .string("string"))]) }
    static func integer() -> Schema { Schema([("type", .string("integer"))]) }
    static func boolean() -> Schema { Schema([("type", .string("boolean"))]) }

    static func array(of items: Schema) -> Schema {
        Schema([("type", .string("array")), ("items", items.json)])
    }

    /// An object of these members and no others.
    static func object(_ members: [Member]) -> Schema {
        let properties = members.map { member in
            JSONValue.Member(name: member.name, value: member.schema.with("description", .string(member.sentence)).json)
        }
        let required = members.filter(\.isRequired).map { JSONValue.string($0.name) }
        let schema = Schema([("type", .string("object")), ("properties", .object(properties))])
        return (required.isEmpty ? schema : schema.with("required", .array(required)))
            .with("additionalProperties", .boolean(false))
    }
}

/// One member of a request's or a reply's object: what the documents say of it.
public struct Member: Sendable, Equatable {
    /// Its name on the wire.
    public let name: String
    /// What it may be.
    public let schema: Schema
    /// Whether it must be there.
    public let isRequired: Bool
    /// One sentence on its meaning.
    public let sentence: String

    /// The same member where it need not be there.
    var optional: Member { Member(name: name, schema: schema, isRequired: false, sentence: sentence) }
}
