import Cryptography
import Domain
import Foundation
import ProtocolWire
import SQLite

@testable import Store

/// A migrated database in a folder of its own, with one transaction open for writing.
final class TemporaryDatabase {
    let connection: Connection
    let transaction: WriteTransaction
    private let folder: URL

    /// Statements that read a whole table, and why that is right.
    static let scans: Set<String> = [
        // The migrator asks once, at start-up, whether the file is empty; that table has no index.
        "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)",
        // The writer asks once, at its first key; SQLite's own table has a row for each table that counts.
        "SELECT seq FROM sqlite_sequence WHERE name = 'keys'",
    ]

    /// Statements that sort, and why that is right: what one key or one role has is little, and its order is that of other rows.
    static let sorts: Set<String> = [
        PermissionRow.ofRole.sql, PermissionRow.ofKey.sql, PermissionRow.slugsOfKey.sql, RoleRow.ofKey.sql,
    ]

    init(_ migrations: [Migration] = Schema.migrations, recovery: RecoverySecrets? = nil) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "latchkey-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        connection = try Connection(path: folder.appending(path: "test.db").path, mode: .readWriteCreate)
        try Migrator.migrate(connection, migrations, applicationID: Schema.applicationID)
        try connection.setForeignKeys(enforced: true)
        transaction = WriteTransaction(connection, recovery: recovery)
        begin(at: 1_000)
    }

    deinit {
        // The folder is temporary: what stays is cleared by the system.
        try? FileManager.default.removeItem(at: folder)
    }

    func begin(at time: Int64) {
        var random = FastRandom()
        transaction.begin(
            Stamp(time: UnixMilliseconds(time), actor: "operator", requestID: RequestID(using: &random))
        )
    }

    /// The audit rows so far, `event subject`.
    func audit() throws -> [String] {
        try connection.all(
            Query(uncached: "SELECT event || ' ' || subject FROM audit_log ORDER BY number") { $0.text(0) }
        )
    }
}

extension NewRootKey {
    static func sample(_ secret: String, _ permissions: [String] = []) -> NewRootKey {
        NewRootKey(
            hash: SHA256.hash(secret),
            start: "latchkey_abcd",
            end: "wxyz",
            name: nil,
            isEnabled: true,
            permissions: permissions,
            expires: nil
        )
    }
}

extension NewKey {
    static func sample(_ secret: String, of api: APIRow) -> NewKey {
        NewKey(
            api: api.number,
            hash: SHA256.hash(secret),
            start: "abcd",
            name: "e\u{301}",
            meta: #"{"a":1}"#,
            isEnabled: true,
            expires: UnixMilliseconds(9)
        )
    }
}
