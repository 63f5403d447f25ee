import Glibc
import Synchronization
import Testing

@testable import Reactor

@Suite struct SourcesTests {
    @Test("posts of another thread reach the reactor, all and in order")
    func mailbox() throws {
        let fixture = try LineFixture()
        let mailbox = try Mailbox<Int>(capacity: 10_000, isPolled: true)
        var received: [Int] = []
        try fixture.reactor.receive(from: mailbox) { received += $0 }
        let thread = try WorkerThread(name: "poster") {
            for number in 0..<10_000 where !mailbox.post(number) { return }
        }
        #expect(try fixture.reactor.turn { received.count == 10_000 })
        thread.join()
        #expect(received == Array(0..<10_000))
    }

    @Test("a signal becomes a call on the reactor's thread, and run() ends after stop()")
    func signals() throws {
        let received = Mutex<[Int32]>([])
        // A thread of its own, because the signals stay blocked in it.
        let thread = try WorkerThread(name: "signals") {
            do {
                let fixture = try LineFixture()
                let reactor = fixture.reactor
                try reactor.receiveSignals([SIGUSR1, SIGUSR2]) { [unowned reactor] number in
                    received.withLock { $0.append(number) }
                    if number == SIGUSR2 { reactor.stop() }
                }
                pthread_kill(pthread_self(), SIGUSR1)
                reactor.schedule(afterMilliseconds: 1) { pthread_kill(pthread_self(), SIGUSR2) }
                try reactor.run()
            } catch {
                Issue.record(error)
            }
        }
        thread.join()
        #expect(received.withLock { $0 } == [SIGUSR1, SIGUSR2])
        #expect(!openDescriptors().contains("anon_inode:[signalfd]"), "a released reactor keeps no signalfd")
    }
}

@Suite struct WorkerThreadTests {
    @Test("a thread runs its body, and join waits for it")
    func join() throws {
        let total = Atomic<Int>(0)
        for number in 1...50 {
            let thread = try WorkerThread(name: "a name of more than fifteen bytes") {
                total.add(number, ordering: .relaxed)
            }
            thread.join()
        }
        #expect(total.load(ordering: .relaxed) == 1_275)
    }
}

@Suite struct SystemErrorTests {
    @Test("a failed call is named, with what it was called on and the system's words")
    func description() {
        #expect(SystemError("bind", on: "/a", code: ENOENT).description == "bind /a: No such file or directory")
        #expect(SystemError("bind", code: EACCES).description == "bind: Permission denied")
    }

    @Test("a call that a signal interrupts is repeated, another failure is thrown")
    func interrupted() throws {
        var calls = 0
        let result = try system("read") {
            calls += 1
            errno = EINTR
            return calls < 3 ? -1 : 7
        }
        #expect(result == 7)
        #expect(calls == 3)
        #expect(throws: SystemError("read", on: "x", code: EBADF)) {
            try system("read", on: "x") {
                errno = EBADF
                return -1
            }
        }
    }
}
