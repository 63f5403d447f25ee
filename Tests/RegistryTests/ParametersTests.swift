import JSONSyntax
import ProtocolWire
import Testing

@testable import Registry

/// Decodes JSON with parameters: what came out, and the faults as `location: message`.
func decode<Input>(_ json: String, _ parameters: Parameters<Input>) throws -> (input: Input?, faults: [String]) {
    try parsed(json) { view in
        var faults = Faults(in: view)
        let input = parameters.decode(view, &faults)
        return (input, faults.isEmpty ? [] : faults.problem.faults.map { "\($0.location): \($0.message)" })
    }
}

/// The faults of one member `x` of a shape.
func faults<Value>(_ json: String, _ shape: Shape<Value>) throws -> [String] {
    try decode(#"{"x":\#(json)}"#, Parameters({ $0 }, .required("x", shape, "X."))).faults
}

@Suite struct ShapeTests {
    @Test("a text's length is counted in code points, at both ends", arguments: ["é", "\u{1F511}", "e\u{301}"])
    func length(character: String) throws {
        let points = character.unicodeScalars.count
        let shape = Shape.string(length: points...(points * 2))
        #expect(try faults("\"\"", shape) == ["body.x: must have at least \(points) characters, got 0"])
        #expect(try faults("\"\(character)\"", shape).isEmpty)
        #expect(try faults("\"\(character + character)\"", shape).isEmpty)
        let tooLong = character + character + "a"
        #expect(
            try faults("\"\(tooLong)\"", shape) == [
                "body.x: must have at most \(points * 2) characters, got \(points * 2 + 1)"
            ]
        )
    }

    @Test("a pattern says which characters; an escape is as good as the character itself")
    func pattern() throws {
        let shape = Shape.string(matching: .apiName)
        #expect(try faults(#""\u0061b-c_D.9""#, shape).isEmpty)
        for text in ["9ab", "-a", "a b", "aé", "a\\u0000"] { #expect(try faults("\"\(text)\"", shape).count == 1) }
    }

    @Test("an array's number of items is a fault at the body, that of an item inside, and all are told")
    func arrayOfParameters() throws {
        let items = Parameters(
            arrayOf: 1...2,
            { ($0, $1) as (Int, Int) },
            .required("a", .integer(1...9), "A."),
            .defaulted("b", .integer(0...9), to: 4, "B.")
        )
        let sound = try decode(#"[{"a":1},{"b":2,"a":3}]"#, items).input
        #expect(sound?.map(\.0) == [1, 3] && sound?.map(\.1) == [4, 2])
        #expect(try decode("[]", items).faults == ["body: must have at least 1 items, got 0"])
        #expect(try decode(#"[{"a":1},{"a":1},{"a":1}]"#, items).faults == ["body: must have at most 2 items, got 3"])
        #expect(try decode(#"{"a":1}"#, items).faults == ["body: must be an array, got an object"])
        #expect(
            try decode(#"[{"a":0,"c":1},7]"#, items).faults
                == [
                    "body[0].a: must be at least 1, got 0", "body[0].c: unknown member",
                    "body[1]: must be an object, got a number",
                ]
        )
        #expect(items.schema["type"] == "array" && items.schema["maxItems"] == 2)
        #expect(items.members.map(\.name) == ["a", "b"])
    }

    @Test("integers of all 64 bits are exact, and one more is refused")
    func int64() throws {
        let shape = Shape.integer(0...Int.max)
        let parameters = Parameters({ $0 }, .required("x", shape, "X."))
        #expect(try decode(#"{"x":9223372036854775807}"#, parameters).input == .max)
        #expect(
            try faults("9223372036854775808", shape) == [
                "body.x: must be from 0 to 9223372036854775807, got an integer beyond ±2^63"
            ]
        )
    }

    @Test("an integer is written without fraction and exponent, and holds to its range at both ends")
    func integer() throws {
        let shape = Shape.integer(16...255)
        #expect(try faults("15", shape) == ["body.x: must be at least 16, got 15"])
        #expect(try faults("16", shape).isEmpty)
        #expect(try faults("255", shape).isEmpty)
        #expect(try faults("256", shape) == ["body.x: must be at most 255, got 256"])
        for text in ["16.0", "1e2", "1.6e1"] {
            #expect(
                try faults(text, shape) == ["body.x: must be an integer, got a number with a fraction or an exponent"]
            )
        }
        #expect(
            try faults("99999999999999999999", shape) == [
                "body.x: must be from 16 to 255, got an integer beyond ±2^63"
            ]
        )
        #expect(try faults("\"16\"", shape) == ["body.x: must be an integer, got a string"])
        #expect(try faults("-0", Shape.integer(0...1)).isEmpty)
    }

    @Test("integers are exact up to 2^53 on both sides, and refused one further")
    func exactness() throws {
        for text in ["9007199254740992", "-9007199254740992"] { #expect(try faults(text, .integer(.exact)).isEmpty) }
        for text in ["9007199254740993", "-9007199254740993"] { #expect(try faults(text, .integer(.exact)).count == 1) }
    }

    @Test("a boolean is true or false only", arguments: ["0", "1", "\"true\"", "null", "[]"])
    func boolean(json: String) throws {
        #expect(try faults(json, .boolean).count == 1)
        #expect(try faults("true", .boolean).isEmpty)
        #expect(try faults("false", .boolean).isEmpty)
    }

    @Test("a word is one of the list, in its own case")
    func word() throws {
        #expect(try faults("\"daily\"", Shape.word("daily", "monthly")).isEmpty)
        #expect(
            try faults("\"Daily\"", Shape.word("daily", "monthly")) == [
                "body.x: must be one of 'daily', 'monthly', got 'Daily'"
            ]
        )
    }

    @Test("a list holds to its count at both ends, and tells of each item by its index")
    func list() throws {
        let shape = Shape<[Int]>.array(of: .integer(1...3), count: 1...3)
        #expect(try faults("[]", shape) == ["body.x: must have at least 1 items, got 0"])
        #expect(try faults("[1,2,3]", shape).isEmpty)
        #expect(try faults("[1,2,3,1]", shape) == ["body.x: must have at most 3 items, got 4"])
        #expect(
            try faults("[0,2,4]", shape) == [
                "body.x[0]: must be at least 1, got 0", "body.x[2]: must be at most 3, got 4",
            ]
        )
    }

    @Test("an object of any members is kept without white space and needless escapes, and bounded in members and bytes")
    func object() throws {
        let shape = Shape.object(membersMax: 2, bytesMax: 21)
        let parameters = Parameters({ (text: String) in text }, .required("x", shape, "X."))
        #expect(try decode(#"{"x": { "a" : [ 1.50 , "\u00e9" ] } }"#, parameters).input == #"{"a":[1.50,"é"]}"#)
        #expect(try decode(#"{"x":{"\u0061\/":"\"\u000a\ud83d\ude00"}}"#, parameters).input == #"{"a/":"\"\n😀"}"#)
        #expect(try faults(#"{"a":1,"b":2,"c":3}"#, shape) == ["body.x: must have at most 2 members, got 3"])
        #expect(try faults(#"{"a":"12345678901234"}"#, shape) == ["body.x: must have at most 21 bytes, got 22"])
        for letters in ["éééééé", #"\u00e9\u00E9\u00e9\u00e9\u00e9\u00e9"#] {
            #expect(try faults(#"{"a":"\#(letters)a"}"#, shape).isEmpty)
            #expect(try faults(#"{"a":"\#(letters)aa"}"#, shape).isEmpty == false)
        }
        #expect(try faults("[]", shape) == ["body.x: must be an object, got an array"])
    }

    @Test("a text that breaks its pattern is told by the first character that does not fit, and by no other")
    func offence() throws {
        let name = Shape.string(length: 1...255, matching: .apiName)
        let rule = "body.x: must match ^[A-Za-z][A-Za-z0-9_.-]*$, got"
        #expect(try faults("\"ab c d\"", name) == ["\(rule) ' ' as character 3"])
        #expect(try faults("\"9lives\"", name) == ["\(rule) '9' as character 1"])
        #expect(try faults("\"caf\\u00e9!\"", name) == ["\(rule) 'é' as character 4"])
        #expect(try faults("\"\"", .string(matching: .apiName)) == ["\(rule) no character"])
    }

    @Test("no message holds a secret, or more than 64 characters of anything that came")
    func excerpts() throws {
        let secret = String(repeating: "s", count: 600)
        #expect(try !faults("\"\(secret)\"", .secret(length: 1...512)).joined().contains("ss"))
        #expect(try !faults("\"\(secret)-\(secret)\"", .string(matching: .identifier)).joined().contains("ss"))
        #expect(try !faults("\"\(secret.prefix(10))\"", Shape.word("daily", "monthly")).joined().contains("ss"))
        #expect(try faults("\"monthlyes\"", Shape.word("daily", "monthly")).joined().contains("got 'monthlyes'"))
        let name = String(repeating: "n", count: 500)
        let unknown = try decode(#"{"\#(name)":1}"#, Parameters({ NoInput() })).faults.joined()
        #expect(unknown.contains(String(repeating: "n", count: 64)))
        #expect(!unknown.contains(String(repeating: "n", count: 65)))
    }
}

