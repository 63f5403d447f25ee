/// Holds a value against the part of JSON Schema that the registry uses.
enum SchemaCheck {
    /// What is wrong, each with its place.
    static func faults(of value: JSON, _ schema: JSON, at place: String = "data") -> [String] {
        guard typeNames(schema).contains(where: { has(value, type: $0) }) else {
            return ["\(place): is not of type \(typeNames(schema))"]
        }
        if let words = schema["enum"]?.list, !words.contains(value) { return ["\(place): is not one of \(words)"] }
        switch value {
        case .object(let members): return objectFaults(members, schema, place)
        case .list(let items): return listFaults(items, schema, place)
        case .text(let text): return textFaults(text, schema, place)
        case .integer(let integer): return integerFaults(integer, schema, place)
        case .null, .boolean, .number: return []
        }
    }

    private static func typeNames(_ schema: JSON) -> [String] {
        switch schema["type"] {
        case .text(let name): [name]
        case .list(let names): names.compactMap(\.text)
        default: ["null", "boolean", "integer", "number", "string", "array", "object"]
        }
    }

    private static func has(_ value: JSON, type: String) -> Bool {
        switch value {
        case .null: type == "null"
        case .boolean: type == "boolean"
        case .integer: type == "integer" || type == "number"
        case .number: type == "number"
        case .text: type == "string"
        case .list: type == "array"
        case .object: type == "object"
        }
    }

    private static func objectFaults(_ members: [String: JSON], _ schema: JSON, _ place: String) -> [String] {
        let properties = schema["properties"]?.object ?? [:]
        var faults = (schema["required"]?.list ?? []).compactMap(\.text).filter { members[$0] == nil }
            .map { "\(place).\($0): is missing" }
        if schema["additionalProperties"]?.boolean == false {
            faults += members.keys.filter { properties[$0] == nil }.map { "\(place).\($0): is not declared" }
        }
        if let most = schema["maxProperties"]?.integer, members.count > most {
            faults.append("\(place): too many members")
        }
        for (name, value) in members {
            if let property = properties[name] { faults += Self.faults(of: value, property, at: "\(place).\(name)") }
        }
        return faults
    }

    private static func listFaults(_ items: [JSON], _ schema: JSON, _ place: String) -> [String] {
        var faults: [String] = []
        if let least = schema["minItems"]?.integer, items.count < least { faults.append("\(place): too few items") }
        if let most = schema["maxItems"]?.integer, items.count > most { faults.append("\(place): too many items") }
        guard let item = schema["items"] else { return faults }
        for (index, value) in items.enumerated() { faults += Self.faults(of: value, item, at: "\(place)[\(index)]") }
        return faults
    }

    private static func textFaults(_ text: String, _ schema: JSON, _ place: String) -> [String] {
        let count = text.unicodeScalars.count
        var faults: [String] = []
        if let least = schema["minLength"]?.integer, count < least { faults.append("\(place): too short") }
        if let most = schema["maxLength"]?.integer, count > most { faults.append("\(place): too long") }
        if let pattern = schema["pattern"]?.text {
            // A pattern that is no regular expression is a mistake of the declaration.
            guard let expression = try? Regex(pattern) else {
                return ["\(place): the pattern \(pattern) does not parse"]
            }
            if text.firstMatch(of: expression) == nil { faults.append("\(place): does not match \(pattern)") }
        }
        return faults
    }

    private static func integerFaults(_ integer: Int64, _ schema: JSON, _ place: String) -> [String] {
        var faults: [String] = []
        if let least = schema["minimum"]?.integer, integer < least { faults.append("\(place): below \(least)") }
        if let most = schema["maximum"]?.integer, integer > most { faults.append("\(place): above \(most)") }
        return faults
    }
}
