import JSONSyntax
import ProtocolWire
import Testing

@testable import Registry

/// A declaration that breaks nothing, to be varied in one place.
func sample<Input>(
    _ method: String = "things.getThing",
    _ contract: Contract = .get,
    summary: String = "Reads a thing.",
    sockets: Sockets = .api,
    access: Access = .before(.anyOf("api.*.read_api")),
    idempotency: Idempotency = .idempotent,
    changes: String = "",
    parameters: Parameters<Input> = Parameters(
        { (thing: String) in thing },
        .required("thing", .string(), "Which one.")
    ),
    errors: [ErrorKind] = [.apiNotFound, .apiAlreadyExists],
    examples: [Example] = [Example(data: "{}")],
    namingException: String? = nil,
    isWriting: Bool = false
) -> Procedure {
    Procedure(
        method,
        contract,
        summary: summary,
        sockets: sockets,
        access: access,
        idempotency: idempotency,
        changes: changes,
        parameters: parameters,
        reply: .empty,
        errors: errors.map { DeclaredError($0, "always") },
        examples: examples,
        namingException: namingException,
        lane: isWriting ? .write { _, _, _ in } : .read { _, _, _ in }
    )
}

@Suite struct TaxonomyTests {
    @Test("a declaration that keeps every rule is taken")
    func sound() throws {
        let registry = try Registry([
            sample(),
            sample("things.createThing", .create(onRepeat: .refused(.apiAlreadyExists)), changes: "1", isWriting: true),
        ])
        #expect(registry.procedures.map(\.method) == ["things.createThing", "things.getThing"])
    }

    @Test(
        "a method is service.verbThing, in ASCII letters and digits, each part beginning in lower case",
        arguments: [
            "getThing", "things.", ".getThing", "things.get.Thing", "Things.getThing", "things.GetThing",
            "things.getThíng", "thing s.getThing",
        ]
    )
    func spelling(method: String) {
        refused(sample(method, namingException: "none"), "is not of the form")
    }

    @Test("a name begins with its verb, or the declaration says why not")
    func naming() throws {
        for name in ["readThing", "getaway", "forgetThing"] {
            refused(sample("things.\(name)"), "does not begin with its verb")
        }
        refused(sample("keys.whoami", namingException: ""), "does not begin with its verb")
        _ = try Registry([sample("keys.whoami", namingException: "the vocabulary's own word")])
    }

    @Test("two procedures of one name are refused")
    func doubles() {
        #expect(throws: TaxonomyViolation.self) { try Registry([sample(), sample()]) }
    }

    @Test("a get or a list does not write and declares no change")
    func reading() {
        refused(sample(isWriting: true), "only reads by its verb")
        refused(sample(changes: "1 row"), "only reads by its verb")
        refused(sample("things.listThings", .list(.fixed), isWriting: true), "only reads by its verb")
    }

    @Test(
        "a verb that changes something runs in the write lane and says what it changes",
        arguments: [
            ("things.createThing", Contract.create(onRepeat: .refused(.apiAlreadyExists))),
            ("things.updateThing", .update),
            ("things.deleteThing", .delete(.soft, takesAlong: "nothing", onRepeat: .refused(.apiNotFound))),
            ("things.addThings", .add),
            ("things.removeThings", .remove), ("things.setThings", .set(["thing"], omitted: "goes")),
        ]
    )
    func changing(method: String, contract: Contract) throws {
        refused(sample(method, contract, changes: "1 row"), "changes something by its verb")
        refused(sample(method, contract, isWriting: true), "changes something by its verb")
        _ = try Registry([sample(method, contract, changes: "1 row", isWriting: true)])
    }

    @Test("a list that can grow takes limit and cursor and tells where it goes on; nothing else is paged")
    func paging() {
        refused(sample("things.listThings", .list(.growing(by: "things.createThing"))), "is a list that can grow")
    }

