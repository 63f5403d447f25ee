import CLinux
import Glibc

/// A thread of the operating system with a name, joined by the one who started it.
///
/// What the body makes is confined to the thread by construction: it is made inside, and never leaves.
public final class WorkerThread: Sendable {
    private let handle: pthread_t

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: At most 15 bytes, as the kernel keeps it; shown by `top -H` and the like.
    ///   - niceness: How far it stands back behind others for a core, 0 to 19 (setpriority(2), which on Linux means one thread).
    ///   - body: What the thread does; it ends when this returns.
    /// - Throws: ``SystemError`` when the system grants no thread.
    public init(name: String, niceness: Int32 = 0, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let start = Start {
            // Refused by nothing but a bad argument: everybody may stand back.
            if niceness > 0 { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) }
            body()
        }
        var handle = pthread_t()
        let status = pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            },
            Unmanaged.passRetained(start).toOpaque()
        )
        guard status == 0 else {
            Unmanaged.passUnretained(start).release()
            throw SystemError("pthread_create", on: name, code: status)
        }
        latchkey_set_thread_name(handle, String(name.prefix(15)))
        self.handle = handle
    }

    /// Waits until the thread has ended.
    ///
    /// To be called once.
    public func join() {
        pthread_join(handle, nil)
    }

    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
