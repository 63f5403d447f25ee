import Glibc
import Testing

@testable import SQLite

@Suite struct BackUpTests {
    @Test("a backup is the database of its moment, private, while another connection writes")
    func whileWriting() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let writer = try folder.open()
        try writer.useWriteAheadLog()
        try writer.execute(makeTable)
        try writer.begin(.immediate)
        for number in 0..<2_000 { try writer.run(insertName, "before \(number)") }
        try writer.commit()
        var steps = 0
        var failure: SQLiteError?
        try folder.open().backUp(to: folder.file("b.db"), pagesPerStep: 1) { progress in
            steps += 1
            #expect(progress.remainingPages <= progress.totalPages)
            do throws(SQLiteError) {
                try writer.run(insertName, "while \(steps)")
            } catch {
                failure = error
            }
            return false
        }
        #expect(failure == nil)
        #expect(steps > 5)
        let copy = try folder.open("b.db")
        #expect(try copy.all(names).count == 2_000)
        #expect(try copy.integrityProblems() == [])
        var status = stat()
        stat(folder.file("b.db"), &status)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(!folder.names.contains { $0.contains("partial") })
    }

    @Test("a backup onto the database itself, or onto one in use, is refused")
    func destinations() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        try database.execute(makeTable)
        symlink(folder.file("a.db"), folder.file("link"))
        #expect(code { try database.backUp(to: folder.file("a.db")) } == .cantOpen)
        #expect(code { try database.backUp(to: folder.file("link")) } == .cantOpen)
        #expect(code { try database.backUp(to: folder.file("no/b.db")) } == .cantOpen)
        let other = try folder.open("b.db")
        try other.useWriteAheadLog()
        try other.execute(makeTable)
        #expect(code { try database.backUp(to: folder.file("b.db")) } == .cantOpen)
        try database.backUp(to: folder.file("c.db"))
        try database.backUp(to: folder.file("c.db"))
        #expect(!folder.names.contains { $0.contains("partial") })
    }

    @Test(
        "a copy that is damaged is no backup: the old one stays, also where a row is only missing from an index",
        arguments: ["row-1500", "row-15"]
    )
    func damaged(text: String) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        do {
            let database = try folder.open()
            try database.execute(makeTable)
            try database.begin(.immediate)
            for number in 1_000..<3_000 { try database.run(insertName, "row-\(number)") }
            try database.commit()
            try database.backUp(to: folder.file("b.db"))
        }
        var bytes = try contents(folder.file("a.db"))
        let start = try #require(place(of: text, in: bytes))
        if text == "row-1500" {
            bytes[start] = UInt8(ascii: "x")
        } else {
            // The page that the text is in.
            for index in start / 4_096 * 4_096..<start / 4_096 * 4_096 + 4_096 { bytes[index] = 0xA5 }
        }
        try replaceContents(folder.file("a.db"), bytes)
        let error = #expect(throws: SQLiteError.self) { try folder.open().backUp(to: folder.file("b.db")) }
        #expect(error?.primary == .corrupt)
        #expect(error?.message.contains("copy of \(folder.file("a.db")) is damaged") == true, "\(error?.message ?? "")")
        #expect(folder.names == ["a.db", "b.db"])
        let kept = try folder.open("b.db")
        #expect(try kept.integrityProblems() == [])
        #expect(try kept.all(names).count == 2_000)
    }

    private func contents(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        try #require(pread(descriptor, &bytes, bytes.count, 0) == bytes.count)
        return bytes
    }

    private func replaceContents(_ path: String, _ bytes: [UInt8]) throws {
        let descriptor = open(path, O_WRONLY)
        defer { close(descriptor) }
        try #require(pwrite(descriptor, bytes, bytes.count, 0) == bytes.count)
    }

    /// Where a text is first.
    private func place(of text: String, in bytes: [UInt8]) -> Int? {
        bytes.indices.first { bytes[$0...].starts(with: text.utf8) }
    }

    @Test("a backup that is stopped leaves nothing behind, and the old one in place")
    func stopped() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        try database.execute(makeTable)
        try database.backUp(to: folder.file("b.db"))
        try database.run(insertName, String(repeating: "x", count: 50_000))
        #expect(code { try database.backUp(to: folder.file("b.db"), pagesPerStep: 1) { _ in true } } == .interrupt)
        #expect(folder.names == ["a.db", "b.db"])
        #expect(try folder.open("b.db").all(names) == [])
        #expect(!database.isInTransaction)
    }
}

