internal import CSQLite

// Each of these is generic over its values, so that binding neither allocates nor looks anything up at run time; they are
// inlinable because a specialised copy can only be made in the module that calls.
extension Connection {
    /// Runs a command to its end, with its values bound in order.
    ///
    /// - Throws: The statement's failure. In a transaction, `.full`, `.ioError`, `.outOfMemory` and `.interrupt` may have
    ///   rolled back all of it: ask ``isInTransaction``.
    @inlinable
    public func run<each Value: Bindable>(_ command: Command, _ value: repeat each Value) throws(SQLiteError) {
        let statement = try checkOut(command.text)
        defer { checkIn(statement, command.text) }
        var binder = Binder(statement)
        repeat (each value).bind(to: &binder)
        try finish(binder, statement, command.text)
        while try step(statement, command.text) {}
    }

    /// The first row of a query, or `nil` when there is none.
    @inlinable
    public func first<Row, each Value: Bindable>(
        _ query: Query<Row>,
        _ value: repeat each Value
    ) throws(SQLiteError) -> Row? {
        let statement = try checkOut(query.text)
        defer { checkIn(statement, query.text) }
        var binder = Binder(statement)
        repeat (each value).bind(to: &binder)
        try finish(binder, statement, query.text)
        return try step(statement, query.text) ? try query.decode(Columns(statement)) : nil
    }

    /// All rows of a query, in memory: for queries whose SQL bounds their number.
    @inlinable
    public func all<Row, each Value: Bindable>(
        _ query: Query<Row>,
        _ value: repeat each Value
    ) throws(SQLiteError) -> [Row] {
        let statement = try checkOut(query.text)
        defer { checkIn(statement, query.text) }
        var binder = Binder(statement)
        repeat (each value).bind(to: &binder)
        try finish(binder, statement, query.text)
        var rows: [Row] = []
        while try step(statement, query.text) { rows.append(try query.decode(Columns(statement))) }
        return rows
    }

    /// Passes the rows of a query to `body`, one at a time.
    ///
    /// The connection may be used within `body`, but what it changes in the tables being read may or may not be seen.
    @inlinable
    public func forEach<Row, each Value: Bindable>(
        _ query: Query<Row>,
        _ value: repeat each Value,
        body: (Row) throws(SQLiteError) -> Void
    ) throws(SQLiteError) {
        let statement = try checkOut(query.text)
        defer { checkIn(statement, query.text) }
        var binder = Binder(statement)
        repeat (each value).bind(to: &binder)
        try finish(binder, statement, query.text)
        while try step(statement, query.text) { try body(try query.decode(Columns(statement))) }
    }

    /// Passes the rows of a query to `body`, one at a time, until it answers false.
    @inlinable
    public func forEachWhile<Row, each Value: Bindable>(
        _ query: Query<Row>,
        _ value: repeat each Value,
        body: (Row) throws(SQLiteError) -> Bool
    ) throws(SQLiteError) {
        let statement = try checkOut(query.text)
        defer { checkIn(statement, query.text) }
        var binder = Binder(statement)
        repeat (each value).bind(to: &binder)
        try finish(binder, statement, query.text)
        while try step(statement, query.text) {
            guard try body(try query.decode(Columns(statement))) else { return }
        }
    }
}

extension Connection {
    /// Closes the binding of values; every placeholder has its value then, so none is left over from an earlier run.
    @usableFromInline
    func finish(_ binder: borrowing Binder, _ statement: OpaquePointer, _ text: StatementText) throws(SQLiteError) {
        // A refusal is an error of data (a value over the size limit), a wrong number one of the program.
        guard binder.status == SQLITE_OK else { throw failure(text.sql) }
        let expected = sqlite3_bind_parameter_count(statement)
        precondition(
            binder.count == expected,
            "\(expected) values are to be bound, not \(binder.count), in: \(text.sql)"
        )
    }

    /// Runs to the next row.
    ///
    /// - Returns: Whether there is one.
    @usableFromInline
    func step(_ statement: OpaquePointer, _ text: StatementText) throws(SQLiteError) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure(text.sql)
        }
    }
}
