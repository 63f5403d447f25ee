import Domain
import ProtocolWire
import SQLite
import Testing

@testable import Store

@Suite struct AccessRowTests {
    private let database: TemporaryDatabase
    private let workspace: WorkspaceReference

    init() throws {
        database = try TemporaryDatabase()
        workspace = try database.transaction.insertWorkspace(named: "acme")
    }

    private var transaction: WriteTransaction { database.transaction }

    private func permission(_ slug: String) throws -> PermissionRow {
        try transaction.insertPermission(slug: slug, name: slug, description: nil, in: workspace)
    }

    private func role(_ name: String, _ permissions: [PermissionRow] = []) throws -> RoleRow {
        try transaction.insertRole(named: name, description: nil, permissions: permissions, in: workspace)
    }

    /// A key with direct permissions and roles.
    private func key(_ permissions: [PermissionRow], _ roles: [RoleRow]) throws -> RowNumber<Key> {
        let id = try transaction.insertAPI(named: "billing", in: workspace)
        let api = try #require(try transaction.api(id, in: workspace))
        _ = try transaction.insertKey(.sample("secret", of: api), in: workspace)
        let number = RowNumber<Key>(
            try #require(try database.connection.first(Query(uncached: "SELECT number FROM keys") { $0.integer(0) }))
        )
        let links: [(String, [Int64])] = [
            ("key_permissions (key, permission)", permissions.map(\.number.value)),
            ("key_roles (key, role)", roles.map(\.number.value)),
        ]
        for (table, targets) in links {
            for target in targets {
                try database.connection.run(
                    Command(uncached: "INSERT INTO \(table) VALUES (?1, ?2)"),
                    number.value,
                    target
                )
            }
        }
        return number
    }

    private func slugs(of role: RoleRow) throws -> [String] {
        try transaction.permissions(of: role).map(\.slug)
    }

    @Test("no statement on permissions and roles scans a table or sorts a list")
    func plans() throws {
        let other = try permission("other")
        var row = try permission("needle")
        var role = try role("Role", [row])
        row.slug = "NEEDLE"
        try transaction.updatePermission(row, in: workspace)
        role.name = "ROLE"
        try transaction.updateRole(role, in: workspace)
        try transaction.setPermissions([other], of: role, in: workspace)
        #expect(try transaction.permission(idOrSlug: "needle", in: workspace)?.number == row.number)
        #expect(try transaction.role(idOrName: "role", in: workspace)?.number == role.number)
        let search = SearchText("needle")
        #expect(try transaction.permissions(in: workspace, having: search, from: "", limit: 9).count == 1)
        #expect(try transaction.roles(in: workspace, having: nil, from: "", limit: 9).count == 1)
        #expect(try slugs(of: role) == ["other"])
        let key = try key([row], [role])
        #expect(try transaction.permissions(of: key).map(\.slug) == ["NEEDLE"])
        #expect(try transaction.roles(of: key).map(\.name) == ["ROLE"])
        #expect(try transaction.slugs(of: key) == ["NEEDLE", "other"])
        try transaction.deletePermission(row, in: workspace)
        try transaction.deleteRole(role, in: workspace)
        let lists = [PermissionRow.fromID.sql, RoleRow.fromID.sql]
        for sql in database.connection.preparedSQL where !TemporaryDatabase.scans.contains(sql) {
            for line in try database.connection.queryPlan(of: sql) {
                #expect(!line.hasPrefix("SCAN") || line == "SCAN CONSTANT ROW", "\(line): \(sql)")
                if lists.contains(sql) { #expect(!line.contains("TEMP B-TREE"), "\(line): \(sql)") }
            }
        }
        #expect(lists.allSatisfy(database.connection.preparedSQL.contains))
        #expect(try database.connection.foreignKeyProblems().isEmpty)
    }

    @Test("a list reads no further than it has to")
    func prefix() throws {
        let ids = try (0..<5).map { try permission("slug.\($0)").id.text }.sorted()
        let rows = try transaction.permissions(in: workspace, having: nil, from: ids[1], limit: 2)
        #expect(rows.map(\.id.text) == Array(ids[1...2]))
    }

    @Test(
        "resolving: each once in the order of the request, the first spelling counts, and what is missing is made if that is allowed"
    )
    func resolve() throws {
        let known = try permission("Known")
        var asked = 0
        let rows = try transaction.resolvePermissions(["New", "KNOWN", "new", "known", "other"], in: workspace) {
            () throws(Problem) in asked += 1
        }
        #expect(rows.map(\.slug) == ["New", "Known", "other"] && rows.map(\.name) == ["New", "Known", "other"])
        #expect(rows[1].number == known.number && asked == 1)
        let again = try transaction.resolvePermissions(["other", "NEW"], in: workspace) { () throws(Problem) in
            Issue.record("nothing is missing")
        }
        #expect(again.map(\.number) == [rows[2].number, rows[0].number])
        #expect(throws: Problem.internalFailure) {
            _ = try transaction.resolvePermissions(["first", "known"], in: workspace) { () throws(Problem) in
                throw .internalFailure
            }
        }
        #expect(try transaction.permission(slug: "first", in: workspace) == nil)
        #expect(try transaction.resolvePermissions([], in: workspace) { () throws(Problem) in asked += 1 }.isEmpty)
        #expect(asked == 1)
    }

