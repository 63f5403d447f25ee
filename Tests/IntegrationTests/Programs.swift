import Foundation
import Testing

/// The built programs, from outside.
///
/// Every suite of this target lives in here, so that its end is the end of them all.
@Suite(.callsEveryProcedure) enum Programs {}

/// Fails the whole when a procedure of the registry was never called with success.
struct EveryProcedureIsCalled: SuiteTrait, TestScoping {
    let isRecursive = false

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        try await function()
        guard Self.isWhole else { return }
        #expect(Contract.uncalled.isEmpty, "a procedure has no test")
    }

    /// Whether nothing was filtered out, about which nothing can be said.
    private static var isWhole: Bool {
        let arguments = CommandLine.arguments
        return zip(arguments, arguments.dropFirst()).allSatisfy { name, value in
            !["--filter", "--skip"].contains(name) || value == "IntegrationTests"
        }
    }
}

extension Trait where Self == EveryProcedureIsCalled {
    static var callsEveryProcedure: EveryProcedureIsCalled { EveryProcedureIsCalled() }
}
