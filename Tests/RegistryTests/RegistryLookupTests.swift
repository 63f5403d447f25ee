import JSONSyntax
import Testing

@testable import Registry

@Suite struct RegistryLookupTests {
    @Test("every method is found by its bytes, however it is spelt in JSON, and nothing else is")
    func lookup() throws {
        let methods = (0..<200).map { "things.getThing\($0)" }
        let registry = try Registry(methods.map { sample($0) })
        for method in methods {
            #expect(try find("\"\(method)\"", in: registry)?.method == method)
            #expect(try find("\"\\u0074\(method.dropFirst())\"", in: registry)?.method == method)
        }
        for other in [
            "", "things.getThing", "things.getThing200", "THINGS.getThing1", "things.getThing1 ",
            "things.getThing1\\u0000",
        ] {
            #expect(try find("\"\(other)\"", in: registry) == nil)
        }
    }

    @Test("a procedure is there on its own sockets only")
    func sockets() throws {
        let registry = try Registry([
            sample("things.getOne", sockets: .operator, access: .operator), sample("things.getTwo"),
            sample("things.getBoth", sockets: [.api, .operator]),
        ])
        #expect(try find("\"things.getOne\"", in: registry, on: .api) == nil)
        #expect(try find("\"things.getOne\"", in: registry, on: .operator) != nil)
        #expect(try find("\"things.getTwo\"", in: registry, on: .operator) == nil)
        #expect(try find("\"things.getBoth\"", in: registry, on: .api) != nil)
        #expect(try find("\"things.getBoth\"", in: registry, on: .operator) != nil)
    }

    private func find(_ json: String, in registry: Registry, on socket: Sockets = .api) throws -> Procedure? {
        try parsed(json) { view in view.text.flatMap { registry.procedure($0, on: socket) } }
    }
}

/// Parses a text and lends its root.
func parsed<Result>(_ json: String, _ body: (JSONView) throws -> Result) throws -> Result {
    let document = JSONDocument()
    return try Array(json.utf8).withUnsafeBytes { bytes in
        try document.parse(bytes)
        return try body(document.root)
    }
}
