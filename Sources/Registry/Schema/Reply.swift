public import Bytes
public import JSONSyntax

/// The reply of one procedure: its documentation and its encoder, from one list.
public struct Reply<Output>: Sendable {
    /// What `data` may be.
    public let schema: Schema
    /// Whether `pagination` goes with it.
    public let isPaged: Bool
    /// Writes `data`, and `pagination` where it belongs, into the reply's object.
    let write: @Sendable (Output, inout JSONWriter) -> Void

    /// One object of these members.
    public init(_ members: ReplyMember<Output>...) {
        self.init(members)
    }

    /// One object of these members.
    public init(_ members: [ReplyMember<Output>]) {
        let shape = ReplyShape(members)
        schema = shape.schema
        isPaged = false
        write = { output, json in
            json.name("data")
            shape.write(output, &json)
        }
    }

    /// A page of a list.
    public static func page<Row>(of members: ReplyMember<Row>...) -> Reply where Output == Page<Row> {
        page(of: members)
    }

    /// A page of a list.
    public static func page<Row>(of members: [ReplyMember<Row>]) -> Reply where Output == Page<Row> {
        let shape = ReplyShape(members)
        return Reply(schema: .array(of: shape.schema), isPaged: true) { page, json in
            json.name("data")
            json.beginArray()
            for row in page.rows { shape.write(row, &json) }
            json.endArray()
            json.name("pagination")
            json.beginObject()
            json.name("hasMore")
            json.boolean(page.cursor != nil)
            if let cursor = page.cursor {
                json.name("cursor")
                json.string(cursor)
            }
            json.endObject()
        }
    }

    /// A list that is always whole.
    public static func list<Row>(of members: ReplyMember<Row>...) -> Reply where Output == [Row] {
        list(of: members)
    }

    /// A list that is always whole.
    public static func list<Row>(of members: [ReplyMember<Row>]) -> Reply where Output == [Row] {
        let shape = ReplyShape(members)
        return Reply(schema: .array(of: shape.schema), isPaged: false) { rows, json in
            json.name("data")
            json.beginArray()
            for row in rows { shape.write(row, &json) }
            json.endArray()
        }
    }

    /// `data` that is finished JSON, such as what is the same for the life of the process.
    public static func rendered(_ schema: Schema, _ json: @escaping @Sendable (Output) -> [UInt8]) -> Reply {
        Reply(schema: schema, isPaged: false) { output, writer in
            writer.name("data")
            writer.raw(json(output))
        }
    }

    private init(schema: Schema, isPaged: Bool, write: @escaping @Sendable (Output, inout JSONWriter) -> Void) {
        self.schema = schema
        self.isPaged = isPaged
        self.write = write
    }
}

extension Reply where Output == Void {
    /// `data` is `{}`.
    public static var empty: Reply { Reply([]) }
}

/// A stretch of a list, and where the next one begins.
public struct Page<Row> {
    /// At most as many as the caller asked for.
    public let rows: [Row]
    /// The first row of the next page, as text; `nil` at the end.
    public let cursor: String?

    /// A page.
    public init(rows: [Row], cursor: String?) {
        self.rows = rows
        self.cursor = cursor
    }

    /// The page that was read with one row more than it may have, to know whether there are more.
    ///
    /// - Parameters:
    ///   - rows: Up to `limit` + 1 rows, in the order of the list.
    ///   - limit: The most rows of the page.
    ///   - name: What the cursor names a row by.
    public init(reading rows: [Row], limit: Int, name: (Row) -> String) {
        self.rows = Array(rows.prefix(limit))
        cursor = rows.count > limit ? name(rows[limit]) : nil
    }
}

/// An object of a reply.
struct ReplyShape<Output>: Sendable {
    let schema: Schema
    private let encode: @Sendable (Output, inout JSONWriter) -> Void

    init(_ members: [ReplyMember<Output>]) {
        schema = .object(members.flatMap(\.documentation))
        var encode: @Sendable (Output, inout JSONWriter) -> Void = { _, _ in }
        // One closure that calls the next, because each turn of a loop over them would count references to the one it calls.
        for member in members {
            encode = { [before = encode, last = member.write] output, json in
                before(output, &json)
                last(output, &json)
            }
        }
        self.encode = encode
    }

    func write(_ output: Output, _ json: inout JSONWriter) {
        json.beginObject()
        encode(output, &json)
        json.endObject()
    }

    func writeMembers(_ output: Output, _ json: inout JSONWriter) {
        encode(output, &json)
    }
}

/// Members of an object that are the same in every reply about a thing: written once, copied from then on.
public struct RenderedMembers<Part>: Sendable {
    let documentation: [Member]
    private let shape: ReplyShape<Part>

    /// Members that depend on the thing alone.
    public init(_ members: ReplyMember<Part>...) {
        shape = ReplyShape(members)
        documentation = members.flatMap(\.documentation).map { $0.optional }
    }

    /// The members, each with a comma before it.
    public func bytes(of part: Part) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        shape.writeMembers(part, &json)
        return [UInt8(ascii: ",")] + json.buffer.readable.dropFirst()
    }
}

/// One member of a reply, or a few: documentation and encoder.
public struct ReplyMember<Output>: Sendable {
    let documentation: [Member]
    let write: @Sendable (Output, inout JSONWriter) -> Void

    private init(
        _ name: StaticString,
        _ schema: Schema,
        isAlways: Bool = true,
        _ sentence: String,
        write: @escaping @Sendable (Output, inout JSONWriter) -> Void
    ) {
        documentation = [Member(name: name.description, schema: schema, isRequired: isAlways, sentence: sentence)]
        self.write = write
    }

    private init(_ documentation: [Member], write: @escaping @Sendable (Output, inout JSONWriter) -> Void) {
        self.documentation = documentation
        self.write = write
    }