@Suite struct ParametersTests {
    private struct Item: Sendable, Equatable {
        let a: Int
        let b: String?
    }

    private let nested = Parameters(
        { (items: [Item], name: String) in items.count + name.count },
        .required(
            "items",
            .array(
                of: Shape<Item>.object(
                    Item.init,
                    .required("a", .integer(0...9), "A."),
                    .optional("b", .string(), "B.")
                ),
                count: 0...200
            ),
            "Items."
        ),
        .required("name", .string(length: 3...5), "Name.")
    )

    @Test("all faults are listed at their place, in the order of the document")
    func order() throws {
        let json = #"{"colour":1,"name":"ab","items":[{"a":10,"z":0},{"b":7},5]}"#
        #expect(
            try decode(json, nested).faults == [
                "body.colour: unknown member", "body.name: must have at least 3 characters, got 2",
                "body.items[0].a: must be at most 9, got 10", "body.items[0].z: unknown member",
                "body.items[1].b: must be a string, got a number", "body.items[1].a: is missing; must be an integer",
                "body.items[2]: must be an object, got a number",
            ]
        )
    }

    @Test("a missing member is told with its kind, and with the unknown one that may be it")
    func nearMiss() throws {
        let parameters = Parameters(
            { ($0, $1, $2) as (String, Bool?, String) },
            .required("name", .string(), "Name."),
            .optional("enabled", .boolean, "Whether."),
            .required("interval", .word("daily", "monthly"), "Interval.")
        )
        #expect(
            try advice(#"{"nmae":"a","enabeld":true,"names":"b","Enabled":1,"colour":1}"#, parameters) == [
                "body.nmae: rename it to name, or remove it", "body.enabeld: rename it to enabled, or remove it",
                "body.names: rename it to name, or remove it", "body.Enabled: rename it to enabled, or remove it",
                "body.colour: remove it", "body.name: rename names to name",
                "body.interval: send interval, one of 'daily', 'monthly'",
            ]
        )
        #expect(
            try advice(#"{"name":"a","nmae":"b","interval":"daily"}"#, parameters) == ["body.nmae: remove it"],
            "what is there already is not what is meant"
        )
        #expect(try advice(#"{"interval":"daily"}"#, parameters) == ["body.name: send name, a string"])
    }

    @Test("no more than eight unknown members are looked at for what they may mean")
    func nearMisses() throws {
        let parameters = Parameters({ (name: String?) in name }, .optional("name", .string(), "Name."))
        let unknown = (0...8).map { "\"nam\($0)\":1" }.joined(separator: ",")
        let advice = try advice("{\(unknown)}", parameters)
        #expect(advice.filter { $0.hasSuffix("rename it to name, or remove it") }.count == 8)
        #expect(advice.last == "body.nam8: remove it")
    }

    /// What each fault advises, as `location: fix`.
    private func advice<Input>(_ json: String, _ parameters: Parameters<Input>) throws -> [String] {
        try parsed(json) { view in
            var faults = Faults(in: view)
            _ = parameters.decode(view, &faults)
            return faults.problem.faults.map { "\($0.location): \($0.fix ?? "")" }
        }
    }

    @Test("up to 100 faults are listed, and not one more")
    func most() throws {
        for count in [99, 100, 101, 150] {
            let items = Array(repeating: "{}", count: count).joined(separator: ",")
            let problem = try parsed(#"{"items":[\#(items)],"name":"abc"}"#) { view in
                var faults = Faults(in: view)
                _ = nested.decode(view, &faults)
                return faults.problem
            }
            #expect(problem.faults.count == min(count, 100))
            #expect(problem.detail.hasPrefix("\(count) faults in the request"))
        }
    }

    @Test("parameters that are no object have one fault, at the body", arguments: ["[]", "1", "\"a\"", "null"])
    func noObject(json: String) throws {
        let faults = try decode(json, nested).faults
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix("body: must be an object") == true)
    }

    @Test("null is not the same as left out, except where the declaration says so")
    func null() throws {
        let optional = Parameters({ (value: String?) in value }, .optional("x", .string(), "X."))
        #expect(try decode("{}", optional).faults.isEmpty)
        #expect(try decode(#"{"x":null}"#, optional).faults == ["body.x: must be a string, got null"])
        let nullable = Parameters({ (value: Int?) in value }, .nullable("x", .integer(0...9), "X."))
        #expect(try decode("{}", nullable).faults.isEmpty)
        #expect(try decode(#"{"x":null}"#, nullable).faults.isEmpty)
        let required = Parameters({ (value: Int?) in value }, .requiredOrNull("x", .integer(0...9), "X."))
        #expect(try decode("{}", required).faults == ["body.x: is missing; must be an integer or null"])
        #expect(try decode(#"{"x":null}"#, required).faults.isEmpty)
    }

    @Test("a patch keeps what is left out, clears with null where it may, and sets a value")
    func patch() throws {
        let clearable = Parameters({ (value: Patch<String>) in value }, .patch("x", .string(length: 1...9), "X."))
        #expect(try decode("{}", clearable).input?.applied(to: "old") == "old")
        #expect(try decode(#"{"x":null}"#, clearable).input?.applied(to: "old") == .some(nil))
        #expect(try decode(#"{"x":"new"}"#, clearable).input?.applied(to: "old") == "new")
        #expect(try decode(#"{"x":""}"#, clearable).faults.count == 1)
        let fixed = Parameters({ (value: Patch<Bool>) in value }, .change("x", .boolean, "X."))
        #expect(try decode(#"{"x":null}"#, fixed).faults.count == 1)
        #expect(try decode(#"{"x":false}"#, fixed).input?.applied(toValue: true) == false)
    }

    @Test("a member with a standard value has it when left out, and the schema shows it")
    func standard() throws {
        let parameters = Parameters({ (value: Int) in value }, .defaulted("x", .integer(1...100), to: 10, "X."))
        #expect(try decode("{}", parameters).input == 10)
        #expect(try decode(#"{"x":100}"#, parameters).input == 100)
        #expect(parameters.schema["properties"]?["x"]?["default"] == 10)
    }

    @Test(
        "a rule over several members is a fault of the body, or of the member it names, once they are sound by themselves"
    )
    func rules() throws {
        let plain = Parameters({ (value: Int?) in value }, .optional("x", .integer(0...9), "X."))
        let whole = plain.requiring("must have x", fix: "send x") { $0 != nil }
        #expect(try decode("{}", whole).faults == ["body: must have x"])
        #expect(try decode(#"{"x":1}"#, whole).faults.isEmpty)
        #expect(try decode(#"{"x":"1"}"#, whole).faults == ["body.x: must be an integer, got a string"])
        let located = plain.requiring("must have x", at: "x", fix: "send x") { $0 != nil }
        #expect(try decode("{}", located).faults == ["body.x: must have x"])
    }

    @Test("every rule over the members of an object is told of, in each element of a list, whatever is wrong before it")
    func elementRules() throws {
        let pair = Shape<(Int?, Int?)>.object(
            { ($0, $1) },
            .optional("a", .integer(0...9), "A."),
            .optional("b", .integer(0...9), "B.")
        )
        .requiring("must be there", at: "a", fix: "send a") { $0.0 != nil }
        .requiring("must be there", at: "b", fix: "send b") { $0.1 != nil }
        let list = Shape<[(Int?, Int?)]>.array(of: pair, count: 0...9)
        #expect(try faults("[{\"a\":1,\"b\":2}]", list).isEmpty)
        #expect(
            try faults("[{},{\"a\":1,\"b\":2},{\"a\":1}]", list) == [
                "body.x[0].a: must be there", "body.x[0].b: must be there", "body.x[2].b: must be there",
            ]
        )
        #expect(try faults("[{\"a\":10},{}]", list).count == 3, "one that is not sound by itself is not held to rules")
    }

    @Test("the schema is closed, and names what is required")
    func schema() {
        #expect(nested.schema["additionalProperties"] == false)
        #expect(nested.schema["required"] == ["items", "name"])
        #expect(nested.schema["properties"]?["items"]?["items"]?["additionalProperties"] == false)
    }
}
