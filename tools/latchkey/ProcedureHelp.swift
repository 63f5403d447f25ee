import JSONSyntax
import ProtocolWire

/// What `latchkey help service.procedure` prints.
enum ProcedureHelp {
    /// The page of a procedure; the operator's command lines have an option more.
    static func text(_ procedure: JSONValue, isOperator: Bool = false) -> String {
        let method = procedure["method"]?.string ?? ""
        var text = "\(method): \(word(procedure, "summary"))\n\n"
        text += "  \(word(procedure, "promise"))\n"
        text += "  Retry: \(word(procedure, "idempotency")). Changes: \(word(procedure, "changes")).\n"
        text += "  Caller: \(word(procedure, "access"))\n"
        if let permission = procedure["permission"]?.string, !permission.isEmpty {
            text += "  Permission: \(permission).\n"
        }
        text += parameters(procedure)
        text += reply(procedure)
        text += errors(procedure)
        for example in procedure["examples"]?.array ?? [] {
            let line =
                (isOperator ? "latchkey --operator " : "latchkey ") + method + arguments(example["params"] ?? [:])
            text += "\nExample:\n\n  \(line)\n"
            text += indented(example["data"]?.indented ?? "")
        }
        return text
    }

    private static func word(_ procedure: JSONValue, _ name: String) -> String {
        procedure[name]?.string ?? ""
    }

    private static func parameters(_ procedure: JSONValue) -> String {
        guard let items = procedure["parameters"]?["items"] else {
            return members("Parameters", procedure["parameters"])
        }
        return members("Parameters: a JSON array, each item", items)
    }

    private static func reply(_ procedure: JSONValue) -> String {
        guard let reply = procedure["reply"] else { return "" }
        guard reply["type"]?.string == "array" else { return members("Reply", reply) }
        let paged = procedure["paged"]?.boolean == true ? ", in pages" : ""
        return members("Reply: a list\(paged), each item", reply["items"])
    }

    /// A table of an object's members; those of members that are objects themselves stand below, by their path.
    private static func members(_ title: String, _ schema: JSONValue?) -> String {
        let rows = rows(schema, under: "")
        guard !rows.isEmpty else { return "\n\(title): none.\n" }
        let nameWidth = rows.map(\.name.count).max() ?? 0
        let kindWidth = min(44, rows.map(\.kind.count).max() ?? 0)
        return rows.reduce("\n\(title):\n\n") { text, row in
            text + "  \(pad(row.name, nameWidth))  \(pad(row.kind, kindWidth))  \(row.meaning)\n"
        }
    }

    private static func rows(_ schema: JSONValue?, under path: String) -> [(
        name: String, kind: String, meaning: String
    )] {
        let required = Set((schema?["required"]?.array ?? []).compactMap(\.string))
        return (schema?["properties"]?.object ?? []).flatMap { member in
            let name = path + member.name
            let mark = required.contains(member.name) ? " *" : ""
            let meaning = member.value["description"]?.string ?? ""
            let inner = member.value["items"] ?? member.value
            let suffix = member.value["items"] == nil ? "." : "[]."
            return [(name + mark, SchemaWords.describe(member.value), meaning)] + rows(inner, under: name + suffix)
        }
    }

    private static func errors(_ procedure: JSONValue) -> String {
        let errors = procedure["errors"]?.array ?? []
        guard !errors.isEmpty else { return "\n* always there.\n" }
        let lines = errors.map { error in
            "  \(error["status"]?.integer ?? 0) \(error["code"]?.string ?? ""): \(error["condition"]?.string ?? "")\n"
        }
        return "\n* always there.\n\nErrors of its own:\n\n" + lines.joined()
    }

    /// The parameters as this tool takes them.
    private static func arguments(_ params: JSONValue) -> String {
        guard let members = params.object else { return " " + quoted(params.serialized) }
        return members.map { member in
            switch member.value {
            case .string(let text): " \(member.name)=\(quoted(text))"
            default: " \(member.name):=\(quoted(member.value.serialized))"
            }
        }.joined()
    }

    /// A word as a shell reads it back.
    static func quoted(_ text: String) -> String {
        let plain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-./:@,+".contains($0)) }
        return plain && !text.isEmpty
            ? text
            : "'"
                + text.split(separator: "'", omittingEmptySubsequences: false)
                .joined(separator: "'\\''") + "'"
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "  \($0)\n" }.joined()
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
