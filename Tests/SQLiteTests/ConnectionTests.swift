import Glibc
import Testing

@testable import SQLite

/// A folder of its own under the system's temporary one, removed with what is in it.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/latchkey-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// What is in it.
    var names: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func open(_ name: String = "a.db", busyTimeoutMilliseconds: Int = 5_000) throws -> Connection {
        try Connection(path: file(name), mode: .readWriteCreate, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
    }
}

/// The code of the error that a call throws; `nil` when it throws none.
func code(_ body: () throws -> Void) -> SQLiteError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? SQLiteError)?.code
    }
}

let names = Query("SELECT name FROM t ORDER BY name") { row in row.text(0) }
let insertName = Command("INSERT INTO t (name) VALUES (?1)")
let makeTable = "CREATE TABLE t (name TEXT NOT NULL UNIQUE) STRICT"

@Suite struct ConnectionTests {
    @Test("what is no database cannot be opened, the error names the path, and no descriptor stays open")
    func openErrors() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let text = folder.file("text")
        let file = fopen(text, "w")
        fputs(String(repeating: "this is no database\n", count: 100), file)
        fclose(file)
        for mode in [Connection.Mode.readWriteCreate, .readWrite, .readOnly] {
            #expect(throws: SQLiteError.self) { try Connection(path: text, mode: mode) }
            #expect(code { _ = try Connection(path: text, mode: mode) } == .notADatabase)
            let directory = code { _ = try Connection(path: folder.path, mode: mode) }
            #expect(directory?.primary == .cantOpen || directory?.primary == .ioError)
            #expect(code { _ = try Connection(path: folder.file("no/a.db"), mode: mode) }?.primary == .cantOpen)
        }
        #expect(code { _ = try Connection(path: folder.file("none"), mode: .readWrite) } == .cantOpen)
        #expect(code { _ = try Connection(path: "", mode: .readWriteCreate) } == .cantOpen)
        #expect(code { _ = try Connection(path: "a\0b", mode: .readWriteCreate) } == .cantOpen)
        #expect(folder.names == ["text"])
        do {
            _ = try Connection(path: text, mode: .readWrite)
        } catch {
            #expect(error.description.contains(text))
        }
        for descriptor in 0..<Int32(256) {
            var target = [CChar](repeating: 0, count: 4_096)
            let length = readlink("/proc/self/fd/\(descriptor)", &target, target.count)
            let path = String(decoding: target[..<max(0, length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            #expect(!path.hasPrefix(folder.path))
        }
    }

    @Test("a connection that only reads cannot write")
    func readOnly() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        try folder.open().execute(makeTable)
        let reader = try Connection(path: folder.file("a.db"), mode: .readOnly)
        #expect(try reader.all(names) == [])
        #expect(code { try reader.run(insertName, "a") } == .readOnly)
        let writer = try folder.open()
        try writer.setQueryOnly(true)
        #expect(code { try writer.run(insertName, "a") } == .readOnly)
    }

    @Test("a statement is compiled once, and twice where it runs within its own rows")
    func cache() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        try database.execute(makeTable)
        for name in ["a", "b", "c"] { try database.run(insertName, name) }
        #expect(database.preparedSQL.contains(insertName.sql))
        var pairs: [String] = []
        try database.forEach(names) { outer throws(SQLiteError) in
            pairs += try database.all(names).map { outer + $0 }
        }
        #expect(pairs == ["aa", "ab", "ac", "ba", "bb", "bc", "ca", "cb", "cc"])
        #expect(try database.first(names) == "a")
        try database.execute("ALTER TABLE t ADD COLUMN more TEXT")
        #expect(try database.all(names) == ["a", "b", "c"], "a change of the schema is noticed")
    }

    @Test("every kind of value comes back as it was bound, null and empty ones too")
    func values() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        try database.execute("CREATE TABLE v (i INTEGER, r REAL, t TEXT, b BLOB) STRICT")
        let insert = Command("INSERT INTO v VALUES (?1, ?2, ?3, ?4)")
        let select = Query("SELECT i, r, t, b FROM v ORDER BY rowid DESC") { row in
            (row.optionalInteger(0), row.optionalReal(1), row.optionalText(2), row.optionalBlob(3))
        }
        let cases: [(Int64?, Double?, String?, [UInt8]?)] = [
            (nil, nil, nil, nil), (.max, .greatestFiniteMagnitude, "a\0b é 😀", [0, 255]), (.min, -0.5, "", []),
            (0, .leastNonzeroMagnitude, "x", [0]),
        ]
        for (integer, real, text, blob) in cases {
            try database.run(insert, integer, real, text, blob)
            let found = try #require(try database.first(select))
            #expect(found.0 == integer && found.1 == real && found.2 == text && found.3 == blob)
        }
        try database.run(insert, values: [Int64(7), Double.nan, "e\u{301}" as String, [1] as [UInt8]])
        #expect(code { try database.run(insert, true, Double.nan, "" as StaticString, "text") } == .constraintDataType)
    }

    @Test("a broken constraint is told by its extended code, and never with the values")
    func constraints() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        try database.setForeignKeys(enforced: true)
        try database.execute(
            """
            CREATE TABLE p (id INTEGER PRIMARY KEY, n INTEGER NOT NULL CHECK (n > 0), u TEXT UNIQUE) STRICT;
            CREATE TABLE c (p INTEGER NOT NULL REFERENCES p (id)) STRICT;
            INSERT INTO p VALUES (1, 1, 'secret');
            """
        )
        let cases: [(String, SQLiteError.Code)] = [
            ("INSERT INTO p VALUES (1, 1, 'a')", .constraintPrimaryKey),
            ("INSERT INTO p VALUES (2, NULL, 'a')", .constraintNotNull),
            ("INSERT INTO p VALUES (2, 0, 'a')", .constraintCheck),
            ("INSERT INTO p VALUES (2, 'x', 'a')", .constraintDataType),
            ("INSERT INTO c VALUES (9)", .constraintForeignKey), ("SELECT nothing FROM p", .error), ("SELECT", .error),
        ]
        for (sql, expected) in cases { #expect(code { try database.execute(sql) } == expected, "\(sql)") }
        do {
            try database.run(Command("INSERT INTO p VALUES (2, 1, ?1)"), "secret")
            Issue.record("a second value of a unique column was taken")
        } catch {
            #expect(error.code == .constraintUnique)
            #expect(!error.description.contains("secret"))
            #expect(.constraint ~= error)
        }
    }

    @Test("a text holds exactly one statement, a script any number")
    func statements() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        #expect(code { try database.run(Command("SELECT 1; SELECT 2")) } == .misuse)
        #expect(code { try database.run(Command("  -- nothing\n")) } == .misuse)
        try database.run(Command("SELECT 1 ; \n"))
        try database.execute("")
        try database.execute("-- nothing\n;;\n CREATE TABLE é (a) ; /* x */ INSERT INTO é VALUES (1); ")
        #expect(try database.first(Query(uncached: "SELECT a FROM é") { row in row.int(0) }) == 1)
    }
}

