import Domain
import ProtocolWire
import Registry
import Testing

@testable import Daemon
@testable import Reactor

@Suite struct PendingPrerequisitesTests {
    @Test("calls that need the same change wait for one, others for their own")
    func sharing() {
        var pending = PendingPrerequisites()
        let beginnings = [
            pending.suspend(call(1), for: subject("a")), pending.suspend(call(2), for: subject("a")),
            pending.suspend(call(3), for: subject("b")), pending.suspend(call(4), for: subject("a", in: 2)),
        ]
        #expect(beginnings == [true, false, true, true])
        #expect(pending.waitingCount == 4)
        let first = pending.finish(subject("a"))
        #expect(first.map(\.frame) == [[1], [2]])
        #expect(pending.waitingCount == 2)
        let again = pending.finish(subject("a"))
        #expect(again.isEmpty)
        let isNew = pending.suspend(call(5), for: subject("a"))
        #expect(isNew, "what is over has to be begun again")
    }

    @Test("names are compared byte by byte")
    func bytes() {
        var pending = PendingPrerequisites()
        let beginnings = [
            pending.suspend(call(1), for: subject("é")), pending.suspend(call(2), for: subject("e\u{301}")),
        ]
        #expect(beginnings == [true, true])
    }

    private func subject(_ name: String, in workspace: Int64 = 1) -> Prerequisite.Subject {
        .namespaces([ByteText(name)], in: RowNumber(workspace))
    }

    private func call(_ number: UInt8) -> SuspendedCall {
        var random = SystemRandomNumberGenerator()
        return SuspendedCall(
            connection: ConnectionID(slot: UInt32(number), generation: 0),
            frame: [number],
            isOrdered: true,
            deadline: MonotonicTime(nanoseconds: 1_000),
            requestID: RequestID(using: &random)
        )
    }
}
