internal import CSQLite

/// A connection to one database file, confined to one thread.
///
/// SQLite's own mutexes are off, so it is made on the thread that uses it, or handed over whole; it is not `Sendable`, and
/// the compiler holds callers to that. The last reference closes it.
///
/// Each ``Query`` and ``Command`` is compiled on first use and kept until the connection closes. Their number is bounded by
/// the literals in the program.
public final class Connection {
    /// What a connection may do with the file.
    public enum Mode: Sendable {
        /// Read and write; a missing file is made.
        case readWriteCreate
        /// Read and write a file that exists.
        case readWrite
        /// Read a file that exists.
        case readOnly
    }

    /// The path that was opened.
    public let path: String

    let handle: OpaquePointer
    /// Compiled statements by ``StatementText/slot``.
    ///
    /// One that is running is out of its slot, so a query may be run again
    /// from within its own rows: the inner run compiles a second statement.
    private var idleStatements: [OpaquePointer?] = []

    /// Number of frames in the write-ahead log after the last commit or checkpoint of this connection, 0 before either.
    ///
    /// Counted once ``useWriteAheadLog()`` was called. A frame is a page and a header of 24 bytes.
    public internal(set) var walFrames = 0

    var shouldStop: (() -> Bool)?
    var authorize: ((AuthorizedAction) -> AuthorizationVerdict)?
    /// The first failure since the last savepoint was opened that left no transaction open.
    var rollbackCause: SQLiteError?

    /// Opens a database and reads its header, so that a file of another kind is refused here and not at the first query.
    ///
    /// - Parameters:
    ///   - path: A file; `file:` addresses and `:memory:` have no special meaning.
    ///   - mode: What the connection may do. In a folder that cannot be written, a database with a write-ahead log cannot even
    ///     be read, unless another process has it open (https://www.sqlite.org/wal.html#readonly).
    ///   - busyTimeoutMilliseconds: How long to wait for another connection's lock before failing with `.busy`; 0 fails at once.
    /// - Throws: `.cantOpen` for a path that cannot be opened, `.readOnly` for a file that does not allow the writing asked
    ///   for, `.notADatabase` for a file of another kind, `.corrupt` for a truncated one. The message names the path.
    public init(path: String, mode: Mode, busyTimeoutMilliseconds: Int = 5_000) throws(SQLiteError) {
        self.path = path
        handle = try Self.open(path, mode)
        sqlite3_busy_timeout(handle, Int32(clamping: busyTimeoutMilliseconds))
        do throws(SQLiteError) {
            if mode != .readOnly, sqlite3_db_readonly(handle, "main") == 1 {
                // SQLite falls back to reading on its own, and then the first write would be the one to fail.
                throw SQLiteError(.readOnly, "the file cannot be written; check its owner, mode and file system")
            }
            try execute("PRAGMA schema_version")
        } catch {
            throw error.prefixed(with: path)
        }
    }

    deinit {
        for statement in idleStatements { sqlite3_finalize(statement) }
        // The result only tells of statements still open, and none outlives the call that runs it.
        sqlite3_close_v2(handle)
    }

    /// Number of rows that the last `INSERT`, `UPDATE` or `DELETE` changed; those of triggers and cascades are not counted.
    public var changes: Int { Int(sqlite3_changes64(handle)) }

    /// The rowid of the last row that this connection inserted, 0 before the first.
    public var lastInsertRowID: Int64 { sqlite3_last_insert_rowid(handle) }

    /// The text of every statement that the connection holds compiled: all cached ones that it has run.
    ///
    /// What a test explains to find statements without an index. Uncached statements are not among them.
    public var preparedSQL: Set<String> {
        var texts: Set<String> = []
        var statement = sqlite3_next_stmt(handle, nil)
        while let current = statement {
            if let text = sqlite3_sql(current) { texts.insert(String(cString: text)) }
            statement = sqlite3_next_stmt(handle, current)
        }
        return texts
    }
}

// Statements, from the cache and back.
extension Connection {
    /// Takes a statement out of the cache, or compiles it; ``checkIn(_:_:)`` must follow.
    @usableFromInline
    func checkOut(_ text: StatementText) throws(SQLiteError) -> OpaquePointer {
        if let slot = text.slot, slot < idleStatements.count, let statement = idleStatements[slot] {
            idleStatements[slot] = nil
            return statement
        }
        return try compile(text)
    }

