import CLinux
import Glibc
public import Reactor

/// Keeps a second daemon away from a database: an exclusive flock(2) on a file beside it.
///
/// The kernel lets go of the lock when the process ends, however it ends, so a crash leaves nothing to clean up.
public struct LockFile: ~Copyable {
    private let descriptor: Int32
    /// The errno of a lock that another process has.
    static let isTaken = EWOULDBLOCK

    /// Takes the lock of a database.
    ///
    /// - Throws: ``SystemError``; with `EWOULDBLOCK` another daemon has it.
    public init(forDatabase path: String) throws(SystemError) {
        let lockPath = path + ".lock"
        let descriptor = try system("open", on: lockPath) { open(lockPath, O_CREAT | O_RDWR | O_CLOEXEC, 0o600) }
        do throws(SystemError) {
            try system("flock", on: lockPath) {
                flock(descriptor, Int32(latchkey_lock_exclusive | latchkey_lock_nonblocking))
            }
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }
}
