public import JSONSyntax

/// A JSON Schema in a few words, for tables and help.
public enum SchemaWords {
    /// The kind of value and its bounds.
    public static func describe(_ schema: JSONValue) -> String {
        var words = [kind(schema)]
        if let bounds = bounds(schema) { words.append(bounds) }
        if let pattern = schema["pattern"]?.string { words.append("`\(pattern)`") }
        if let value = schema["default"] { words.append("default \(value.serialized)") }
        return words.joined(separator: ", ")
    }

    private static func kind(_ schema: JSONValue) -> String {
        if let words = schema["enum"]?.array {
            return words.compactMap(\.string).map { "`\($0)`" }.joined(separator: " or ")
        }
        if let kinds = schema["type"]?.array { return kinds.compactMap(\.string).joined(separator: " or ") }
        let kind = schema["type"]?.string ?? "any"
        if kind == "array", let items = schema["items"] { return "array of \(describe(items))" }
        return kind
    }

    private static func bounds(_ schema: JSONValue) -> String? {
        let pairs = [
            ("minimum", "maximum", ""), ("minLength", "maxLength", " characters"), ("minItems", "maxItems", " items"),
        ]
        for (least, most, unit) in pairs {
            switch (schema[least]?.integer, schema[most]?.integer) {
            case (let least?, let most?): return "\(least)–\(most)\(unit)"
            case (nil, let most?): return "up to \(most)\(unit)"
            case (let least?, nil): return "\(least) or more\(unit)"
            case (nil, nil): continue
            }
        }
        return nil
    }
}
