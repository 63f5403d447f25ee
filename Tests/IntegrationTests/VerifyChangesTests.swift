import Foundation
import Testing

extension Programs {
    /// What a verification sees of changes, and what it changes itself.
    @Suite struct VerifyChangesTests {
        @Test("every change is seen by the next verification on another connection")
        func seen() throws {
            try withDaemon { daemon in
                let setting = try VerifyScene(daemon)
                let others = try (0..<4).map { _ in try setting.connect() }
                try setting.client.data("permissions.createRole", ["name": "Reader", "permissions": ["docs.read"]])
                try setting.client.data("identities.createIdentity", ["externalId": "acct"])
                let (id, secret) = try setting.key(["externalId": "acct", "roles": ["Reader"]])
                let key: JSON = ["keyId": id]
                let query: JSON = ["key": secret, "permissions": "docs.read AND docs.write"]
                for round in 0..<25 as Range<Int64> {
                    for (method, params, code) in try steps(round, key, setting) {
                        try setting.client.data(method, params)
                        for other in others {
                            #expect(
                                try other.data("keys.verifyKey", query)["code"] == code,
                                "\(method), round \(round)"
                            )
                        }
                    }
                    let limits: JSON = [VerifyScene.limit("units", round + 1, isAutomatic: false)]
                    try setting.client.data("identities.updateIdentity", ["identity": "acct", "ratelimits": limits])
                    let look: JSON = ["key": secret, "ratelimits": [["name": "units", "cost": 0]]]
                    for other in others {
                        let shown = try other.data("keys.verifyKey", look)["ratelimits"]
                        #expect(shown?[0]?["limit"]?.integer == round + 1)
                    }
                }
                try setting.client.data("apis.deleteApi", ["apiId": setting.api])
                for other in others {
                    #expect(try other.data("keys.verifyKey", query) == ["valid": false, "code": "NOT_FOUND"])
                }
            }
        }

        /// Changes of a round, each with the code of a verification that needs `docs.read AND docs.write`, the first of which
        /// the key has through a role.
        private func steps(_ round: Int64, _ key: JSON, _ setting: VerifyScene) throws -> [(String, JSON, JSON)] {
            let write: JSON = ["docs.write"]
            let missing: JSON = "INSUFFICIENT_PERMISSIONS"
            return [
                ("keys.addPermissions", key.with("permissions", write), "VALID"),
                ("keys.removePermissions", key.with("permissions", write), missing),
                ("keys.setPermissions", key.with("permissions", write), "VALID"),
                ("permissions.setRolePermissions", ["role": "Reader", "permissions": []], missing),
                ("permissions.setRolePermissions", ["role": "Reader", "permissions": ["docs.read"]], "VALID"),
                ("permissions.deletePermission", ["permission": "docs.write"], missing),
                ("keys.addPermissions", key.with("permissions", write), "VALID"),
                ("keys.updateKey", key.with("enabled", false), "DISABLED"),
                ("keys.updateKey", key.with("enabled", true).with("expires", 1), "EXPIRED"),
                ("keys.updateKey", key.with("expires", .null), "VALID"),
                ("apis.updateApi", ["apiId": setting.api, "ipAllowlist": []], "FORBIDDEN"),
                ("apis.updateApi", ["apiId": setting.api, "ipAllowlist": .null], "VALID"),
                ("keys.updateCredits", key.with("operation", "set").with("value", 0), "USAGE_EXCEEDED"),
                ("keys.updateCredits", key.with("operation", "set"), "VALID"),
                ("keys.setRoles", key.with("roles", []), missing),
                ("keys.addRoles", key.with("roles", ["Reader"]), "VALID"),
            ]
        }

        @Test("lastUsedAt appears in getKey after a verification, with any outcome, and survives a restart")
        func lastUsedAt() throws {
            try withDaemon { daemon in
                let setting = try VerifyScene(daemon)
                let keys = [try setting.key(), try setting.key(["enabled": false])]
                let unused = try setting.key()
                let begin = Int64(Date().timeIntervalSince1970 * 1_000)
                for key in keys { try setting.client.data("keys.verifyKey", ["key": key.secret]) }
                for key in keys {
                    let isThere = try eventually {
                        let data = try setting.client.data("keys.getKey", ["keyId": key.id])
                        return (data["lastUsedAt"]?.integer ?? 0) >= begin && data["updatedAt"] == nil
                    }
                    #expect(isThere)
                }
                try setting.client.data("keys.verifyKey", ["key": keys[0].secret])
                let second = Int64(Date().timeIntervalSince1970 * 1_000)
                try daemon.restart()
                let client = try setting.connect()
                let last = try client.data("keys.getKey", ["keyId": keys[0].id])["lastUsedAt"]?.integer ?? 0
                #expect(last >= begin && last <= second)
                #expect(try client.data("keys.getKey", ["keyId": unused.id])["lastUsedAt"] == nil)
            }
        }

        @Test("a key that was taken over is converted once, however many verify it first at the same time")
        func migrated() throws {
            try withDaemon { daemon in
                let setting = try VerifyScene(daemon)
                let made = try daemon.operate().data(
                    "migrations.createMigration",
                    [
                        "workspaceId": .text(setting.tenant.workspace), "name": "old",
                        "algorithm": "github.com/seamapi/prefixed-api-key",
                    ]
                )
                let migration = try #require(made["migrationId"])
                // SHA-256 of "longtoken".
                let hash: JSON = "76d1e9a7589d33f3611b653ba396f6c473cfd38ba132174a4f6940aac59e855e"
                let key: JSON = ["hash": hash, "credits": ["remaining": 100]]
                try setting.client.data(
                    "keys.migrateKeys",
                    ["migrationId": migration, "apiId": setting.api, "keys": [key]]
                )
                let params: JSON = ["key": "acme_short_longtoken", "migrationId": migration]
                let left = try concurrently(32) { _ in
                    try setting.connect().data("keys.verifyKey", params)["credits"]?.integer ?? -1
                }
                #expect(left.sorted() == Array(68..<100))
                let rows = "SELECT count(*) FROM audit_log WHERE event = 'key.migrate'"
                #expect(try sqlite(daemon.database, rows) == "1")
                #expect(try setting.client.data("keys.verifyKey", ["key": "acme_short_longtoken"])["credits"] == 67)
            }
        }
    }
}
