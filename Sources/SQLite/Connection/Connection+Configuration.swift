/// When a commit waits for the disk (https://www.sqlite.org/pragma.html#pragma_synchronous).
public enum Synchronous: Int, Sendable {
    /// Never: a loss of power may destroy the database.
    case off = 0
    /// At checkpoints: with a write-ahead log a loss of power takes the last commits, never the database.
    case normal = 1
    /// At each commit: what was committed stays.
    case full = 2
}

// Settings belong to the connection and are gone with it, unless said otherwise.
extension Connection {
    /// Sets when a commit waits for the disk.
    ///
    /// Not within a transaction.
    public func setSynchronous(_ level: Synchronous) throws(SQLiteError) {
        try execute("PRAGMA synchronous = \(level.rawValue)")
    }

    /// Sets whether foreign keys are enforced; SQLite begins with no.
    ///
    /// SQLite passes over this pragma inside a transaction, so none may be open.
    public func setForeignKeys(enforced: Bool) throws(SQLiteError) {
        precondition(!isInTransaction, "foreign keys are switched outside of transactions")
        try execute("PRAGMA foreign_keys = \(enforced ? 1 : 0)")
    }

    /// Bounds the page cache.
    ///
    /// - Parameter kibibytes: Its size in KiB, over 0; SQLite begins with 2,000.
    /// - Throws: The failure of the pragma.
    public func setCacheSize(kibibytes: Int) throws(SQLiteError) {
        precondition(kibibytes > 0, "a cache has a size")
        // A negative number is in KiB, a positive one in pages (https://www.sqlite.org/pragma.html#pragma_cache_size).
        try execute("PRAGMA cache_size = -\(kibibytes)")
    }

    /// Keeps temporary tables and the journals of savepoints in memory.
    ///
    /// Else what a savepoint would need to go back goes to a file once it is longer than 64 KiB
    /// (https://www.sqlite.org/tempfiles.html#stmtjrnl), two system calls a page.
    public func keepTemporariesInMemory() throws(SQLiteError) {
        try execute("PRAGMA temp_store = MEMORY")
    }

    /// Sets how much of the file is read through a memory map.
    ///
    /// - Parameter bytes: From the front of the file; 0 for none. The library has an upper bound of its own.
    /// - Throws: The failure of the pragma.
    public func setMemoryMap(bytes: Int) throws(SQLiteError) {
        precondition(bytes >= 0, "a memory map has a size")
        try execute("PRAGMA mmap_size = \(bytes)")
    }

    /// Keeps a manipulated file from calling functions with side effects through its views, triggers and indexes.
    public func distrustSchema() throws(SQLiteError) {
        try execute("PRAGMA trusted_schema = OFF")
    }

    /// Sets whether writes are refused with `.readOnly`, whatever the connection was opened for.
    public func setQueryOnly(_ isQueryOnly: Bool) throws(SQLiteError) {
        try execute("PRAGMA query_only = \(isQueryOnly ? 1 : 0)")
    }

    /// Whether foreign keys are enforced.
    public var enforcesForeignKeys: Bool {
        get throws(SQLiteError) { try first(foreignKeys) ?? false }
    }

    /// The version of the schema, a number of the application's own in the file's header.
    public var userVersion: Int32 {
        get throws(SQLiteError) { try first(userVersionQuery) ?? 0 }
    }

    /// The program that the file belongs to, a number in the file's header; 0 where none was set.
    public var applicationID: Int32 {
        get throws(SQLiteError) { try first(applicationIDQuery) ?? 0 }
    }

    /// Writes ``userVersion``; part of the open transaction.
    public func setUserVersion(_ version: Int32) throws(SQLiteError) {
        try execute("PRAGMA user_version = \(version)")
    }

    /// Writes ``applicationID``; part of the open transaction.
    public func setApplicationID(_ identifier: Int32) throws(SQLiteError) {
        try execute("PRAGMA application_id = \(identifier)")
    }
}

private let foreignKeys = Query("PRAGMA foreign_keys") { row in row.boolean(0) }
private let userVersionQuery = Query("PRAGMA user_version") { row in Int32(truncatingIfNeeded: row.integer(0)) }
private let applicationIDQuery = Query("PRAGMA application_id") { row in Int32(truncatingIfNeeded: row.integer(0)) }
