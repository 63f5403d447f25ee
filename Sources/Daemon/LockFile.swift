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
    /// The errno of a database that has more than one name.
    static let hasManyNames = EMLINK

    /// Takes the lock of a database.
    ///
    /// - Throws: ``SystemError``; with `EWOULDBLOCK` another daemon has it, with `EMLINK` the file has several names (hard
    ///   links). Each name has a lock and a write-ahead log of its own: two daemons could write the one file, and the changes in
    ///   a log that a crash left under one name would be missing under the other, so a lock by inode would not be enough
    ///   (https://www.sqlite.org/howtocorrupt.html, "Multiple links to the same file").
    public init(forDatabase path: String) throws(SystemError) {
        let lockPath = path + ".lock"
        let descriptor = try system("open", on: lockPath) { open(lockPath, O_CREAT | O_RDWR | O_CLOEXEC, 0o600) }
        do throws(SystemError) {
            try system("flock", on: lockPath) {
                flock(descriptor, Int32(latchkey_lock_exclusive | latchkey_lock_nonblocking))
            }
            try Self.checkNames(ofDatabase: path)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    private static func checkNames(ofDatabase path: String) throws(SystemError) {
        var status = stat()
        // One that is not there yet is made under this name.
        guard stat(path, &status) == 0, status.st_nlink > 1 else { return }
        throw SystemError("stat", on: path, code: hasManyNames)
    }

    deinit {
        close(descriptor)
    }
}
