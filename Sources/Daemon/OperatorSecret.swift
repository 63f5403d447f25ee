import Cryptography
import Glibc
import Reactor

/// What stands in for a root key where the operator's replies are sealed: random bytes in a file beside the database.
///
/// The operator shows no secret. Sealed under the idempotency key alone, which may be easy to guess, the reply with a new root key
/// could be opened by whoever has a copy of the database. Backups and replicas do not have this file: where it is missing a new one
/// is made, and what was sealed with the old one cannot be replayed any more.
enum OperatorSecret {
    static let byteCount = 32

    /// The secret of a database, made where there is none; the caller holds the database's lock.
    static func load(forDatabase database: String) throws(DaemonError) -> [UInt8] {
        let path = database + ".operator-secret"
        let file: File
        do throws(SystemError) {
            guard let found = try read(path) else { return try make(path) }
            file = found
        } catch {
            throw .system(error)
        }
        guard file.bytes.count == byteCount else {
            throw DaemonError(
                "\(path) does not hold \(byteCount) bytes. Remove it to have a new one made; the operator's replies of the last 24 hours are not replayed then."
            )
        }
        guard !file.isOpenToOthers else {
            throw DaemonError("\(path) can be read by others. Run: chmod 600 \(path)")
        }
        return file.bytes
    }

    /// One file's bytes and mode, whatever its path leads to by the time they are judged.
    private struct File {
        /// The first ones, enough to tell the length.
        let bytes: [UInt8]
        let isOpenToOthers: Bool
    }

    /// The file; `nil` where there is none.
    private static func read(_ path: String) throws(SystemError) -> File? {
        let descriptor: Int32
        do throws(SystemError) {
            descriptor = try system("open", on: path) { open(path, O_RDONLY | O_CLOEXEC) }
        } catch {
            if error.code == ENOENT { return nil }
            throw error
        }
        defer { close(descriptor) }
        var status = stat()
        try system("fstat", on: path) { fstat(descriptor, &status) }
        var bytes = [UInt8](repeating: 0, count: byteCount + 1)
        let count = try system("read", on: path) { Int32(Glibc.read(descriptor, &bytes, bytes.count)) }
        return File(bytes: Array(bytes.prefix(Int(count))), isOpenToOthers: status.st_mode & 0o077 != 0)
    }

    /// Under another name first, so that a crash leaves a whole file or none.
    private static func make(_ path: String) throws(SystemError) -> [UInt8] {
        var random = RandomPool()
        let bytes = random.bytes(byteCount)
        let unfinished = path + ".new"
        // What a crash has left there, or somebody else has put there, has a mode and an owner of its own.
        unlink(unfinished)
        let descriptor = try system("open", on: unfinished) {
            open(unfinished, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        }
        defer { close(descriptor) }
        let count = try system("write", on: unfinished) { Int32(Glibc.write(descriptor, bytes, bytes.count)) }
        // So few bytes are written at once, or there is no room for them.
        guard count == byteCount else { throw SystemError("write", on: unfinished, code: ENOSPC) }
        try system("fsync", on: unfinished) { fsync(descriptor) }
        try system("rename", on: path) { rename(unfinished, path) }
        try synchronizeFolder(of: path)
        return bytes
    }

    private static func synchronizeFolder(of path: String) throws(SystemError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = try system("open", on: folder) { open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        defer { close(descriptor) }
        try system("fsync", on: folder) { fsync(descriptor) }
    }
}
