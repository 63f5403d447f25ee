import Foundation
import Testing

/// What tests of idempotency keys have in common.
protocol IdempotencyChecks {}

extension IdempotencyChecks {
    /// A key that nobody has used.
    func freshKey() -> String { UUID().uuidString }

    /// Calls `body` with a daemon's scene and a sample of each procedure that changes something.
    func withScene(_ body: (Scene, [SampledProcedure]) throws -> Void) throws {
        try withDaemon { daemon in
            let scene = try Scene(daemon)
            let writes = try Samples.procedures(in: scene).filter(\.isChanging)
            #expect(writes.count > 20)
            try body(scene, writes)
        }
    }

    /// Expects data, replayed or not.
    func expectSuccess(_ reply: Reply, isReplayed: Bool, _ procedure: SampledProcedure) {
        #expect(reply.data != nil, "\(procedure): \(reply.detail)")
        #expect(reply.isReplayed == isReplayed, "\(procedure)")
    }
}
