public import ProtocolWire

/// What a procedure does to the thing it names: its verb, with what the verb obliges its declaration to say.
///
/// The registry and a generic test hold every procedure to it (`protocol/verbs.md`).
public enum Contract: Sendable {
    /// A new thing; says what a repeat answers.
    case create(onRepeat: Repeat)
    /// One thing, without effect.
    case get
    /// A collection. One that can grow takes `limit` and `cursor`; a fixed one is always whole.
    case list(Growth)
    /// A three-state change: omitted keeps, null clears where the schema takes it, a value sets.
    case update
    /// A change of an amount, which may be relative to what it was: not three-state; says what it causes and what a repeat does.
    case adjust(effects: String, onRepeat: String)
    /// The end of a thing; says what goes with it and what a repeat answers.
    case delete(Deletion, takesAlong: String, onRepeat: Repeat)
    /// Members of a collection come; one that is there already is no error.
    case add
    /// Members of a collection go; one that is missing is no error.
    case remove
    /// One configuration or collection is replaced, or made; says which parameters replace it, and what becomes of members that are
    /// left out.
    case set(_ replacing: [String], omitted: String)
    /// A verb of the domain; says what it causes and what a repeat does.
    case domain(DomainVerb, effects: String, onRepeat: String)

    /// Whether a collection can grow, and by which procedure.
    public enum Growth: Sendable {
        /// Each success of the procedure that is named puts one thing more into it.
        case growing(by: String)
        /// It is what it is.
        case fixed
    }

    /// What the second of two requests with the same parameters is answered.
    public enum Repeat: Sendable {
        /// A refusal that changes nothing; says why, where the error's name does not.
        case refused(ErrorKind, because: String = "")
        /// One more thing is made; says which.
        case another(String)

        /// In words.
        public var sentence: String {
            switch self {
            case .refused(let kind, because: ""): "\(kind.status) \(kind.code)"
            case .refused(let kind, let reason): "\(kind.status) \(kind.code); \(reason)"
            case .another(let sentence): sentence
            }
        }
    }

    /// How a thing ends.
    public enum Deletion: String, Sendable { case soft, hard }

    /// The verbs for what the standard ones do not fit.
    public enum DomainVerb: String, Sendable, CaseIterable { case verify, limit, reroll, migrate, restore }

    /// The verb that a method's name begins with.
    public var verb: String {
        switch self {
        case .create: "create"
        case .get: "get"
        case .list: "list"
        case .update, .adjust: "update"
        case .delete: "delete"
        case .add: "add"
        case .remove: "remove"
        case .set: "set"
        case .domain(let verb, _, _): verb.rawValue
        }
    }

    /// What the verb promises for this procedure, in sentences.
    public var promise: String {
        switch self {
        case .create(let onRepeat): "Makes a new thing. A repeat: \(onRepeat.sentence)."
        case .get: "Reads one thing. No effect."
        case .list(.growing(let source)):
            "Reads a collection by pages, in a stable order; `\(source)` adds to it. No effect."
        case .list(.fixed): "Reads a whole collection. No effect."
        case .update: "Omitted members keep their value, null clears where it is allowed, a value sets."
        case .adjust(let effects, let onRepeat): "\(effects). A repeat: \(onRepeat)."
        case .delete(let deletion, let takesAlong, let onRepeat):
            "A \(deletion.rawValue) delete. With it goes: \(takesAlong). A repeat: \(onRepeat.sentence)."
        case .add: "Adds members; one that is there already stays as it is."
        case .remove: "Takes members away; one that is not there is no error."
        case .set(let replacing, let omitted):
            "Replaces what was there, or makes it: \(Self.list(replacing)). What is left out: \(omitted)."
        case .domain(_, let effects, let onRepeat): "\(effects). A repeat: \(onRepeat)."
        }
    }

    private static func list(_ names: [String]) -> String {
        names.map { "`\($0)`" }.joined(separator: ", ")
    }
}

/// What sending a request twice does.
public enum Idempotency: String, Sendable {
    /// As if it had been sent once.
    case idempotent
    /// As if once, when it carries an idempotency key or an identifier that the caller chose.
    case conditional = "conditionally-idempotent"
    /// Each one counts.
    case not = "not-idempotent"
}
