/// What a procedure does to the thing it names: its verb, with what the verb obliges its declaration to say.
///
/// The registry and a generic test hold every procedure to it (`protocol/verbs.md`).
public enum Contract: Sendable {
    /// A new thing; says what a repeat answers.
    case create(onRepeat: String)
    /// One thing, without effect.
    case get
    /// A collection. One that can grow takes `limit` and `cursor`; a fixed one is always whole.
    case list(Growth)
    /// A three-state change: omitted keeps, null clears where the schema takes it, a value sets.
    case update
    /// A change of an amount, which may be relative to what it was: not three-state; says what it causes and what a repeat does.
    case adjust(effects: String, onRepeat: String)
    /// The end of a thing; says what goes with it and what a repeat answers.
    case delete(Deletion, takesAlong: String, onRepeat: String)
    /// Members of a collection come; one that is there already is no error.
    case add
    /// Members of a collection go; one that is missing is no error.
    case remove
    /// One configuration or collection is replaced, or made; says what becomes of members that are left out.
    case set(omitted: String)
    /// A verb of the domain; says what it causes and what a repeat does.
    case domain(DomainVerb, effects: String, onRepeat: String)

    /// Whether a collection can grow.
    public enum Growth: Sendable { case growing, fixed }

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
        case .create(let onRepeat): "Makes a new thing. A repeat: \(onRepeat)."
        case .get: "Reads one thing. No effect."
        case .list(.growing): "Reads a collection by pages, in a stable order. No effect."
        case .list(.fixed): "Reads a whole collection. No effect."
        case .update: "Omitted members keep their value, null clears where it is allowed, a value sets."
        case .adjust(let effects, let onRepeat): "\(effects). A repeat: \(onRepeat)."
        case .delete(let deletion, let takesAlong, let onRepeat):
            "A \(deletion.rawValue) delete. With it goes: \(takesAlong). A repeat: \(onRepeat)."
        case .add: "Adds members; one that is there already stays as it is."
        case .remove: "Takes members away; one that is not there is no error."
        case .set(let omitted): "Replaces, or makes. What is left out: \(omitted)."
        case .domain(_, let effects, let onRepeat): "\(effects). A repeat: \(onRepeat)."
        }
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
