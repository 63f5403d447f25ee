import CLinux
import Glibc

/// Wakes a thread that waits in a system call: an eventfd(2) in semaphore mode.
///
/// Any thread may ring; each ring is taken by one wait, or by one look of a poller.
public final class Bell: Sendable {
    /// The descriptor, readable while a ring is not yet taken.
    public let descriptor: Int32

    /// A silent bell.
    ///
    /// - Parameter isPolled: True when a reactor watches the descriptor; then ``take()`` never waits.
    /// - Throws: ``SystemError`` when the process has no descriptor left.
    public init(isPolled: Bool) throws(SystemError) {
        let mode = Int32(EFD_CLOEXEC | EFD_SEMAPHORE) | (isPolled ? Int32(EFD_NONBLOCK) : 0)
        descriptor = try system("eventfd") { eventfd(0, mode) }
    }

    deinit {
        close(descriptor)
    }

    /// Rings once.
    public func ring() {
        while eventfd_write(descriptor, 1) == -1, errno == EINTR {}
    }

    /// Takes one ring, waiting for it unless the bell is polled.
    public func take() {
        var value: eventfd_t = 0
        while eventfd_read(descriptor, &value) == -1, errno == EINTR {}
    }
}