    /// Members that were written before, and are copied; at least one member stands before them.
    ///
    /// - Parameters:
    ///   - members: What they say.
    ///   - append: Appends them, each with a comma before it, or nothing.
    /// - Returns: The members as one.
    public static func rendered<Part>(
        _ members: RenderedMembers<Part>,
        _ append: @escaping @Sendable (Output, inout ByteBuffer) -> Void
    ) -> ReplyMember {
        ReplyMember(members.documentation) { output, json in append(output, &json.buffer) }
    }

    /// Text, always there.
    public static func string(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> String
    ) -> ReplyMember {
        ReplyMember(name, .string(), sentence) { output, json in
            json.name(name)
            json.string(value(output))
        }
    }

    /// Text that is left out where there is none.
    public static func optionalString(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> String?
    ) -> ReplyMember {
        ReplyMember(name, .string(), isAlways: false, sentence) { output, json in
            guard let value = value(output) else { return }
            json.name(name)
            json.string(value)
        }
    }

    /// Text, or null where there is none.
    public static func stringOrNull(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> String?
    ) -> ReplyMember {
        ReplyMember(name, Schema.string().nullable, sentence) { output, json in
            json.name(name)
            if let value = value(output) { json.string(value) } else { json.null() }
        }
    }

    /// An integer, always there.
    public static func integer(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> Int64
    ) -> ReplyMember {
        ReplyMember(name, .integer(), sentence) { output, json in
            json.name(name)
            json.integer(value(output))
        }
    }

    /// An integer that is left out where there is none.
    public static func optionalInteger(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> Int64?
    ) -> ReplyMember {
        ReplyMember(name, .integer(), isAlways: false, sentence) { output, json in
            guard let value = value(output) else { return }
            json.name(name)
            json.integer(value)
        }
    }

    /// An integer, or null where there is none.
    public static func integerOrNull(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> Int64?
    ) -> ReplyMember {
        ReplyMember(name, Schema.integer().nullable, sentence) { output, json in
            json.name(name)
            if let value = value(output) { json.integer(value) } else { json.null() }
        }
    }

    /// A boolean, always there.
    public static func boolean(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> Bool
    ) -> ReplyMember {
        ReplyMember(name, .boolean(), sentence) { output, json in
            json.name(name)
            json.boolean(value(output))
        }
    }

    /// A boolean that is left out where there is none.
    public static func optionalBoolean(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> Bool?
    ) -> ReplyMember {
        ReplyMember(name, .boolean(), isAlways: false, sentence) { output, json in
            guard let value = value(output) else { return }
            json.name(name)
            json.boolean(value)
        }
    }

    /// A list of texts, always there.
    public static func strings(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> [String]
    ) -> ReplyMember {
        ReplyMember(name, .array(of: .string()), sentence) { output, json in
            json.name(name)
            json.beginArray()
            for text in value(output) { json.string(text) }
            json.endArray()
        }
    }

    /// A list of texts that is left out where there is none; an empty one is there.
    public static func optionalStrings(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> [String]?
    ) -> ReplyMember {
        ReplyMember(name, .array(of: .string()), isAlways: false, sentence) { output, json in
            guard let texts = value(output) else { return }
            json.name(name)
            json.beginArray()
            for text in texts { json.string(text) }
            json.endArray()
        }
    }

    /// An object, always there.
    public static func object<Part>(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> Part,
        _ members: ReplyMember<Part>...
    ) -> ReplyMember {
        let shape = ReplyShape(members)
        return ReplyMember(name, shape.schema, sentence) { output, json in
            json.name(name)
            shape.write(value(output), &json)
        }
    }

    /// An object that is left out where there is none.
    public static func optionalObject<Part>(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> Part?,
        _ members: [ReplyMember<Part>]
    ) -> ReplyMember {
        let shape = ReplyShape(members)
        return ReplyMember(name, shape.schema, isAlways: false, sentence) { output, json in
            guard let part = value(output) else { return }
            json.name(name)
            shape.write(part, &json)
        }
    }

    /// A list of objects, always there.
    public static func objects<Part>(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> [Part],
        _ members: ReplyMember<Part>...
    ) -> ReplyMember {
        let shape = ReplyShape(members)
        return ReplyMember(name, .array(of: shape.schema), sentence) { output, json in
            json.name(name)
            json.beginArray()
            for part in value(output) { shape.write(part, &json) }
            json.endArray()
        }
    }

    /// A list of objects that is left out where it is empty.
    public static func optionalObjects<Part>(
        _ name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> [Part],
        _ members: [ReplyMember<Part>]
    ) -> ReplyMember {
        let shape = ReplyShape(members)
        return ReplyMember(name, .array(of: shape.schema), isAlways: false, sentence) { output, json in
            let parts = value(output)
            if parts.isEmpty { return }
            json.name(name)
            json.beginArray()
            for part in parts { shape.write(part, &json) }
            json.endArray()
        }
    }

    /// An object of any members, as the text that was stored; left out where there is none.
    public static func optionalText(
        json name: StaticString,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> String?
    ) -> ReplyMember {
        let schema = Schema([("type", .string("object"))]).with("additionalProperties", .boolean(true))
        return ReplyMember(name, schema, isAlways: false, sentence) { output, json in
            guard let value = value(output) else { return }
            json.name(name)
            json.raw(value)
        }
    }

    /// Any JSON, always there.
    public static func value(
        _ name: StaticString,
        _ schema: Schema,
        _ sentence: String,
        _ value: @escaping @Sendable (Output) -> JSONValue
    ) -> ReplyMember {
        ReplyMember(name, schema, sentence) { output, json in
            json.name(name)
            json.value(value(output))
        }
    }
}
