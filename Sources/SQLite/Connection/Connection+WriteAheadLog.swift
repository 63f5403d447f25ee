internal import CSQLite

/// How far a checkpoint goes (https://www.sqlite.org/c3ref/wal_checkpoint_v2.html).
public enum CheckpointMode: Sendable {
    /// Moves what it can without waiting for anybody.
    case passive
    /// Waits for writers, moves all frames.
    case full
    /// As `full`, then waits for readers, so that the next writer starts the log anew.
    case restart
    /// As `restart`, then cuts the log to no bytes.
    case truncate
}

/// What a checkpoint found and did.
public struct Checkpoint: Sendable, Equatable {
    /// Number of frames in the log; 0 after `truncate`, and without a log.
    public let walFrames: Int
    /// How many of them are in the database file now, those of earlier checkpoints included.
    public let movedFrames: Int

    /// Whether no frame is left to move.
    public var isComplete: Bool { movedFrames == walFrames }
}

extension Connection {
    /// Switches the database to a write-ahead log and this connection to checkpoints on request.
    ///
    /// The mode stays with the file. From here on nothing moves the log but ``checkpoint(_:)``: its caller watches
    /// ``walFrames`` and bounds it.
    ///
    /// - Throws: `.busy` when another connection uses the file in another mode; `.error` when the file system does not allow
    ///   the shared memory that a log needs.
    public func useWriteAheadLog() throws(SQLiteError) {
        let mode = try first(setJournalMode)
        guard mode == "wal" else {
            throw SQLiteError(
                .error,
                "\(path): a write-ahead log is not possible here (journal mode \(mode ?? "unknown")); "
                    + "move the database to a local file system"
            )
        }
        // Automatic checkpoints are a hook of SQLite's own, and there is only one: this takes its place (`wal_autocheckpoint`
        // would take it back).
        sqlite3_wal_hook(handle, countFrames, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Switches the database back to a journal that is there while something is written, and takes the log away.
    ///
    /// - Throws: `.busy` when another connection uses the file.
    func useRollbackJournal() throws(SQLiteError) {
        let mode = try first(setRollbackJournal)
        guard mode == "delete" else {
            throw SQLiteError(.busy, "\(path) stays in journal mode \(mode ?? "unknown")")
        }
    }

    /// Moves frames from the write-ahead log into the database file.
    ///
    /// - Returns: The state of the log. After a passive checkpoint frames may be left that a reader still needs.
    /// - Throws: `.locked` inside a transaction of this connection; `.busy` when others do not make way within the busy
    ///   time-out, which `passive` does not wait for.
    @discardableResult
    public func checkpoint(_ mode: CheckpointMode) throws(SQLiteError) -> Checkpoint {
        var frames: Int32 = 0
        var moved: Int32 = 0
        let status = sqlite3_wal_checkpoint_v2(handle, "main", mode.flag, &frames, &moved)
        guard status == SQLITE_OK else { throw failure(nil) }
        // Both are -1 where there is no log.
        walFrames = max(0, Int(frames))
        return Checkpoint(walFrames: walFrames, movedFrames: max(0, Int(moved)))
    }
}

extension CheckpointMode {
    fileprivate var flag: Int32 {
        switch self {
        case .passive: SQLITE_CHECKPOINT_PASSIVE
        case .full: SQLITE_CHECKPOINT_FULL
        case .restart: SQLITE_CHECKPOINT_RESTART
        case .truncate: SQLITE_CHECKPOINT_TRUNCATE
        }
    }
}

private let setJournalMode = Query("PRAGMA journal_mode = WAL") { row in row.text(0) }
private let setRollbackJournal = Query("PRAGMA journal_mode = DELETE") { row in row.text(0) }

/// SQLite calls this after each commit to the log, on the connection's own thread and while the connection lives.
private func countFrames(
    _ context: UnsafeMutableRawPointer?,
    _ handle: OpaquePointer?,
    _ database: UnsafePointer<CChar>?,
    _ frames: Int32
) -> Int32 {
    guard let context else { return SQLITE_OK }
    Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().walFrames = Int(frames)
    return SQLITE_OK
}
