internal import CSQLite

// What is not on a hot path: several statements at once, and values whose number is only known at run time.
extension Connection {
    /// Runs all statements of a script, one after the other: migrations, pragmas.
    ///
    /// Rows are passed over. The first failure ends the script; what ran before it stays, unless a transaction is around it.
    ///
    /// - Throws: The failure, with the one statement at fault.
    public func execute(_ script: String) throws(SQLiteError) {
        guard !script.utf8.contains(0) else { throw SQLiteError(.misuse, "a script has no NUL in it") }
        var rest = script[...]
        while !rest.isEmpty {
            let (statement, consumed) = try compile(first: rest, flags: 0)
            let end = rest.utf8.index(rest.startIndex, offsetBy: consumed)
            let text = StatementText(uncached: String(rest[..<end]))
            rest = rest[end...]
            guard let statement else { continue }
            defer { checkIn(statement, text) }
            while try step(statement, text) {}
        }
    }

    /// Runs a command with as many values as the array has.
    public func run(_ command: Command, values: [any Bindable]) throws(SQLiteError) {
        let statement = try checkOut(command.text)
        defer { checkIn(statement, command.text) }
        try bind(values, to: statement, command.text)
        while try step(statement, command.text) {}
    }

    /// The first row of a query with as many values as the array has, or `nil` when there is none.
    public func first<Row>(_ query: Query<Row>, values: [any Bindable]) throws(SQLiteError) -> Row? {
        let statement = try checkOut(query.text)
        defer { checkIn(statement, query.text) }
        try bind(values, to: statement, query.text)
        return try step(statement, query.text) ? try query.decode(Columns(statement)) : nil
    }

    /// All rows of a query with as many values as the array has.
    public func all<Row>(_ query: Query<Row>, values: [any Bindable]) throws(SQLiteError) -> [Row] {
        let statement = try checkOut(query.text)
        defer { checkIn(statement, query.text) }
        try bind(values, to: statement, query.text)
        var rows: [Row] = []
        while try step(statement, query.text) { rows.append(try query.decode(Columns(statement))) }
        return rows
    }

    private func bind(_ values: [any Bindable], to statement: OpaquePointer, _ text: StatementText) throws(SQLiteError)
    {
        var binder = Binder(statement)
        for value in values { value.bind(to: &binder) }
        try finish(binder, statement, text)
    }
}
