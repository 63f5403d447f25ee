import CLinux
import Glibc

/// A descriptor that is watched for something other than a connection's bytes.
struct Source {
    let isReady: () -> Void
    /// Closed with the reactor; `nil` where it belongs to somebody else.
    let ownedDescriptor: Int32?
}

extension Reactor {
    /// Calls `isReady` in each turn in which the descriptor is readable.
    ///
    /// - Throws: ``SystemError`` when the poller takes no more descriptors.
    public func watch(_ descriptor: Int32, isReady: @escaping () -> Void) throws(SystemError) {
        try watch(descriptor, isOwned: false, isReady)
    }

    private func watch(_ descriptor: Int32, isOwned: Bool, _ isReady: @escaping () -> Void) throws(SystemError) {
        do throws(SystemError) {
            try poller.add(descriptor, token: Token.source(sources.count).bits, interest: .read)
        } catch {
            if isOwned { Glibc.close(descriptor) }
            throw error
        }
        sources.append(Source(isReady: isReady, ownedDescriptor: isOwned ? descriptor : nil))
    }

    /// Receives everything that is posted to a mailbox, on this thread.
    ///
    /// - Parameters:
    ///   - mailbox: Made with `isPolled: true`.
    ///   - receive: Called with at least one item, in the order of the posts.
    /// - Throws: ``SystemError`` when the poller takes no more descriptors.
    public func receive<Item>(
        from mailbox: Mailbox<Item>,
        _ receive: @escaping ([Item]) -> Void
    ) throws(SystemError) {
        try watch(mailbox.descriptor) {
            let items = mailbox.takeAll()
            if !items.isEmpty { receive(items) }
        }
    }

    /// Turns signals into calls on this thread: signalfd(2).
    ///
    /// The signals are blocked in the calling thread, and so in every thread it starts from now on: call this before starting any.
    ///
    /// - Throws: ``SystemError``.
    public func receiveSignals(_ numbers: [Int32], _ receive: @escaping (Int32) -> Void) throws(SystemError) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let flags = Int32(SFD_NONBLOCK | SFD_CLOEXEC)
        let descriptor = try system("signalfd") { signalfd(-1, &set, flags) }
        try watch(descriptor, isOwned: true) {
            var info = signalfd_siginfo()
            let size = MemoryLayout<signalfd_siginfo>.size
            while read(descriptor, &info, size) == size { receive(Int32(info.ssi_signo)) }
        }
    }
}
