import JSONSyntax

// What a program can hold a procedure to, without reading the promise.
extension Contract {
    var facts: JSONValue {
        switch self {
        case .create(let onRepeat), .delete(_, _, let onRepeat): onRepeat.facts
        case .list(.growing(let source)): ["repeat": "same", "grownBy": .string(source)]
        case .set(let replacing, _): ["repeat": "same", "replacedBy": .array(replacing.map(JSONValue.string))]
        case .get, .list(.fixed), .update, .add, .remove: ["repeat": "same"]
        case .adjust, .domain: ["repeat": "promised"]
        }
    }

    static let schema = Schema.object([
        Member(
            name: "repeat",
            schema: .string(),
            isRequired: true,
            sentence:
                "Answer to the same once more: `same`, `another` thing is made, `refused`, or as `promised` in words."
        ),
        Member(
            name: "refusal",
            schema: .string(),
            isRequired: false,
            sentence: "The code of the error, where a repeat is refused."
        ),
        Member(
            name: "grownBy",
            schema: .string(),
            isRequired: false,
            sentence: "The procedure that puts things into the list."
        ),
        Member(
            name: "replacedBy",
            schema: .array(of: .string()),
            isRequired: false,
            sentence: "The parameters that replace what was there."
        ),
    ])
}

extension Contract.Repeat {
    fileprivate var facts: JSONValue {
        switch self {
        case .refused(let kind, _): ["repeat": "refused", "refusal": .string(kind.code)]
        case .another: ["repeat": "another"]
        }
    }
}
