import Glibc
import Synchronization
import Testing

@testable import Reactor

@Suite struct MailboxTests {
    @Test("a mailbox takes its capacity and not one more; taking makes room")
    func bound() throws {
        let mailbox = try Mailbox<Int>(capacity: 2, isPolled: true)
        #expect(mailbox.post(1))
        #expect(mailbox.post(2))
        #expect(!mailbox.post(3))
        #expect(mailbox.takeAll() == [1, 2])
        #expect(mailbox.post(4))
        #expect(mailbox.takeAll() == [4])
        #expect(mailbox.takeAll() == [])
    }

    @Test("of several items the first ones are taken, as many as there is room for")
    func several() throws {
        let mailbox = try Mailbox<Int>(capacity: 3, isPolled: false)
        #expect(mailbox.post(contentsOf: []) == 0)
        #expect(mailbox.post(contentsOf: [1, 2]) == 2)
        #expect(mailbox.post(contentsOf: [3, 4]) == 1)
        #expect(mailbox.post(contentsOf: [5]) == 0)
        #expect(mailbox.waitForOne() == 1)
        #expect(mailbox.post(5))
        #expect(mailbox.waitForAll() == [2, 3, 5])
    }

    @Test("a closed mailbox refuses posts, gives what it holds, then nil")
    func close() throws {
        let mailbox = try Mailbox<Int>(capacity: 3, isPolled: false)
        #expect(mailbox.post(contentsOf: [1, 2, 3]) == 3)
        mailbox.close()
        #expect(!mailbox.post(4))
        #expect(mailbox.post(contentsOf: [4]) == 0)
        #expect(mailbox.waitForOne() == 1)
        #expect(mailbox.waitForAll() == [2, 3])
        #expect(mailbox.waitForOne() == nil)
        #expect(mailbox.waitForAll() == nil)
    }

    @Test("items taken one at a time come in order, however far the queue has moved on")
    func order() throws {
        let mailbox = try Mailbox<Int>(capacity: 5_000, isPolled: false)
        var next = 0
        var expected = 0
        for round in 0..<40 {
            for _ in 0..<(round.isMultiple(of: 3) ? 300 : 100) where mailbox.post(next) { next += 1 }
            for _ in 0..<(round.isMultiple(of: 2) ? 120 : 110) where expected < next {
                #expect(mailbox.waitForOne() == expected)
                expected += 1
            }
        }
        #expect(mailbox.waitForAll().map { expected + $0.count } == next)
    }

    @Test("a descriptor is readable exactly when something was posted since the last look")
    func readable() throws {
        let mailbox = try Mailbox<Int>(capacity: 10, isPolled: true)
        func isReadable() -> Bool {
            var poll = pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0)
            return Glibc.poll(&poll, 1, 0) == 1
        }
        #expect(!isReadable())
        for number in 0..<5 { #expect(mailbox.post(number)) }
        #expect(isReadable())
        #expect(mailbox.takeAll().count == 5)
        #expect(!isReadable(), "five posts ring once")
        mailbox.close()
        #expect(isReadable(), "the end is told as well")
    }

    @Test("no wake-up is lost and no item either, with many posters and many receivers")
    func stress() throws {
        let mailbox = try Mailbox<Int>(capacity: 64, isPolled: false)
        let sum = Atomic<Int>(0)
        let count = Atomic<Int>(0)
        let refusals = Atomic<Int>(0)
        try withThreads(4) { index in
            func take(_ items: [Int]) {
                sum.add(items.reduce(0, +), ordering: .relaxed)
                count.add(items.count, ordering: .relaxed)
            }
            if index.isMultiple(of: 2) {
                while let item = mailbox.waitForOne() { take([item]) }
            } else {
                while let items = mailbox.waitForAll() { take(items) }
            }
        } while: {
            try withThreads(4) { index in
                for number in 1...5_000 {
                    if index == 0 {
                        while mailbox.post(contentsOf: [number]) == 0 {
                            refusals.add(1, ordering: .relaxed)
                            sched_yield()
                        }
                    } else {
                        while !mailbox.post(number) {
                            refusals.add(1, ordering: .relaxed)
                            sched_yield()
                        }
                    }
                }
            }
            mailbox.close()
        }
        #expect(count.load(ordering: .relaxed) == 20_000)
        #expect(sum.load(ordering: .relaxed) == 4 * 5_000 * 5_001 / 2)
    }

    @Test("items posted together wake as many receivers as can work on them at once")
    func together() throws {
        let mailbox = try Mailbox<Int>(capacity: 10, isPolled: false)
        let ready = try Mailbox<Int>(capacity: 10, isPolled: false)
        let go = try Mailbox<Int>(capacity: 10, isPolled: false)
        try withThreads(3) { _ in
            guard let item = mailbox.waitForOne() else { return }
            // Each works until all three have begun: a receiver left asleep would leave the others waiting.
            _ = ready.post(item)
            _ = go.waitForOne()
        } while: {
            // Whether the receivers sleep already or not, all three must come.
            #expect(mailbox.post(contentsOf: [1, 2, 3]) == 3)
            var begun = 0
            while begun < 3, let items = ready.waitForAll() { begun += items.count }
            #expect(begun == 3)
            #expect(go.post(contentsOf: [1, 2, 3]) == 3)
        }
    }

    @Test("closing wakes every receiver")
    func closeWakesAll() throws {
        let mailbox = try Mailbox<Int>(capacity: 1, isPolled: false)
        let ended = Atomic<Int>(0)
        try withThreads(5) { _ in
            #expect(mailbox.waitForOne() == nil)
            ended.add(1, ordering: .relaxed)
        } while: {
            mailbox.close()
        }
        #expect(ended.load(ordering: .relaxed) == 5)
    }
}

/// Runs `body` on so many threads and `meanwhile` here, then joins them.
private func withThreads(
    _ count: Int,
    _ body: @escaping @Sendable (Int) -> Void,
    while meanwhile: () throws -> Void = {}
) throws {
    if count > 1 {
        try withThreads(count - 1, body) {
            let thread = try WorkerThread(name: "test") { body(count - 1) }
            try meanwhile()
            thread.join()
        }
    } else {
        let thread = try WorkerThread(name: "test") { body(0) }
        try meanwhile()
        thread.join()
    }
}
