import Domain
public import JSONSyntax
public import ProtocolWire
public import Store

/// One procedure, declared once.
///
/// Dispatch, validation, authorisation, documents, OpenAPI, help and completion derive from it.
public final class Procedure: Sendable {
    /// `service.procedure`, as on the wire.
    public let method: String
    /// The verb, and what it obliges to.
    public let contract: Contract
    /// One sentence.
    public let summary: String
    /// Where it can be called.
    public let sockets: Sockets
    /// Who may call it.
    public let access: Access
    /// What sending it twice does.
    public let idempotency: Idempotency
    /// What it changes, in words; empty for a procedure that changes nothing.
    public let changes: String
    /// Whether it changes anything, and so takes an idempotency key.
    public let isChanging: Bool
    /// Where it runs.
    public let effect: Effect
    /// The members of its parameters, as declared.
    public let members: [Member]
    /// The schema of its parameters.
    public let parameters: Schema
    /// The schema of `data`.
    public let reply: Schema
    /// Whether the reply has `pagination`.
    public let isPaged: Bool
    /// The refusals that are its own.
    public let errors: [DeclaredError]
    /// Requests and replies to show.
    public let examples: [Example]
    /// Why the name does not begin with the verb, where it does not.
    public let namingException: String?

    @usableFromInline let work: Work

    /// Declares a procedure.
    ///
    /// - Parameters:
    ///   - method: `service.procedure`.
    ///   - contract: The verb, and what it obliges to.
    ///   - summary: One sentence.
    ///   - sockets: Where it can be called.
    ///   - access: Who may call it.
    ///   - idempotency: What sending it twice does.
    ///   - changes: What it changes, in words, audit event included.
    ///   - parameters: What it takes.
    ///   - reply: What it gives.
    ///   - errors: The refusals that are its own, in the order of its checks.
    ///   - examples: At least one.
    ///   - namingException: Why the name does not begin with the verb.
    ///   - lane: Where it runs, and the work.
    public init<Input, Output>(
        _ method: String,
        _ contract: Contract,
        summary: String,
        sockets: Sockets = .api,
        access: Access,
        idempotency: Idempotency,
        changes: String = "",
        parameters: Parameters<Input>,
        reply: Reply<Output>,
        errors: [DeclaredError] = [],
        examples: [Example],
        namingException: String? = nil,
        lane: Lane<Input, Output>
    ) {
        self.method = method
        self.contract = contract
        self.summary = summary
        self.sockets = sockets
        self.access = access
        self.idempotency = idempotency
        self.changes = changes
        isChanging = !changes.isEmpty
        effect = lane.effect
        members = parameters.members
        self.parameters = parameters.schema
        self.reply = reply.schema
        isPaged = reply.isPaged
        self.errors = errors
        self.examples = examples
        self.namingException = namingException
        work = Work(access, parameters, reply, lane)
    }

    /// Starts a call on the reactor's thread: schema, credential, permission, and all of it where memory has the answer.
    ///
    /// - Parameters:
    ///   - arrival: The request.
    ///   - authenticate: Finds out who calls; asked once the parameters have been understood.
    ///   - state: What is in memory.
    ///   - json: The reply so far; the members of the result are added where there is one at once.
    /// - Returns: What is left to do.
    /// - Throws: A refusal, or what has to be fetched before the call is started again. The reply may be half written then.
    @inlinable
    public func start(
        _ arrival: Arrival,
        _ authenticate: Authenticate,
        _ state: HotState,
        _ json: inout JSONWriter
    ) throws(Interruption) -> Continuation {
        switch work {
        case .hot(let answer): return try answer(arrival, authenticate, state, &json)
        case .read(let prepare): return .read(try prepare(arrival, authenticate))
        case .write(let prepare): return .write(try prepare(arrival, authenticate))
        }
    }
}

/// What is left of a call when the reactor's thread has done its part.
public enum Continuation {
    /// Nothing: the reply is written.
    case answered
    /// The reply is written, and has to wait until what it has spent is stored.
    case answeredOnceStored(PendingSpend)
    /// All of it, once it is known that nothing is stored for the idempotency key.
    case recall
    /// A reader's part.
    case read(ReadWork)
    /// The writer's part.
    case write(WriteWork)
}

/// A refusal that a procedure declares.
public struct DeclaredError: Sendable {
    /// The catalogue's entry.
    public let kind: ErrorKind
    /// When this procedure gives it.
    public let condition: String

    /// A refusal and when it happens.
    public init(_ kind: ErrorKind, _ condition: String) {
        self.kind = kind
        self.condition = condition
    }
}

/// A request and its reply, to show.
///
/// A test holds both to the schemas.
public struct Example: Sendable {
    /// The parameters, as JSON.
    public let params: String
    /// The reply's `data`, as JSON.
    public let data: String

    /// An example.
    public init(params: String = "{}", data: String) {
        self.params = params
        self.data = data
    }
}