@Suite struct TransactionTests {
    private func prepared(_ folder: TemporaryFolder) throws -> Connection {
        let database = try folder.open()
        try database.execute(makeTable)
        return database
    }

    @Test("a savepoint that fails takes back its own changes and leaves its neighbours'")
    func savepoint() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try prepared(folder)
        try database.begin(.immediate)
        _ = try database.savepoint { () throws(SQLiteError) in try database.run(insertName, "a") }
        let outcome = try database.savepoint { () throws(SQLiteError) in
            try database.run(insertName, "b")
            _ = try database.savepoint { () throws(SQLiteError) in try database.run(insertName, "inner") }
            try database.run(insertName, "a")
        }
        #expect(throws: SQLiteError.self) { try outcome.get() }
        _ = try database.savepoint { () throws(SQLiteError) in try database.run(insertName, "c") }
        try database.commit()
        #expect(try database.all(names) == ["a", "c"])
    }

    @Test("a full disk that ends the whole transaction is told as such, with its cause")
    func full() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try prepared(folder)
        try database.execute("PRAGMA max_page_count = 8")
        try database.begin(.immediate)
        _ = try database.savepoint { () throws(SQLiteError) in try database.run(insertName, "a") }
        #expect(
            code {
                _ = try database.savepoint { () throws(SQLiteError) in
                    try database.run(insertName, String(repeating: "x", count: 100_000))
                }
            } == .full
        )
        #expect(!database.isInTransaction)
        database.rollback()
        #expect(try database.all(names) == [])
        try database.run(insertName, "later")
        #expect(try database.all(names) == ["later"])
    }

    @Test("a write that is interrupted ends the transaction even where its error is passed over; a read does not")
    func interrupt() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try prepared(folder)
        let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
        try database.begin(.immediate)
        try database.run(insertName, "a")
        database.setProgressHandler(everyInstructions: 100) { true }
        #expect(code { try database.execute(many + "SELECT count(*) FROM n") } == .interrupt)
        #expect(database.isInTransaction)
        #expect(
            code {
                _ = try database.savepoint { () throws(SQLiteError) in
                    do throws(SQLiteError) {
                        try database.execute("INSERT INTO t " + many + "SELECT i FROM n")
                    } catch {
                        // As a careless caller would.
                    }
                }
            } == .interrupt
        )
        #expect(!database.isInTransaction)
        database.setProgressHandler(everyInstructions: 100, nil)
        #expect(try database.all(names) == [])
    }

    @Test("a second writer is told that it is busy, and rolling back without a transaction is nothing")
    func busy() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let first = try folder.open()
        let second = try folder.open(busyTimeoutMilliseconds: 0)
        try first.begin(.immediate)
        #expect(code { try second.begin(.immediate) } == .busy)
        first.rollback()
        first.rollback()
        try second.begin(.immediate)
        #expect(code { try second.begin(.deferred) } == .error)
        try second.commit()
    }
}

@Suite struct GuardTests {
    @Test("the authorizer sees what a statement would do, and what it denies is not compiled")
    func authorizer() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        try database.execute(makeTable)
        try database.run(insertName, "a")
        var actions: [AuthorizedAction] = []
        database.setAuthorizer { action in
            actions.append(action)
            if case .insert = action { return .deny }
            if case .read(_, "name") = action { return .ignore }
            return .allow
        }
        #expect(code { try database.run(insertName, "b") } == .unauthorized)
        #expect(actions.contains(.insert(table: "t")))
        let optional = Query("SELECT name FROM t") { row in row.optionalText(0) }
        #expect(try database.first(optional) == .some(nil))
        database.setAuthorizer(nil)
        try database.run(insertName, "b")
        #expect(try database.all(optional) == ["a", "b"], "what was left out comes back with the permission")
    }
}
