extension Connection {
    /// What is wrong with the file, in SQLite's words: pages, indexes, constraints.
    ///
    /// Reads the whole file.
    ///
    /// - Parameter limit: Most problems to list, over 0.
    /// - Returns: One line a problem; empty when all is well.
    /// - Throws: `.corrupt` or `.notADatabase` for a file too broken to read.
    public func integrityProblems(limit: Int = 100) throws(SQLiteError) -> [String] {
        let lines = try all(Query(uncached: "PRAGMA integrity_check(\(limit))") { row in row.text(0) })
        return lines == ["ok"] ? [] : lines
    }

    /// The rows whose parent is missing.
    ///
    /// - Parameter limit: Most problems to list, over 0.
    /// - Returns: One line a row; empty when all is well.
    /// - Throws: The failure to read.
    public func foreignKeyProblems(limit: Int = 100) throws(SQLiteError) -> [String] {
        var problems: [String] = []
        try forEachWhile(foreignKeyCheck) { problem in
            problems.append(problem)
            return problems.count < limit
        }
        return problems
    }

    /// How SQLite would run a statement: the lines of `EXPLAIN QUERY PLAN`.
    ///
    /// - Parameter sql: One statement; its placeholders need no values.
    /// - Returns: Its lines; empty for a statement that reads no table.
    /// - Throws: `.error` for SQL that does not compile.
    public func queryPlan(of sql: String) throws(SQLiteError) -> [String] {
        let text = StatementText(uncached: "EXPLAIN QUERY PLAN " + sql)
        let statement = try checkOut(text)
        defer { checkIn(statement, text) }
        var lines: [String] = []
        while try step(statement, text) { lines.append(Columns(statement).text(3)) }
        return lines
    }
}

private let foreignKeyCheck = Query("PRAGMA foreign_key_check") { row in
    // A table WITHOUT ROWID has no number to name the row by.
    let row = (table: row.text(0), number: row.optionalInteger(1), parent: row.text(2))
    return "\(row.table) row \(row.number.map(String.init) ?? "?") has no parent in \(row.parent)"
}
