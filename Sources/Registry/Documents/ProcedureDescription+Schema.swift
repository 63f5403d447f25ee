import JSONSyntax

extension ProcedureDescription {
    /// The schema of the list.
    public static let schema = Schema.array(
        of: .object([
            text("method", "The name to call, `service.procedure`."),
            text("verb", "What it does to the thing it names (`protocol/verbs.md` §1)."),
            text("summary", "What it is for, in a sentence."),
            text("promise", "What its verb promises here, a repeat included."),
            text("idempotency", "Its retry class (`protocol/verbs.md` §3)."),
            member("contract", Contract.schema, "What the promise comes down to, for programs."),
            text("effect", "`hot`, `read` or `write`: what the answer waits for."),
            text("changes", "What it changes, audit rows included."),
            member("sockets", .array(of: .string()), "Where it is: `api`, `operator` or both."),
            text("access", "Who may call, in a sentence."),
            text("permission", "What a root key must hold; empty where nothing is asked for."),
            member("parameters", anything, "JSON Schema of the parameters, as this socket takes them."),
            member("reply", anything, "JSON Schema of `data`."),
            member("paged", .boolean(), "Whether `pagination` comes too."),
            member("errors", .array(of: anything), "Its own refusals, in order: status, code, condition."),
            member("examples", .array(of: anything), "Calls and their replies: params, data."),
        ])
    )

    private static let anything = Schema([("type", .string("object"))])

    private static func text(_ name: String, _ sentence: String) -> Member {
        member(name, .string(), sentence)
    }

    private static func member(_ name: String, _ schema: Schema, _ sentence: String) -> Member {
        Member(name: name, schema: schema, isRequired: true, sentence: sentence)
    }
}
