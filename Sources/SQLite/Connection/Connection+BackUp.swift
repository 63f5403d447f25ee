internal import CSQLite
internal import Glibc

/// How far a backup has come.
public struct BackUpProgress: Sendable, Equatable {
    /// Number of pages not yet copied.
    public let remainingPages: Int
    /// Number of pages of the database.
    public let totalPages: Int
}

extension Connection {
    /// Copies the database, as it is at this moment, into another file, while other connections go on writing.
    ///
    /// The copy is made beside its destination under a name of its own (`….partial-` and a number), synced, and then renamed:
    /// at `path` is the old file, or none, or the whole new one. Only its owner may read it.
    ///
    /// One read transaction spans the copy, so writers cannot make it start over; with a write-ahead log they do not wait for
    /// it either, but the log grows until it is done. The connection is occupied meanwhile: use one of its own.
    ///
    /// The copy is one file and stays one: without a write-ahead log, reading it makes no others beside it, and it can be read
    /// where nothing can be written.
    ///
    /// It takes the place of an earlier one only when it is sound: pages are copied as they are, so a database that is damaged
    /// would otherwise replace its last good copy. The check reads every row and finds it in every index, which PRAGMA
    /// quick_check would leave out; for a million keys it takes seconds, in which no writer waits and no log grows.
    ///
    /// - Parameters:
    ///   - path: The destination; a backup there is replaced.
    ///   - pagesPerStep: How many pages to copy between two questions, over 0.
    ///   - shouldStop: Asked after each step; true abandons the copy with `.interrupt`.
    /// - Throws: `.cantOpen` when the destination cannot be made, is the source, or has a journal beside it, that is, belongs
    ///   to a running or crashed program; `.corrupt` when the database, or what became of it in the copy, is damaged;
    ///   `.ioError` or `.full` from the disk. No partial file is left, save by a crash.
    public func backUp(
        to path: String,
        pagesPerStep: Int = 256,
        shouldStop: (BackUpProgress) -> Bool = { _ in false }
    ) throws(SQLiteError) {
        precondition(pagesPerStep > 0, "a backup copies a page a step or more")
        precondition(!isInTransaction, "a backup is a transaction of its own")
        try checkDestination(path)
        let partial = path + ".partial-\(UInt64.random(in: 0 ... .max))"
        do throws(SQLiteError) {
            try createPrivateFile(partial)
            try copyPages(to: partial, Int32(clamping: pagesPerStep), shouldStop)
            try checkSoundness(of: partial)
            guard rename(partial, path) == 0 else { throw .system(.cantOpen, "rename", path) }
        } catch {
            // Most often there is none; the error that brought us here is the one to tell.
            for suffix in ["", "-journal", "-wal", "-shm"] { unlink(partial + suffix) }
            throw error
        }
        try syncDirectory(of: path)
    }

    private func copyPages(
        to partial: String,
        _ pagesPerStep: Int32,
        _ shouldStop: (BackUpProgress) -> Bool
    ) throws(SQLiteError) {
        let destination = try Connection(path: partial, mode: .readWrite)
        try begin(.deferred)
        defer { rollback() }
        // A deferred transaction has no snapshot before it reads.
        _ = try userVersion
        guard let backup = sqlite3_backup_init(destination.handle, "main", handle, "main") else {
            throw destination.failure(nil)
        }
        var wasStopped = false
        var status = sqlite3_backup_step(backup, pagesPerStep)
        while status == SQLITE_OK, !wasStopped {
            wasStopped = shouldStop(BackUpProgress(backup))
            if !wasStopped { status = sqlite3_backup_step(backup, pagesPerStep) }
        }
        // Repeats the code of a step that failed, and leaves the words for it with the destination.
        guard sqlite3_backup_finish(backup) == SQLITE_OK else { throw destination.failure(nil) }
        if wasStopped { throw SQLiteError(.interrupt, "the backup was stopped") }
        try destination.useRollbackJournal()
    }

    private func checkSoundness(of copy: String) throws(SQLiteError) {
        let problems = try Connection(path: copy, mode: .readOnly).integrityProblems(limit: 1)
        guard let problem = problems.first else { return }
        let line = problem.split(separator: "\n").joined(separator: " ")
        throw SQLiteError(.corrupt, "the copy of \(path) is damaged: \(line)")
    }

    private func checkDestination(_ path: String) throws(SQLiteError) {
        if let existing = FileIdentity(path), existing == FileIdentity(self.path) {
            throw SQLiteError(.cantOpen, "\(path) is the database itself; name another file for the backup")
        }
        // SQLite would play a journal that it finds into the new file.
        for journal in [path + "-wal", path + "-journal"] where FileIdentity(journal) != nil {
            throw SQLiteError(.cantOpen, "\(journal) exists, so \(path) is in use; name another file for the backup")
        }
    }
}

extension BackUpProgress {
    fileprivate init(_ backup: OpaquePointer) {
        remainingPages = Int(sqlite3_backup_remaining(backup))
        totalPages = Int(sqlite3_backup_pagecount(backup))
    }
}

/// What tells one file from another, whatever paths lead to it.
private struct FileIdentity: Equatable {
    let device: dev_t
    let number: ino_t

    /// The file that a path leads to; `nil` where there is none.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = status.st_dev
        number = status.st_ino
    }
}

private func createPrivateFile(_ path: String) throws(SQLiteError) {
    let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(.cantOpen, "open", path) }
    close(descriptor)
}

/// A rename is only durable once its directory is.
private func syncDirectory(of path: String) throws(SQLiteError) {
    let name = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(.cantOpen, "open", name) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .system(.ioError, "fsync", name) }
}

extension SQLiteError {
    /// The error of a system call that has just failed.
    fileprivate static func system(_ code: Code, _ call: String, _ path: String) -> SQLiteError {
        SQLiteError(code, "\(call) \(path): \(String(cString: strerror(errno)))")
    }
}
