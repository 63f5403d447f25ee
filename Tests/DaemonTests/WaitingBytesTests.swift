import Testing

@testable import Daemon

@Suite struct WaitingBytesTests {
    @Test("calls wait up to the bound and not a byte past it, and what one gives back another may take")
    func bound() {
        var waiting = WaitingBytes(bytesMax: 100)
        waiting.take(60)
        #expect(waiting.hasRoom(for: 40))
        #expect(!waiting.hasRoom(for: 41))
        waiting.take(40)
        #expect(!waiting.hasRoom(for: 1))
        waiting.giveBack(60)
        #expect(waiting.bytes == 40)
        #expect(waiting.hasRoom(for: 60))
        #expect(!waiting.hasRoom(for: 61))
    }

    @Test("a call that is alone has room whatever its size, and nothing has beside it")
    func alone() {
        var waiting = WaitingBytes(bytesMax: 100)
        #expect(waiting.hasRoom(for: 1_000))
        waiting.take(1_000)
        #expect(!waiting.hasRoom(for: 1))
        waiting.giveBack(1_000)
        #expect(waiting.bytes == 0)
        #expect(waiting.hasRoom(for: 1_000))
    }
}
