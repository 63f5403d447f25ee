import Testing

extension Programs {
    @Suite struct KeyLifeTests {
        @Test("a key is made with all that can belong to it, read back, changed, rerolled, listed and deleted")
        func life() throws {
            try withDaemon { daemon in
                let client = try daemon.connect(try daemon.tenant().rootKey)
                let api = try #require(try client.data("apis.createApi", ["name": "billing"])["apiId"])
                try client.data("permissions.createRole", ["name": "Accounting", "permissions": ["invoices.write"]])
                let limit: JSON = ["name": "requests", "limit": 100, "duration": 60_000, "autoApply": true]
                let made = try client.data(
                    "keys.createKey",
                    [
                        "apiId": api, "prefix": "eu", "name": "ci", "externalId": "acct-2041", "meta": ["plan": "pro"],
                        "roles": ["accounting"], "permissions": ["invoices.read"],
                        "credits": ["remaining": 5, "refill": ["interval": "monthly", "amount": 9, "refillDay": 31]],
                        "ratelimits": [limit],
                    ]
                )
                let (id, secret) = (try #require(made["keyId"]), try #require(made["key"]))
                let key = try client.data("keys.getKey", ["keyId": id])
                #expect(key["start"] == .text(String(secret.text?.prefix(7) ?? "")))
                #expect(key["permissions"] == ["invoices.read", "invoices.write"] && key["roles"] == ["Accounting"])
                #expect(
                    key["credits"] == [
                        "remaining": 5, "refill": ["interval": "monthly", "amount": 9, "refillDay": 31],
                    ]
                )
                #expect(key["identity"]?["externalId"] == "acct-2041" && key["meta"] == ["plan": "pro"])
                #expect(key["ratelimits"]?[0]?["name"] == "requests" && key["updatedAt"] == nil)
                #expect(try client.data("keys.whoami", ["key": secret]) == key)
                #expect(try client.data("apis.listKeys", ["apiId": api, "externalId": "acct-2041"]) == [key])

                try client.data("keys.updateKey", ["keyId": id, "name": nil, "credits": ["refill": nil]])
                let balance = try client.data(
                    "keys.updateCredits",
                    ["keyId": id, "operation": "decrement", "value": 9]
                )
                #expect(balance == ["remaining": 0])
                let more = try client.data("keys.addPermissions", ["keyId": id, "permissions": ["a"]])
                #expect(more.list?.map { $0["slug"] } == ["a", "invoices.read"])
                #expect(
                    try client.data("keys.removePermissions", ["keyId": id, "permissions": ["A"]]).list?.count == 1
                )
                #expect(try client.data("keys.setPermissions", ["keyId": id, "permissions": []]) == [])
                #expect(try client.data("keys.removeRoles", ["keyId": id, "roles": ["ACCOUNTING"]]) == [])
                let roles = try client.data("keys.addRoles", ["keyId": id, "roles": ["Accounting"]])
                #expect(roles[0]?["permissions"]?[0]?["slug"] == "invoices.write")
                #expect(try client.data("keys.setRoles", ["keyId": id, "roles": []]) == [])

                let rerolled = try client.data("keys.rerollKey", ["keyId": id, "expiration": 0])
                #expect(rerolled["key"]?.text?.hasPrefix("eu_") == true)
                #expect(try client.data("keys.verifyKey", ["key": secret])["code"] == "EXPIRED")
                #expect(try client.data("keys.verifyKey", ["key": rerolled["key"] ?? nil])["code"] == "USAGE_EXCEEDED")
                try client.data("keys.deleteKey", ["keyId": id])
                try client.refusal(404, "key_not_found", "keys.getKey", ["keyId": id])
                try client.refusal(404, "key_not_found", "keys.deleteKey", ["keyId": id, "permanent": true])
            }
        }

        @Test("keys are taken over by their hashes; those of whole secrets verify at once")
        func migration() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let client = try daemon.connect(tenant.rootKey)
                let api = try #require(try client.data("apis.createApi", ["name": "billing"])["apiId"])
                let migration = try daemon.operate().data(
                    "migrations.createMigration",
                    ["workspaceId": .text(tenant.workspace), "name": "old", "algorithm": "sha256"]
                )["migrationId"]
                let params: JSON = [
                    "migrationId": migration ?? nil, "apiId": api,
                    "keys": [
                        // SHA-256 of "hello".
                        ["hash": "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", "roles": ["Made"]],
                        ["hash": "no hash at all"],
                    ],
                ]
                let taken = try client.data("keys.migrateKeys", params)
                #expect(taken["migrated"]?.list?.count == 2 && taken["failed"] == [])
                #expect(try client.data("keys.verifyKey", ["key": "hello"])["code"] == "VALID")
                #expect(try client.data("keys.migrateKeys", params)["failed"]?.list?.count == 2)
            }
        }
    }
}
