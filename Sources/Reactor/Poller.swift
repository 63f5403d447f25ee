import CLinux
import Glibc

/// What a descriptor is watched for.
struct Interest: OptionSet {
    let rawValue: UInt8
    static let read = Interest(rawValue: 1)
    static let write = Interest(rawValue: 2)
}

/// Waits for descriptors to become ready: epoll(7), level-triggered.
///
/// The one file that knows the system's readiness call; another system's poller is one more file with this interface.
/// Each descriptor carries a token of 64 bits, which comes back with its events. The reactor puts a slot and a generation
/// there, never the bare descriptor, so that an event of a closed connection cannot reach the one that got its number since.
struct Poller: ~Copyable {
    /// A descriptor that is ready.
    struct Event {
        let token: UInt64
        let isReadable: Bool
        let isWritable: Bool
        /// Both directions are over, or the socket failed.
        ///
        /// Bytes may still wait to be read.
        let isHungUp: Bool
    }

    private let descriptor: Int32
    private let events: UnsafeMutableBufferPointer<epoll_event>

    init(eventsMax: Int = 512) throws(SystemError) {
        descriptor = try system("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) }
        events = .allocate(capacity: eventsMax)
    }

    deinit {
        close(descriptor)
        events.deallocate()
    }

    func add(_ watched: Int32, token: UInt64, interest: Interest) throws(SystemError) {
        try control(EPOLL_CTL_ADD, watched, token, interest)
    }

    func change(_ watched: Int32, token: UInt64, interest: Interest) throws(SystemError) {
        try control(EPOLL_CTL_MOD, watched, token, interest)
    }

    func remove(_ watched: Int32) {
        // A descriptor that is not there any more is as good as removed.
        _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, watched, nil)
    }

    /// Waits until something is ready.
    ///
    /// - Parameter milliseconds: The longest wait; 0 looks only, -1 waits without end.
    /// - Returns: How many events there are, to be read with ``event(_:)``; 0 after the wait or a signal.
    func wait(upTo milliseconds: Int32) throws(SystemError) -> Int {
        let count = epoll_wait(descriptor, events.baseAddress, Int32(events.count), milliseconds)
        if count >= 0 { return Int(count) }
        if errno == EINTR { return 0 }
        throw .current("epoll_wait")
    }

    func event(_ index: Int) -> Event {
        let event = events[index]
        return Event(
            token: event.data.u64,
            isReadable: event.events & EPOLLIN.rawValue != 0,
            isWritable: event.events & EPOLLOUT.rawValue != 0,
            isHungUp: event.events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        )
    }

    private func control(
        _ operation: Int32,
        _ watched: Int32,
        _ token: UInt64,
        _ interest: Interest
    ) throws(SystemError) {
        var event = epoll_event()
        if interest.contains(.read) { event.events |= EPOLLIN.rawValue }
        if interest.contains(.write) { event.events |= EPOLLOUT.rawValue }
        event.data.u64 = token
        try system("epoll_ctl") { epoll_ctl(descriptor, operation, watched, &event) }
    }
}
