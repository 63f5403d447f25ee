import Testing

extension Programs {
    @Suite struct IdentitiesTests {
        @Test("an identity is made, found by both names, changed, listed and deleted, and its name is free again")
        func identity() throws {
            try withDaemon { daemon in
                let client = try daemon.connect(try daemon.tenant().rootKey)
                let limit: JSON = ["name": "exports", "limit": 20, "duration": 3_600_000, "autoApply": true]
                let params: JSON = ["externalId": "acct-2041", "meta": ["tier": "é\u{1F511}"], "ratelimits": [limit]]
                for _ in 0..<2 {
                    let id = try #require(try client.data("identities.createIdentity", params)["identityId"])
                    try client.refusal(409, "identity_already_exists", "identities.createIdentity", params)
                    let stored = try client.data("identities.getIdentity", ["identity": "acct-2041"])
                    #expect(stored == (try client.data("identities.getIdentity", ["identity": id])))
                    #expect(stored["meta"] == ["tier": "é\u{1F511}"])
                    let limitID = try #require(stored["ratelimits"]?[0]?["id"])
                    let change: JSON = ["identity": id, "ratelimits": [limit.with("limit", 40)]]
                    let changed = try client.data("identities.updateIdentity", change)
                    #expect(changed["ratelimits"] == [limit.with("limit", 40).with("id", limitID)])
                    #expect(try client.data("identities.listIdentities", ["search": "ACCT"]) == [changed])
                    #expect(try client.data("identities.deleteIdentity", ["identity": id]) == [:])
                    try client.refusal(404, "identity_not_found", "identities.deleteIdentity", ["identity": id])
                }
            }
        }

        @Test("a caller without the permission gets the same 403 for an identity that is there and one that is not")
        func blindness() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let owner = try daemon.connect(tenant.rootKey)
                try owner.data("identities.createIdentity", ["externalId": "acct-1"])
                let params: JSON = ["permissions": ["identity.id_other.read_identity"]]
                let key = try #require(try owner.data("rootKeys.createKey", params)["key"]?.text)
                let stranger = owner.with(auth: key)
                let there = try stranger.refusal(
                    403,
                    "insufficient_permissions",
                    "identities.getIdentity",
                    ["identity": "acct-1"]
                )
                let gone = try stranger.refusal(
                    403,
                    "insufficient_permissions",
                    "identities.getIdentity",
                    ["identity": "acct-2"]
                )
                #expect(there.error == gone.error)
            }
        }

        @Test("key migrations are registered, read, listed and deleted by the operator, and nobody else")
        func migrations() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let desk = try daemon.operate()
                let workspace: JSON = ["workspaceId": .text(tenant.workspace)]
                let params = workspace.with("name", "old keys").with("algorithm", "sha256")
                let id = try #require(try desk.data("migrations.createMigration", params)["migrationId"])
                let named = workspace.with("migrationId", id)
                #expect(try desk.data("migrations.getMigration", named)["algorithm"] == "sha256")
                #expect(try desk.call("migrations.listMigrations", workspace).rows.count == 1)
                #expect(try desk.call("migrations.createMigration", params.with("algorithm", "md5")).status == 400)
                try desk.data("migrations.deleteMigration", named)
                try desk.refusal(404, "migration_not_found", "migrations.getMigration", named)
                let client = try daemon.connect(tenant.rootKey)
                try client.refusal(404, "procedure_not_found", "migrations.listMigrations", workspace)
            }
        }

        @Test("delete protection, set by apis.updateApi, refuses deleteApi until it is off")
        func deleteProtection() throws {
            try withDaemon { daemon in
                let client = try daemon.connect(try daemon.tenant().rootKey)
                let api: JSON = ["apiId": try #require(try client.data("apis.createApi", ["name": "billing"])["apiId"])]
                try client.data("apis.updateApi", api.with("deleteProtection", true).with("defaultPrefix", "eu"))
                try client.refusal(412, "protected_resource", "apis.deleteApi", api)
                #expect(try client.data("keys.createKey", api)["key"]?.text?.hasPrefix("eu_") == true)
                try client.data("apis.updateApi", api.with("deleteProtection", false).with("defaultPrefix", .null))
                #expect(try client.data("keys.createKey", api)["key"]?.text?.contains("_") == false)
                try client.data("apis.deleteApi", api)
            }
        }
    }
}