@Suite struct WriteAheadLogTests {
    @Test("frames are counted after each commit, and a checkpoint moves them")
    func frames() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        try database.useWriteAheadLog()
        try database.execute(makeTable)
        let before = database.walFrames
        #expect(before > 0)
        try database.run(insertName, "a")
        #expect(database.walFrames > before)
        let passive = try database.checkpoint(.passive)
        #expect(passive.isComplete && passive.walFrames == database.walFrames)
        #expect(try database.checkpoint(.truncate) == Checkpoint(walFrames: 0, movedFrames: 0))
        #expect(database.walFrames == 0)
        try database.begin(.immediate)
        try database.run(insertName, "b")
        #expect(code { try database.checkpoint(.passive) } == .locked)
        database.rollback()
    }

    @Test("a checkpoint leaves what a reader still needs")
    func reader() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open(busyTimeoutMilliseconds: 0)
        try database.useWriteAheadLog()
        try database.execute(makeTable)
        let reader = try folder.open()
        try reader.begin(.deferred)
        #expect(try reader.all(names) == [])
        try database.run(insertName, "a")
        #expect(try !database.checkpoint(.passive).isComplete)
        #expect(code { try database.checkpoint(.truncate) } == .busy)
        #expect(try reader.all(names) == [])
        reader.rollback()
        #expect(try database.checkpoint(.truncate).isComplete)
    }
}

@Suite struct CheckTests {
    @Test("rows without a parent are named, a sound file has no problems")
    func problems() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        try database.execute("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p (id));")
        #expect(try database.integrityProblems() == [])
        #expect(try database.foreignKeyProblems() == [])
        try database.execute("INSERT INTO c VALUES (1), (2), (3)")
        #expect(
            try database.foreignKeyProblems(limit: 2) == ["c row 1 has no parent in p", "c row 2 has no parent in p"]
        )
    }

    @Test("a query plan tells a search from a scan")
    func queryPlan() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        try database.execute(makeTable + "; CREATE TABLE u (a) ")
        #expect(try database.queryPlan(of: "SELECT 1 FROM t WHERE name = ?1").allSatisfy { $0.hasPrefix("SEARCH") })
        #expect(try database.queryPlan(of: "SELECT 1 FROM u WHERE a = ?1").contains { $0.hasPrefix("SCAN") })
        #expect(code { _ = try database.queryPlan(of: "SELECT x") } == .error)
    }
}

@Suite struct MigratorTests {
    private let history = [
        Migration(
            version: 1,
            "tables",
            "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p (id))"
        ),
        Migration(version: 3, "column", "ALTER TABLE p ADD COLUMN a TEXT"),
    ]

    private func failure(_ database: Connection, _ migrations: [Migration], id: Int32 = 7) -> MigrationError? {
        do throws(MigrationError) {
            try Migrator.migrate(database, migrations, applicationID: id)
            return nil
        } catch {
            return error
        }
    }

    @Test("a new file gets the whole history, an older one the rest, a current one nothing")
    func upgrade() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        try database.setForeignKeys(enforced: true)
        #expect(failure(database, [history[0]]) == nil)
        #expect(try database.userVersion == 1)
        #expect(failure(database, history) == nil)
        #expect(failure(database, history) == nil)
        #expect(try database.userVersion == 3)
        #expect(try database.applicationID == 7)
        #expect(try database.enforcesForeignKeys)
    }

    @Test("a newer database and a file of another program are refused and left as they are")
    func refused() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        #expect(failure(database, history) == nil)
        #expect(failure(database, [history[0]]) == .newerDatabase(path: database.path, version: 3, known: 1))
        #expect(failure(database, history, id: 8) == .foreignFile(path: database.path, applicationID: 7, expected: 8))
        let other = try folder.open("b.db")
        try other.execute("CREATE TABLE theirs (a)")
        #expect(failure(other, history) == .foreignFile(path: other.path, applicationID: 0, expected: 7))
        #expect(try other.userVersion == 0)
    }

    @Test("a step that fails, or orphans rows, or ends its transaction is undone; those before it stay")
    func undone() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let database = try folder.open()
        let broken = [
            Migration(version: 4, "bad", "CREATE TABLE half (a); SELECT nothing"),
            Migration(version: 4, "orphans", "CREATE TABLE half (a); INSERT INTO c VALUES (9)"),
        ]
        for step in broken {
            let error = try #require(failure(database, history + [step]))
            switch error {
            case .failed(_, step, let cause): #expect(cause.code == .error)
            case .brokenForeignKeys(_, step, let problems): #expect(problems == ["c row 1 has no parent in p"])
            default: Issue.record("\(error)")
            }
            #expect(error.description.contains("undone"))
            #expect(try database.userVersion == 3)
            #expect(code { try database.execute("SELECT a FROM half") } == .error)
            #expect(!database.isInTransaction)
        }
        let ending = Migration(version: 4, "ends", "COMMIT")
        guard case .failed(_, ending, let cause) = failure(database, history + [ending]) else {
            Issue.record("a step may not end its own transaction")
            return
        }
        #expect(cause.code == .misuse)
    }

    @Test("of programs that migrate one file at once, each step is applied by one, and none fails")
    func concurrent() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.db")
        let history = history
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    do {
                        let database = try Connection(path: path, mode: .readWriteCreate)
                        try Migrator.migrate(database, history, applicationID: 7)
                    } catch {
                        Issue.record(error)
                    }
                }
            }
        }
        #expect(try folder.open().userVersion == 3)
    }
}
