import Synchronization

/// SQL that returns rows, together with the way a row becomes a value.
///
/// Text, column order and decoding stand in one place, so a changed `SELECT` is one edit. Make each query once, as a
/// `static let`: every connection keeps its compiled form in a place that belongs to the query for the life of the process.
///
///     static let byHash = Query("SELECT id, name FROM keys WHERE hash = ?1") { row in
///         KeyRow(id: row.text(0), name: row.optionalText(1))
///     }
public final class Query<Row>: Sendable {
    @usableFromInline let text: StatementText
    @usableFromInline let decode: @Sendable (borrowing Columns) throws(SQLiteError) -> Row

    /// A query known when the program is written: compiled once on each connection that runs it.
    ///
    /// - Parameters:
    ///   - sql: One statement; placeholders `?1`, `?2`, … or `?`.
    ///   - decode: Makes the value out of the current row. A row that no version of the program can have written is refused
    ///     with ``Columns/invalid(_:_:)``.
    public init(_ sql: StaticString, decode: @escaping @Sendable (borrowing Columns) throws(SQLiteError) -> Row) {
        text = StatementText(cached: sql)
        self.decode = decode
    }

    /// A query put together at run time: compiled for each run and never cached.
    ///
    /// Values belong in placeholders here too, never in the text.
    public init(uncached sql: String, decode: @escaping @Sendable (borrowing Columns) throws(SQLiteError) -> Row) {
        text = StatementText(uncached: sql)
        self.decode = decode
    }

    /// The statement's text.
    public var sql: String { text.sql }
}

/// SQL that is run for its effect; rows, should there be any, are passed over.
///
/// Make each command once, as a `static let`, as with ``Query``.
public final class Command: Sendable {
    @usableFromInline let text: StatementText

    /// A command known when the program is written: compiled once on each connection that runs it.
    ///
    /// - Parameter sql: One statement; placeholders `?1`, `?2`, … or `?`.
    public init(_ sql: StaticString) {
        text = StatementText(cached: sql)
    }

    /// A command put together at run time: compiled for each run and never cached.
    ///
    /// Values belong in placeholders here too, never in the text.
    public init(uncached sql: String) {
        text = StatementText(uncached: sql)
    }

    /// The statement's text.
    public var sql: String { text.sql }
}

/// The SQL of one statement, and where a connection keeps its compiled form.
@usableFromInline
struct StatementText: Sendable {
    let sql: String
    /// Index into every connection's cache, 0 upward through the process; `nil` where nothing is kept.
    let slot: Int?

    /// Slots are handed out for the life of the process, which is why only literals get one: their number is bounded.
    init(cached sql: StaticString) {
        self.sql = sql.description
        slot = nextSlot.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    init(uncached sql: String) {
        self.sql = sql
        slot = nil
    }
}

/// Numbers instead of pointers or text, so that finding a compiled statement is one array access.
private let nextSlot = Atomic<Int>(0)
