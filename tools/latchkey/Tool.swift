import JSONSyntax
import LatchkeyClient
import Program
import ProtocolWire

/// `latchkey`: calls any procedure of a daemon, and explains what it learns from the daemon's own registry.
struct Tool {
    let environment: [String: String]
    let output: Output

    init(environment: [String: String], output: Output? = nil) {
        self.environment = environment
        self.output = output ?? Output(environment: environment)
    }

    /// What the exit statuses say.
    enum Status {
        static let success: Int32 = 0
        /// The daemon refused.
        static let refused: Int32 = 1
        /// The command line makes no sense.
        static let usage: Int32 = 2
        /// There is no daemon to ask, or it went away.
        static let unreachable: Int32 = 3
        /// The result could not be written.
        static let unwritten: Int32 = 4
    }

    /// Does what a command line says.
    ///
    /// - Parameter words: Without the program's name.
    /// - Returns: The exit status.
    func run(_ words: [String]) async -> Int32 {
        do throws(ToolFailure) {
            let invocation = try Invocation(words, environment: environment)
            try await carryOut(invocation)
            return Status.success
        } catch {
            return output.tell(error)
        }
    }

    private func carryOut(_ invocation: Invocation) async throws(ToolFailure) {
        switch invocation.command {
        case .usage: try output.print(Usage.text)
        case .version: try output.print("latchkey \(Version.text)")
        case .completion(let shell): try output.print(shell.script)
        case .complete(let words): try await complete(words, invocation)
        case .help(let topic): try await help(topic, invocation)
        case .call(let method, let arguments): try await call(method, arguments, invocation)
        }
    }

    private func call(_ method: String, _ arguments: [String], _ invocation: Invocation) async throws(ToolFailure) {
        let params = try Arguments.params(arguments)
        let result: Result<(printed: JSONValue, reply: Reply?), LatchkeyError>
        do throws(LatchkeyError) {
            result = .success(try await ask(method, params, invocation))
        } catch {
            result = .failure(error)
        }
        switch result {
        case .failure(let error): throw await failure(error, method, arguments, invocation)
        case .success((let printed, let reply)):
            try output.printValue(printed)
            if let reply, !invocation.showsEnvelope { note(reply) }
        }
    }

    /// What is to be printed, and the one reply that it comes from.
    private func ask(
        _ method: String,
        _ params: JSONValue,
        _ invocation: Invocation
    ) async throws(LatchkeyError) -> (printed: JSONValue, reply: Reply?) {
        let client = invocation.connection.client
        if invocation.followsPages { return (try await allItems(client, method, params), nil) }
        let reply = try await client.call(method, params, idempotencyKey: invocation.idempotencyKey)
        return (invocation.showsEnvelope ? reply.envelope : reply.data, reply)
    }

    private func note(_ reply: Reply) {
        if reply.isReplayed {
            output.note("This is the reply to an earlier call with this idempotency key. Nothing was done now.")
        }
        if let cursor = reply.pagination?.cursor {
            output.note("There are more. Go on with cursor=\(cursor), or list everything with --all.")
        }
    }

    /// The items of all pages; the reply itself where it is no list.
    private func allItems(
        _ client: LatchkeyClient,
        _ method: String,
        _ params: JSONValue
    ) async throws(LatchkeyError) -> JSONValue {
        var items: [JSONValue] = []
        var pages = client.pages(method, params).makeAsyncIterator()
        while let page = try await pages.next() {
            guard let more = page.data.array else { return page.data }
            items += more
        }
        return .array(items)
    }

    /// What went wrong, with what the tool knows besides: names like one that does not exist, and how a pair is written.
    private func failure(
        _ error: LatchkeyError,
        _ method: String,
        _ arguments: [String],
        _ invocation: Invocation
    ) async -> ToolFailure {
        guard case .refused(let refusal) = error else { return .call(error, invocation.connection) }
        guard refusal.code == "procedure_not_found" else {
            return .refused(refusal, hint: Hint.spelling(arguments, refusal.faults))
        }
        // Without the list there is no name to offer, and the refusal is still told.
        let similar = (try? await procedures(invocation))?.namesLike(method) ?? []
        return .refused(refusal, hint: Hint.instead(similar, isOperator: invocation.connection.isOperator))
    }

    private func procedures(_ invocation: Invocation) async throws(ToolFailure) -> Procedures {
        do throws(LatchkeyError) {
            return Procedures(try await invocation.connection.client.call("system.listProcedures").data)
        } catch {
            throw .call(error, invocation.connection)
        }
    }

    private func help(_ topic: String?, _ invocation: Invocation) async throws(ToolFailure) {
        let procedures: Procedures
        do throws(ToolFailure) {
            procedures = try await self.procedures(invocation)
        } catch {
            // Half of the help needs no daemon; the rest says why it is missing.
            if topic == nil { try output.print(Usage.text) }
            throw error
        }
        guard let topic else { return try output.print(Usage.text + "\n\nProcedures:\n\n" + procedures.overview) }
        let isOperator = invocation.connection.isOperator
        if let procedure = procedures.procedure(topic) {
            return try output.print(ProcedureHelp.text(procedure, isOperator: isOperator))
        }
        if let overview = procedures.overview(ofService: topic) { return try output.print(overview) }
        let hint = Hint.instead(procedures.namesLike(topic), isOperator: isOperator)
        throw .usage("There is no procedure and no service '\(topic.prefix(64))' on this socket. \(hint)")
    }

    /// Prints what may stand where the shell's cursor is; a daemon that is not there is no reason to disturb the line.
    private func complete(_ words: [String], _ invocation: Invocation) async throws(ToolFailure) {
        let procedures = try? await procedures(invocation)
        for candidate in Completion.candidates(words, procedures ?? Procedures([])) { try output.print(candidate) }
    }
}

/// Why a command line came to nothing.
enum ToolFailure: Error {
    /// The command line is wrong.
    case usage(String)
    /// The call was made, and failed.
    case call(LatchkeyError, ConnectionChoice)
    /// The daemon refused, and the tool knows something besides.
    case refused(Refusal, hint: String?)
    /// The result could not be written to standard output.
    case unwritten(reason: String)
}
