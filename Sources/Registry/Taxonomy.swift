import ProtocolWire

/// The rules that every declaration is held to (`protocol/verbs.md`).
enum Taxonomy {
    static func check(_ procedure: Procedure) throws(TaxonomyViolation) {
        for rule in rules where !rule.holds(procedure) { throw TaxonomyViolation(procedure.method, rule.violation) }
    }

    private struct Rule: Sendable {
        let violation: String
        let holds: @Sendable (Procedure) -> Bool

        init(_ violation: String, _ holds: @escaping @Sendable (Procedure) -> Bool) {
            self.violation = violation
            self.holds = holds
        }
    }

    private static let rules = [
        Rule("is not of the form service.procedure") { procedure in
            let parts = procedure.method.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 2
                && parts.allSatisfy { $0.first?.isLowercase == true && $0.allSatisfy(\.isASCIIAlphanumeric) }
        },
        Rule("does not begin with its verb, and gives no reason") { procedure in
            if let exception = procedure.namingException { return !exception.isEmpty }
            let name = procedure.method.split(separator: ".").last ?? ""
            return name.hasPrefix(procedure.contract.verb)
                && name.dropFirst(procedure.contract.verb.count).first.map(\.isUppercase) ?? true
        },
        Rule("only reads by its verb, but is in the write lane or declares changes") { procedure in
            !procedure.contract.isReading || (procedure.effect != .write && procedure.changes.isEmpty)
        },
        Rule("changes something by its verb, but is not in the write lane or does not say what it changes") {
            procedure in
            !procedure.contract.isChanging || (procedure.effect == .write && !procedure.changes.isEmpty)
        },
        Rule("is a list that can grow, but lacks limit, cursor or pagination") { procedure in
            guard case .list(.growing) = procedure.contract else { return true }
            let names = procedure.members.map(\.name)
            return names.contains("limit") && names.contains("cursor") && procedure.isPaged
        },
        Rule("is paged, but is no list that can grow") { procedure in
            if case .list(.growing) = procedure.contract { return true }
            return !procedure.isPaged
        },
        Rule("is not idempotent, as its verb promises") { procedure in
            !procedure.contract.isIdempotent || procedure.idempotency == .idempotent
        },
        Rule("is a create that nothing makes safe to repeat") { procedure in
            guard case .create = procedure.contract else { return true }
            return procedure.idempotency != .not
        },
        Rule("refuses a repeat with an error that it does not declare") { procedure in
            guard let kind = procedure.contract.refusalOfRepeat else { return true }
            return procedure.errors.contains { $0.kind == kind }
        },
        Rule("replaces something by a parameter that it does not take") { procedure in
            guard case .set(let replacing, _) = procedure.contract else { return true }
            return Set(replacing).isSubset(of: procedure.members.map(\.name))
        },
        Rule("leaves out what its verb obliges it to say") { procedure in
            procedure.contract.obligations.allSatisfy { !$0.isEmpty }
        },
        Rule("is for the operator alone, but is there on the API socket") { procedure in
            switch procedure.access {
            case .operator, .operatorInWorkspace: procedure.sockets == .operator
            case .anyone: true
            case .before, .after, .filtered: procedure.sockets.contains(.api)
            }
        },
        Rule("has a permission with a placeholder that names no required parameter") { procedure in
            guard case .before(let permission) = procedure.access else { return true }
            let required = Set(procedure.members.filter(\.isRequired).map(\.name))
            return permission.placeholders.isSubset(of: required)
        },
        Rule("takes an array, where the operator could not name a workspace, or a permission a parameter") {
            procedure in
            guard procedure.parameters["type"]?.string == "array" else { return true }
            if case .before(let permission) = procedure.access, !permission.placeholders.isEmpty { return false }
            return !procedure.access.isInWorkspace || !procedure.sockets.contains(.operator)
        },
        Rule("has no summary of one sentence") { procedure in
            procedure.summary.hasSuffix(".") && procedure.summary.count <= 160
        },
        Rule("shows no example") { procedure in !procedure.examples.isEmpty },
        Rule("declares a member without a sentence on it") { procedure in
            procedure.members.allSatisfy { $0.sentence.hasSuffix(".") }
        },
    ]
}

extension Contract {
    var isReading: Bool {
        switch self {
        case .get, .list: true
        default: false
        }
    }

    var isChanging: Bool {
        switch self {
        case .create, .update, .adjust, .delete, .add, .remove, .set: true
        case .get, .list, .domain: false
        }
    }

    var isIdempotent: Bool {
        switch self {
        case .get, .list, .update, .delete, .add, .remove, .set: true
        case .create, .adjust, .domain: false
        }
    }

    /// The error that a second request with the same parameters gets, where it is refused.
    var refusalOfRepeat: ErrorKind? {
        switch self {
        case .create(onRepeat: .refused(let kind, _)), .delete(_, _, onRepeat: .refused(let kind, _)): kind
        default: nil
        }
    }

    var obligations: [String] {
        switch self {
        case .create(let onRepeat): [onRepeat.sentence]
        case .delete(_, let takesAlong, let onRepeat): [takesAlong, onRepeat.sentence]
        case .set(let replacing, let omitted): [replacing.joined(), omitted]
        case .adjust(let effects, let onRepeat): [effects, onRepeat]
        case .domain(_, let effects, let onRepeat): [effects, onRepeat]
        case .get, .list, .update, .add, .remove: []
        }
    }
}

extension Character {
    fileprivate var isASCIIAlphanumeric: Bool { isASCII && (isLetter || isNumber) }
}
