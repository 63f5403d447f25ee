import CLinux
import Glibc
import Reactor

/// A bare epoll(7) set, level-triggered, for the echo server and the load generator alike.
struct EpollSet: ~Copyable {
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

    func add(_ watched: Int32, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, watched, token, EPOLLIN.rawValue)
    }

    /// Watches for room to write, besides bytes to read.
    func change(_ watched: Int32, token: UInt64, wantsRoom: Bool) throws(SystemError) {
        try control(EPOLL_CTL_MOD, watched, token, EPOLLIN.rawValue | (wantsRoom ? EPOLLOUT.rawValue : 0))
    }

    /// How many descriptors are ready; 0 when the time is up or a signal came.
    ///
    /// A time of 0 looks only, -1 waits without end.
    @inline(__always)
    func wait(milliseconds: Int32) throws(SystemError) -> Int {
        let count = epoll_wait(descriptor, events.baseAddress, Int32(events.count), milliseconds)
        if count >= 0 { return Int(count) }
        if errno == EINTR { return 0 }
        throw .current("epoll_wait")
    }

    @inline(__always)
    func token(_ index: Int) -> UInt64 { events[index].data.u64 }

    @inline(__always)
    func hasRoom(_ index: Int) -> Bool { events[index].events & EPOLLOUT.rawValue != 0 }

    /// Also true where the peer is gone: reading tells it.
    @inline(__always)
    func hasBytes(_ index: Int) -> Bool { events[index].events & ~EPOLLOUT.rawValue != 0 }

    private func control(_ operation: Int32, _ watched: Int32, _ token: UInt64, _ bits: UInt32) throws(SystemError) {
        var event = epoll_event()
        event.events = bits
        event.data.u64 = token
        try system("epoll_ctl") { epoll_ctl(descriptor, operation, watched, &event) }
    }
}
