import JSONSyntax
import ProtocolWire

/// The pages of `protocol/` that are printed from the registry and the error catalogue.
public enum MarkdownPages {
    /// `procedures.md`: one section a procedure.
    public static func procedures(_ registry: Registry) -> String {
        var page = """
            # Procedures

            Printed from the registry by `latchkeyd describe markdown`; not edited by hand. Frames: `frames.md`. Verbs and retry
            classes: `verbs.md`. Errors that any procedure can give: `errors.md`. `a.b` is member `b` of the object `a`, `a[].b` that
            of each item of the array `a`; *always* says that it is there whenever `a` is.

            | procedure | verb | retry | socket | summary |
            |---|---|---|---|---|

            """
        for procedure in registry.procedures {
            page += "| [`\(procedure.method)`](#\(anchor(procedure))) | \(procedure.contract.verb) | "
            page += "\(procedure.idempotency.rawValue) | \(procedure.sockets.names.joined(separator: ", ")) | "
            page += "\(procedure.summary) |\n"
        }
        return page + registry.procedures.map(section).joined()
    }

    /// `errors.md`: the catalogue.
    public static var errors: String {
        var page = """
            # Errors

            Printed from the catalogue by `latchkeyd describe errors`; not edited by hand.

            A refusal is `{"title","detail","status","type"}`, on status 400 with `errors`: a list, maybe empty, of
            `{"location","message","fix"}`. `type` is `urn:latchkey:error:` and the code. `detail` says what to change. A 5xx means that
            nothing was done or that a repeat is safe.

            """
        for group in ErrorKind.groups {
            page += "\n## \(group.title)\n\n| code | status | title | when |\n|---|---|---|---|\n"
            for kind in group.kinds {
                page += "| `\(kind.code)` | \(kind.status) | \(kind.title) | \(kind.condition) |\n"
            }
        }
        return page
    }

    private static func anchor(_ procedure: Procedure) -> String {
        procedure.method.lowercased().filter { $0 != "." }
    }

    private static func section(_ procedure: Procedure) -> String {
        var text = "\n## \(procedure.method)\n\n\(procedure.summary)\n\n"
        text += "- Verb: \(procedure.contract.verb). \(procedure.contract.promise)\n"
        text += "- Retry: \(procedure.idempotency.rawValue).\n"
        text += "- Changes: \(procedure.changes.isEmpty ? "nothing" : procedure.changes).\n"
        text += "- Caller: \(procedure.access.sentence)\n"
        if let permission = procedure.access.permission { text += "- Permission: \(permission.description).\n" }
        if procedure.access.isInWorkspace, procedure.sockets == [.api, .operator] {
            text += "- On the operator socket: `workspaceId` is a parameter besides, and names the workspace.\n"
        }
        text += parameters(procedure)
        text += reply(procedure)
        text += errors(procedure)
        for example in procedure.examples {
            text += "\n```json\n{\"method\":\"\(procedure.method)\",\"params\":"
            text += "\(procedure.params(of: example, on: procedure.sockets).serialized)}\n"
            text += "{\"data\":\(example.data)}\n```\n"
        }
        return text
    }

    private static func parameters(_ procedure: Procedure) -> String {
        let schema = procedure.parameters(on: procedure.sockets)
        guard let items = schema["items"], let members = items["properties"]?.object else {
            return table("Parameters", schema)
        }
        let count = "\(schema["minItems"]?.integer ?? 0) to \(schema["maxItems"]?.integer ?? 0)"
        return table("Parameters: an array of \(count) items, each", members, required: items["required"])
    }

    private static func reply(_ procedure: Procedure) -> String {
        let isList = procedure.reply["type"]?.string == "array"
        let schema = isList ? procedure.reply["items"] : procedure.reply.json
        guard let members = schema?["properties"]?.object, !members.isEmpty else {
            return "\nReply: `data` is `{}`.\n"
        }
        let title = isList ? "Reply: a list\(procedure.isPaged ? ", paged" : ""), each" : "Reply"
        return table(title, members, required: schema?["required"])
    }

    private static func errors(_ procedure: Procedure) -> String {
        guard !procedure.errors.isEmpty else { return "" }
        var text = "\nErrors of its own, in the order of its checks:\n\n| status | code | when |\n|---|---|---|\n"
        for error in procedure.errors {
            text += "| \(error.kind.status) | `\(error.kind.code)` | \(error.condition) |\n"
        }
        return text
    }

    private static func table(_ title: String, _ schema: Schema) -> String {
        guard let members = schema["properties"]?.object, !members.isEmpty else { return "\n\(title): none.\n" }
        return table(title, members, required: schema["required"])
    }

    private static func table(_ title: String, _ members: [JSONValue.Member], required: JSONValue?) -> String {
        "\n\(title):\n\n| member | type | always | meaning |\n|---|---|---|---|\n" + rows(members, required, under: "")
    }

    /// One row a member; those of members that are objects themselves stand below, by their path.
    private static func rows(_ members: [JSONValue.Member], _ required: JSONValue?, under path: String) -> String {
        let always = Set((required?.array ?? []).compactMap(\.string))
        return members.reduce(into: "") { text, member in
            let name = path + member.name
            let kind = SchemaWords.describe(member.value).replacing("|", with: "\\|")
            text += "| `\(name)` | \(kind) | \(always.contains(member.name) ? "yes" : "no") "
            text += "| \(member.value["description"]?.string ?? "") |\n"
            let items = member.value["items"]
            let inner = items ?? member.value
            let suffix = items == nil ? "." : "[]."
            text += rows(inner["properties"]?.object ?? [], inner["required"], under: name + suffix)
        }
    }
}