    @Test("update, delete, add, remove, set, get and list are idempotent")
    func idempotency() {
        let changing: [(String, Contract)] = [
            ("things.updateThing", .update),
            ("things.deleteThing", .delete(.hard, takesAlong: "it", onRepeat: .refused(.apiNotFound))),
            ("things.addThings", .add), ("things.removeThings", .remove),
            ("things.setThings", .set(["thing"], omitted: "goes")),
        ]
        for (method, contract) in changing {
            refused(
                sample(method, contract, idempotency: .conditional, changes: "1", isWriting: true),
                "is not idempotent"
            )
        }
        refused(sample(idempotency: .not), "is not idempotent")
    }

    @Test("a create can be made safe to repeat")
    func create() {
        let procedure = sample(
            "things.createThing",
            .create(onRepeat: .refused(.apiAlreadyExists)),
            idempotency: .not,
            changes: "1",
            isWriting: true
        )
        refused(procedure, "is a create that nothing makes safe")
    }

    @Test("what a verb obliges to say is said")
    func obligations() {
        let contracts: [(String, Contract)] = [
            ("things.createThing", .create(onRepeat: .another(""))),
            ("things.deleteThing", .delete(.soft, takesAlong: "", onRepeat: .refused(.apiNotFound))),
            ("things.deleteThing", .delete(.soft, takesAlong: "it", onRepeat: .another(""))),
            ("things.setThings", .set(["thing"], omitted: "")),
        ]
        for (method, contract) in contracts {
            refused(sample(method, contract, changes: "1", isWriting: true), "leaves out what its verb obliges")
        }
    }

    @Test("a repeat is refused with a declared error, and a set replaces by parameters that it takes")
    func facts() {
        let create = Contract.create(onRepeat: .refused(.apiAlreadyExists))
        refused(
            sample("things.createThing", create, changes: "1", errors: [.apiNotFound], isWriting: true),
            "refuses a repeat with an error"
        )
        let delete = Contract.delete(.soft, takesAlong: "it", onRepeat: .refused(.keyNotFound))
        refused(sample("things.deleteThing", delete, changes: "1", isWriting: true), "refuses a repeat with an error")
        let set = Contract.set(["thing", "colour"], omitted: "goes")
        refused(sample("things.setThings", set, changes: "1", isWriting: true), "replaces something by a parameter")
        refused(
            sample("things.setThings", .set([], omitted: "goes"), changes: "1", isWriting: true),
            "leaves out what its verb obliges"
        )
    }

    @Test("what only the operator may do is not on the API socket, and what root keys may do is")
    func sockets() {
        refused(sample(sockets: .api, access: .operator), "is for the operator alone")
        refused(sample(sockets: [.api, .operator], access: .operatorInWorkspace), "is for the operator alone")
        refused(sample(sockets: .operator), "is for the operator alone")
    }

    @Test("a placeholder of a permission that is checked first names a required parameter")
    func placeholders() throws {
        refused(sample(access: .before(.anyOf("api.{apiId}.read_api"))), "placeholder")
        _ = try Registry([sample(access: .before(.anyOf("api.{thing}.read_api")))])
    }

    @Test("an array of parameters has no place for a workspace or for a permission's parameter")
    func arrays() throws {
        let items = Parameters(
            arrayOf: 1...2,
            { (thing: String) in thing },
            .required("thing", .string(), "Which one.")
        )
        _ = try Registry([sample(parameters: items)])
        refused(sample(sockets: [.api, .operator], parameters: items), "takes an array")
        refused(sample(sockets: .operator, access: .operatorInWorkspace, parameters: items), "takes an array")
        refused(sample(access: .before(.anyOf("api.{thing}.read_api")), parameters: items), "takes an array")
    }

    @Test("a declaration has a summary of one sentence, an example, and a sentence on each member")
    func documentation() {
        refused(sample(summary: "No full stop"), "has no summary")
        refused(sample(examples: []), "shows no example")
        let parameters = Parameters({ (value: String) in value }, .required("thing", .string(), "No full stop"))
        refused(sample(parameters: parameters), "declares a member without a sentence")
    }

    private func refused(_ procedure: Procedure, _ rule: String, _ location: SourceLocation = #_sourceLocation) {
        do throws(TaxonomyViolation) {
            _ = try Registry([procedure])
            Issue.record("\(procedure.method) is taken", sourceLocation: location)
        } catch {
            #expect(error.rule.contains(rule), "\(error)", sourceLocation: location)
        }
    }
}
