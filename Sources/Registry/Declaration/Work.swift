public import Domain
public import JSONSyntax
public import ProtocolWire
public import Store

/// What the dispatcher knows of a request when it has found the procedure.
public struct Arrival {
    /// The server's name of the request.
    public let requestID: RequestID
    /// One time for the whole call.
    public let time: UnixMilliseconds
    /// The socket it came in on.
    public let socket: Sockets
    /// The parameters; where the frame has none, an empty object.
    public let params: JSONView
    /// Where the caller's own client is, in the caller's words.
    public let clientAddress: JSONText?
    /// Whether the reply of a call that memory answers is kept for its idempotency key.
    public let keeping: ReplyKeeping

    /// A request that has found its procedure.
    public init(
        requestID: RequestID,
        time: UnixMilliseconds,
        socket: Sockets,
        params: JSONView,
        clientAddress: JSONText? = nil,
        keeping: ReplyKeeping = .none
    ) {
        self.clientAddress = clientAddress
        self.keeping = keeping
        self.requestID = requestID
        self.time = time
        self.socket = socket
        self.params = params
    }
}

/// What becomes of the reply to a call that changes something in memory.
///
/// One that runs on the writer's thread has its reply looked for and kept there.
public enum ReplyKeeping: Sendable {
    /// It is told and forgotten.
    case none
    /// It carries an idempotency key, and nobody has looked yet whether there is a reply for it.
    case unsought
    /// There was none; what is decided now is stored before it is told.
    case due
}

/// Work for a reader: gives the reply's members, such as `"data":{…}`.
public typealias ReadWork = @Sendable (ReadTransaction) throws(Problem) -> [UInt8]
/// Work for the writer: the same, with the changes made.
public typealias WriteWork = @Sendable (WriteTransaction) throws(Problem) -> [UInt8]
/// Finds out who calls; asked for only after the parameters have been understood (`conventions.md` §3).
public typealias Authenticate = (Access) throws(Interruption) -> Caller

/// A procedure's work with its types erased, once, at start-up.
///
/// A call costs one look-up and one closure.
@usableFromInline
enum Work: Sendable {
    case hot(@Sendable (Arrival, Authenticate, HotState, inout JSONWriter) throws(Interruption) -> Continuation)
    case read(@Sendable (Arrival, Authenticate) throws(Interruption) -> ReadWork)
    case write(@Sendable (Arrival, Authenticate) throws(Interruption) -> WriteWork)

    init<Input, Output>(
        _ access: Access,
        _ parameters: Parameters<Input>,
        _ reply: Reply<Output>,
        _ lane: Lane<Input, Output>
    ) {
        let gate = Gate(access, parameters)
        switch lane {
        case .hot(let run):
            precondition(
                !access.isInWorkspace || access.permission != nil,
                "an operator's procedure reads the database"
            )
            self = .hot { arrival, authenticate, state, json throws(Interruption) in
                let input = try gate.read(arrival)
                let call = try gate.admit(arrival, authenticate)
                if arrival.keeping == .unsought { return .recall }
                reply.write(try run(call, input, state), &json)
                return .answered
            }
        case .spending(let run):
            self = .hot { arrival, authenticate, state, json throws(Interruption) in
                let input = try gate.read(arrival)
                let call = try gate.admit(arrival, authenticate)
                if arrival.keeping == .unsought { return .recall }
                let (output, spend) = try run(call, input, state)
                reply.write(output, &json)
                return spend.map(Continuation.answeredOnceStored) ?? .answered
            }
        case .read(let run):
            self = .read { arrival, authenticate throws(Interruption) in
                let (input, workspaceID) = try gate.readInWorkspace(arrival)
                let call = try gate.admit(arrival, authenticate)
                return { transaction throws(Problem) in
                    Self.encode(try run(try call.acting(in: workspaceID, transaction), input, transaction), reply)
                }
            }
        case .write(let run):
            self = .write { arrival, authenticate throws(Interruption) in
                let (input, workspaceID) = try gate.readInWorkspace(arrival)
                let call = try gate.admit(arrival, authenticate)
                return { transaction throws(Problem) in
                    let call = try call.acting(in: workspaceID, transaction)
                    transaction.begin(Stamp(time: call.time, actor: call.caller.actor, requestID: call.requestID))
                    return Self.encode(try run(call, input, transaction), reply)
                }
            }
        }
    }

    private static func encode<Output>(_ output: Output, _ reply: Reply<Output>) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        reply.write(output, &json)
        return Array(json.buffer.readable)
    }
}

/// The steps before the work, in the order of `conventions.md` §3: schema, credential, permission.
private final class Gate<Input: Sendable>: Sendable {
    private let access: Access
    private let parameters: Parameters<Input>
    private let placeholders: [String]

    init(_ access: Access, _ parameters: Parameters<Input>) {
        self.access = access
        self.parameters = parameters
        placeholders = access.permission.map { Array($0.placeholders) } ?? []
    }

    /// The parameters.
    func read(_ arrival: Arrival) throws(Interruption) -> Input {
        var faults = Faults(in: arrival.params)
        guard let input = parameters.decode(arrival.params, &faults), faults.isEmpty else {
            throw .problem(faults.problem)
        }
        return input
    }

    /// The parameters, and the workspace that an operator names among them.
    func readInWorkspace(_ arrival: Arrival) throws(Interruption) -> (Input, WorkspaceID?) {
        guard access.isInWorkspace, arrival.socket == .operator else { return (try read(arrival), nil) }
        var faults = Faults(in: arrival.params)
        let workspaceID = WorkspaceParameter.read(arrival.params, &faults)
        guard let input = parameters.decode(arrival.params, &faults), faults.isEmpty else {
            throw .problem(faults.problem)
        }
        return (input, workspaceID)
    }

    /// The call, once it is known who calls and whether they may, as far as that can be said without the database.
    func admit(_ arrival: Arrival, _ authenticate: Authenticate) throws(Interruption) -> Call {
        let caller = try authenticate(access)
        let call = Call(
            requestID: arrival.requestID,
            time: arrival.time,
            caller: caller,
            access: access,
            clientAddress: arrival.clientAddress?.string,
            keepsReply: arrival.keeping == .due
        )
        if case .before(let permission) = access { try check(permission, call, arrival.params) }
        return call
    }

    private func check(_ permission: Permission, _ call: Call, _ params: JSONView) throws(Interruption) {
        do throws(Problem) {
            try call.require(
                permission,
                Bindings(placeholders.map { name in (name, params.member(name)?.text?.string ?? "") })
            )
        } catch {
            throw .problem(error)
        }
    }
}

extension Call {
    /// The call in the workspace that its operator named; a root key's is known.
    func acting(in workspaceID: WorkspaceID?, _ transaction: ReadTransaction) throws(Problem) -> Call {
        guard let workspaceID else { return self }
        guard let row = try transaction.workspace(workspaceID) else {
            throw Problem(
                .workspaceNotFound,
                "No such workspace. Check the identifier, or look it up with workspaces.listWorkspaces."
            )
        }
        return acting(in: row.reference)
    }
}

/// The parameter that names the workspace on the operator socket; there it is a member of every procedure that acts in one.
enum WorkspaceParameter {
    static let field = Field.required(
        "workspaceId",
        .string(length: 3...255, matching: .identifier),
        "Workspace to act in, `ws_…`."
    )

    static func read(_ params: JSONView, _ faults: inout Faults) -> WorkspaceID? {
        faults.tolerated = field.member.name
        // What is no object at all is the other members' fault to report.
        guard params.kind == .object else { return nil }
        return field.read(params, &faults).map { WorkspaceID($0) }
    }
}