    @Test(
        "a deleted permission or role keeps its links unseen, so that it can be restored whole; a set takes them away"
    )
    func tombstones() throws {
        let (kept, deleted) = (try permission("kept"), try permission("deleted"))
        let one = try role("One", [kept, deleted])
        let two = try role("Two", [kept, deleted])
        try transaction.deletePermission(deleted, in: workspace)
        #expect(try slugs(of: one) == ["kept"])
        try transaction.setPermissions([kept], of: two, in: workspace)
        let restore = Command(uncached: "UPDATE permissions SET deleted_at_ms = NULL WHERE number = ?1")
        try database.connection.run(restore, deleted.number.value)
        #expect(try slugs(of: one) == ["deleted", "kept"])
        #expect(try slugs(of: two) == ["kept"], "the set said what the role has")
    }

    @Test(
        "a key has what it has directly and through its roles, each once; a deleted permission or role leaves it at once"
    )
    func keys() throws {
        let rows = try ["b", "a", "C", "d"].map(permission)
        let one = try role("one", [rows[0], rows[1]])
        let two = try role("Two", [rows[1], rows[2]])
        let key = try key([rows[1], rows[3]], [one, two])
        #expect(try transaction.slugs(of: key) == ["C", "a", "b", "d"])
        #expect(try transaction.permissions(of: key).map(\.slug) == ["a", "d"])
        #expect(try transaction.roles(of: key).map(\.name) == ["Two", "one"])
        var renamed = rows[1]
        renamed.slug = "z"
        try transaction.updatePermission(renamed, in: workspace)
        #expect(try transaction.slugs(of: key) == ["C", "b", "d", "z"])
        try transaction.deleteRole(two, in: workspace)
        #expect(try transaction.slugs(of: key) == ["b", "d", "z"])
        #expect(try transaction.roles(of: key).map(\.name) == ["one"])
        try transaction.deletePermission(renamed, in: workspace)
        _ = try permission("z")
        _ = try role("two", [rows[2]])
        #expect(try transaction.slugs(of: key) == ["b", "d"], "what is new of that name is attached to nothing")
        #expect(try transaction.permissions(of: key).map(\.slug) == ["d"])
        try transaction.setPermissions([rows[2]], of: one, in: workspace)
        #expect(try transaction.slugs(of: key) == ["C", "d"])
    }

    @Test("a slug and a name are unique among what is not deleted, also if nobody asks before")
    func uniqueness() throws {
        let first = try permission("a")
        #expect(throws: Problem.self) { try permission("A") }
        try transaction.deletePermission(first, in: workspace)
        _ = try permission("A")
        let role = try role("b\u{0}c")
        #expect(throws: Problem.self) { try self.role("B\u{0}C") }
        _ = try self.role("B\u{0}D")
        try transaction.deleteRole(role, in: workspace)
        _ = try self.role("B\u{0}C")
    }

    @Test(
        "changes that keys can show are told to hot state; a new permission, a new role and a set that changes nothing are not"
    )
    func changes() throws {
        func changes(_ body: () throws -> Void) throws -> [Change] {
            _ = transaction.takeChanges()
            try body()
            return transaction.takeChanges()
        }
        let told: [Change] = [.accessModel(workspace.number)]
        let row = try permission("a")
        let role = try role("Role")
        #expect(try changes { _ = try permission("b") }.isEmpty)
        #expect(try changes { _ = try self.role("Other", [row]) }.isEmpty)
        #expect(try changes { try transaction.setPermissions([row], of: role, in: workspace) } == told)
        #expect(try changes { try transaction.setPermissions([row], of: role, in: workspace) }.isEmpty)
        #expect(try changes { try transaction.setPermissions([], of: role, in: workspace) } == told)
        #expect(try changes { try transaction.updatePermission(row, in: workspace) } == told)
        #expect(try changes { try transaction.deletePermission(row, in: workspace) } == told)
        #expect(try changes { try transaction.updateRole(role, in: workspace) } == told)
        #expect(try changes { try transaction.deleteRole(role, in: workspace) } == told)
    }

    @Test("another workspace's permissions and roles are not there")
    func isolation() throws {
        let row = try permission("a")
        let role = try role("Role")
        let other = try transaction.insertWorkspace(named: "other")
        for text in ["a", row.id.text] { #expect(try transaction.permission(idOrSlug: text, in: other) == nil) }
        for text in ["Role", role.id.text] { #expect(try transaction.role(idOrName: text, in: other) == nil) }
        #expect(try transaction.permissions(in: other, having: nil, from: "", limit: 9).isEmpty)
        #expect(try transaction.roles(in: other, having: nil, from: "", limit: 9).isEmpty)
    }
}