    /// Ends a run and puts the statement back.
    ///
    /// Always, and soon: a statement left standing on a row holds the read lock.
    @usableFromInline
    func checkIn(_ statement: OpaquePointer, _ text: StatementText) {
        // A reset repeats the code of a step that failed. Where the schema moved on, the statement is not worth keeping.
        let outcome = sqlite3_reset(statement) & 0xff
        let isReusable = outcome != SQLITE_ERROR && outcome != SQLITE_SCHEMA
        guard let slot = text.slot, isReusable else {
            sqlite3_finalize(statement)
            return
        }
        if slot >= idleStatements.count { makeSlots(through: slot) }
        // An inner run of the same query may have filled the slot.
        sqlite3_finalize(idleStatements[slot])
        idleStatements[slot] = statement
    }

    /// Empties the cache: each statement is compiled again at its next run.
    func forgetIdleStatements() {
        for statement in idleStatements { sqlite3_finalize(statement) }
        idleStatements = []
    }

    private func makeSlots(through slot: Int) {
        idleStatements += Array(repeating: nil, count: slot + 1 - idleStatements.count)
    }

    private func compile(_ text: StatementText) throws(SQLiteError) -> OpaquePointer {
        let flags = text.slot == nil ? 0 : UInt32(SQLITE_PREPARE_PERSISTENT)
        let (statement, consumed) = try compile(first: text.sql[...], flags: flags)
        guard let statement else { throw SQLiteError(.misuse, "there is no statement in the text", sql: text.sql) }
        guard text.sql.utf8.dropFirst(consumed).allSatisfy(isBlank) else {
            sqlite3_finalize(statement)
            throw SQLiteError(
                .misuse,
                "there is more than one statement in the text",
                sql: text.sql,
                byteOffset: consumed
            )
        }
        return statement
    }

    /// Compiles the first statement of a text.
    ///
    /// - Returns: The statement, `nil` where there are only blanks and comments, and the number of bytes it took.
    func compile(first sql: Substring, flags: UInt32) throws(SQLiteError) -> (statement: OpaquePointer?, consumed: Int)
    {
        var text = String(sql)
        var statement: OpaquePointer?
        var consumed = 0
        let status = text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                var tail: UnsafePointer<CChar>?
                let length = Int32(clamping: characters.count)
                let status = sqlite3_prepare_v3(handle, characters.baseAddress, length, flags, &statement, &tail)
                if let start = characters.baseAddress, let tail { consumed = tail - start }
                return status
            }
        }
        guard status == SQLITE_OK else { throw failure(text) }
        return (statement, consumed)
    }
}

// Failures.
extension Connection {
    /// The error of the last call, with the statement at fault.
    func failure(_ sql: String?) -> SQLiteError {
        let error = SQLiteError.last(on: handle, sql: sql)
        if rollbackCause == nil, !isInTransaction { rollbackCause = error }
        return error
    }
}

extension Connection {
    private static func open(_ path: String, _ mode: Mode) throws(SQLiteError) -> OpaquePointer {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw SQLiteError(.cantOpen, "a database path is not empty and has no NUL in it")
        }
        // A leading "./" takes their meaning from "file:…" and ":memory:".
        let file = path.hasPrefix("/") ? path : "./" + path
        var handle: OpaquePointer?
        let status = sqlite3_open_v2(file, &handle, mode.flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard let handle else { throw SQLiteError(.outOfMemory, "no memory to open \(path)") }
        guard status == SQLITE_OK else {
            let error = SQLiteError.last(on: handle)
            sqlite3_close_v2(handle)
            throw error.prefixed(with: path)
        }
        return handle
    }
}

extension Connection.Mode {
    fileprivate var flags: Int32 {
        switch self {
        case .readWriteCreate: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        case .readWrite: SQLITE_OPEN_READWRITE
        case .readOnly: SQLITE_OPEN_READONLY
        }
    }
}

extension SQLiteError {
    fileprivate func prefixed(with path: String) -> SQLiteError {
        SQLiteError(code, "\(path): \(message)")
    }
}

private func isBlank(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: ";"): true
    default: false
    }
}
