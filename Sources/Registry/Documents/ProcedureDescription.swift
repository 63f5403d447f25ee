public import JSONSyntax

/// A procedure as `system.listProcedures` tells it.
///
/// Help, completion, OpenAPI and the pages in `protocol/` are made from this.
public enum ProcedureDescription {
    /// The descriptions of the procedures of some sockets, as finished JSON.
    public static func render(_ registry: Registry, on sockets: Sockets) -> [UInt8] {
        Array(JSONValue.array(values(registry, on: sockets)).serialized.utf8)
    }

    /// The descriptions of the procedures that are on any of some sockets.
    public static func values(_ registry: Registry, on sockets: Sockets) -> [JSONValue] {
        registry.procedures.filter { !$0.sockets.isDisjoint(with: sockets) }.map { value($0, on: sockets) }
    }

    private static func value(_ procedure: Procedure, on asked: Sockets) -> JSONValue {
        let sockets = asked.intersection(procedure.sockets)
        return [
            "method": .string(procedure.method),
            "verb": .string(procedure.contract.verb),
            "summary": .string(procedure.summary),
            "promise": .string(procedure.contract.promise),
            "idempotency": .string(procedure.idempotency.rawValue),
            "contract": procedure.contract.facts,
            "effect": .string(procedure.effect.rawValue),
            "changes": .string(procedure.changes.isEmpty ? "nothing" : procedure.changes),
            "sockets": .array(procedure.sockets.names.map(JSONValue.string)),
            "access": .string(procedure.access.sentence),
            "permission": .string(procedure.access.permission?.description ?? ""),
            "parameters": procedure.parameters(on: sockets).json,
            "reply": procedure.reply.json,
            "paged": .boolean(procedure.isPaged),
            "errors": .array(procedure.errors.map(value)),
            "examples": .array(procedure.examples.map { value($0, of: procedure, on: sockets) }),
        ]
    }

    private static func value(_ error: DeclaredError) -> JSONValue {
        [
            "status": .integer(Int64(error.kind.status)),
            "code": .string(error.kind.code),
            "condition": .string(error.condition),
        ]
    }

    private static func value(_ example: Example, of procedure: Procedure, on sockets: Sockets) -> JSONValue {
        ["params": procedure.params(of: example, on: sockets), "data": example.value(example.data)]
    }
}

extension Procedure {
    /// The schema of the parameters as a caller on these sockets sends them.
    public func parameters(on sockets: Sockets) -> Schema {
        guard namesWorkspace(on: sockets) else { return parameters }
        return .object([WorkspaceParameter.field.member] + members)
    }

    /// The parameters of an example as a caller on these sockets sends them.
    func params(of example: Example, on sockets: Sockets) -> JSONValue {
        let params = example.value(example.params)
        guard namesWorkspace(on: sockets), case .object(let members) = params else { return params }
        return .object([JSONValue.Member(name: WorkspaceParameter.field.member.name, value: "ws_3fQz81LmK0")] + members)
    }

    private func namesWorkspace(on sockets: Sockets) -> Bool {
        sockets == .operator && access.isInWorkspace
    }
}

extension Example {
    /// One of its texts as a value.
    fileprivate func value(_ text: String) -> JSONValue {
        do throws(JSONSyntaxError) {
            return try JSONValue(parsing: text)
        } catch {
            preconditionFailure("an example is JSON: \(error) of \(text)")
        }
    }
}

extension Sockets {
    var names: [String] {
        [(Sockets.api, "api"), (.operator, "operator")].filter { contains($0.0) }.map(\.1)
    }
}

extension Access {
    /// Who may call, in a sentence.
    var sentence: String {
        switch self {
        case .anyone: "Anyone; no root key is looked at."
        case .operator: "The operator, on the operator socket."
        case .operatorInWorkspace: "The operator, on the operator socket, in the workspace that `workspaceId` names."
        case .before: "A root key with the permission, which is checked before anything is looked up."
        case .after(_, refusal: .forbidden):
            "A root key with the permission, which is checked when the thing has been found."
        case .after(_, refusal: .masked):
            "A root key with the permission; without it the answer is the same as if the thing did not exist."
        case .after(_, refusal: .blind):
            "A root key with the permission; without it the answer is the same 403 whether the thing exists or not."
        case .filtered: "Any root key; it sees what it has the permission for."
        }
    }
}
