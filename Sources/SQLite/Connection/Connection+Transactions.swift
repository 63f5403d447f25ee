internal import CSQLite

/// When a transaction takes its locks (https://www.sqlite.org/lang_transaction.html).
public enum TransactionKind: Sendable {
    /// At the first read or write; a write may then fail with `.busySnapshot`, which waiting does not mend.
    case deferred
    /// The write lock at once.
    case immediate
}

extension Connection {
    /// Whether a transaction is open, begun by ``begin(_:)`` or an outermost savepoint.
    ///
    /// To be asked after any failure inside a transaction: SQLite may have rolled it back on its own.
    public var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Begins a transaction.
    ///
    /// - Throws: `.busy` when another connection keeps the write lock for the busy time-out, `.error` when one is open.
    public func begin(_ kind: TransactionKind) throws(SQLiteError) {
        switch kind {
        case .deferred: try run(beginDeferred)
        case .immediate: try run(beginImmediate)
        }
    }

    /// Makes the open transaction durable, as ``setSynchronous(_:)`` defines it.
    ///
    /// - Throws: The failure. The transaction is still open after some (`.busy`, a deferred foreign key) and gone after others
    ///   (`.full`, `.ioError`); ``rollback()`` is right after both.
    public func commit() throws(SQLiteError) {
        try run(commitTransaction)
    }

    /// Takes the open transaction back; nothing happens when there is none.
    public func rollback() {
        guard isInTransaction else { return }
        // ROLLBACK has no way to fail once it runs, and there is nobody to tell when there is no memory left to compile it.
        try? run(rollbackTransaction)
    }

    /// Opens a savepoint within the open transaction, or a transaction that ends with the savepoint's release.
    ///
    /// Savepoints nest; release and rollback mean the innermost one.
    public func openSavepoint() throws(SQLiteError) {
        try run(openInnermost)
    }

    /// Ends the innermost savepoint and keeps its changes.
    public func releaseSavepoint() throws(SQLiteError) {
        try run(releaseInnermost)
    }

    /// Takes back what happened since the innermost savepoint was opened, and ends it.
    ///
    /// - Throws: `.error` when SQLite has already rolled back the whole transaction, and the savepoint with it.
    public func rollBackToSavepoint() throws(SQLiteError) {
        // ROLLBACK TO leaves the savepoint open.
        try run(rollBackToInnermost)
        try run(releaseInnermost)
    }

    /// Runs `body` in a savepoint: kept when it returns, taken back when it throws.
    ///
    /// - Returns: What `body` returned or threw. Either way the surrounding transaction goes on.
    /// - Throws: When the surrounding transaction is lost, or in doubt: ``rollback()`` is what is left to do. SQLite answers
    ///   `.full`, `.ioError`, `.outOfMemory` and `.interrupt` by rolling back all of it, neighbours included; the error thrown
    ///   is that cause.
    public func savepoint<Success, Failure: Error>(
        _ body: () throws(Failure) -> Success
    ) throws(SQLiteError) -> Result<Success, Failure> {
        try openSavepoint()
        rollbackCause = nil
        let result = Result(catching: body)
        // Asked in both cases: a body may have passed over the error that ended the transaction.
        guard isInTransaction else {
            throw rollbackCause ?? SQLiteError(.abortRollback, "the transaction was ended inside a savepoint")
        }
        switch result {
        case .success: try releaseSavepoint()
        case .failure: try rollBackToSavepoint()
        }
        return result
    }
}

private let beginDeferred = Command("BEGIN DEFERRED")
private let beginImmediate = Command("BEGIN IMMEDIATE")
private let commitTransaction = Command("COMMIT")
private let rollbackTransaction = Command("ROLLBACK")

// One name for all: SQLite takes the most recent savepoint of a name.
private let openInnermost = Command("SAVEPOINT innermost")
private let releaseInnermost = Command("RELEASE innermost")
private let rollBackToInnermost = Command("ROLLBACK TO innermost")
