import Testing

extension Programs {
    @Suite struct WorkspacesTests {
        @Test("createWorkspace: names of 1 to 255 code points, repeated at will")
        func create() throws {
            try withDaemon { daemon in
                let desk = try daemon.operate()
                var ids: Set<JSON> = []
                for name in ["a", "a", String(repeating: "é", count: 255), "\u{0}", " "] {
                    let data = try desk.data("workspaces.createWorkspace", ["name": .text(name)])
                    let id = try #require(data["workspaceId"])
                    #expect(id.text?.hasPrefix("ws_") == true)
                    ids.insert(id)
                    #expect(try desk.data("workspaces.getWorkspace", ["workspaceId": id])["name"] == .text(name))
                }
                #expect(ids.count == 5)
                for name in ["", String(repeating: "é", count: 256)] {
                    let refusal = try desk.refusal(
                        400,
                        "invalid_input",
                        "workspaces.createWorkspace",
                        ["name": .text(name)]
                    )
                    #expect(refusal.locations == ["body.name"])
                }
            }
        }

        @Test("a new workspace has the defaults of workspace.md: no limits but 365 and 90 days and no log drains")
        func defaults() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let data = try daemon.operate().data(
                    "workspaces.getWorkspace",
                    ["workspaceId": .text(tenant.workspace)]
                )
                #expect(data["enabled"] == true)
                #expect(data["apiBillableOperationsCountMaxPerMonth"] == .null)
                #expect(data["apiRequestsCountMaxPerMinute"] == .null)
                #expect(data["logsRetentionDaysMax"] == 365)
                #expect(data["logsAuditRetentionDaysMax"] == 90)
                #expect(data["logdrainsMax"] == 0)
            }
        }

        @Test("updateWorkspace: omitted keeps, null clears a nullable member, a value sets, nothing to change is a 200")
        func update() throws {
            try withDaemon { daemon in
                let desk = try daemon.operate()
                let id = JSON.text(try daemon.tenant().workspace)
                let before = try desk.data("workspaces.getWorkspace", ["workspaceId": id])
                #expect(try desk.data("workspaces.updateWorkspace", ["workspaceId": id]) == before)
                let change: JSON = [
                    "workspaceId": id, "name": "new", "enabled": false, "apiRequestsCountMaxPerMinute": 0,
                    "logsRetentionDaysMax": nil, "logdrainsMax": 9_007_199_254_740_992,
                ]
                let after = try desk.data("workspaces.updateWorkspace", change)
                #expect(after["name"] == "new" && after["enabled"] == false)
                #expect(after["apiRequestsCountMaxPerMinute"] == 0)
                #expect(after["logsRetentionDaysMax"] == .null)
                #expect(after["logdrainsMax"] == 9_007_199_254_740_992)
                #expect(after["logsAuditRetentionDaysMax"] == 90)
                #expect(try desk.data("workspaces.getWorkspace", ["workspaceId": id]) == after)
                try daemon.restart()
                #expect(try daemon.operate().data("workspaces.getWorkspace", ["workspaceId": id]) == after)
                for (name, value): (String, JSON) in [
                    ("name", nil), ("enabled", nil), ("logdrainsMax", -1), ("logdrainsMax", 9_007_199_254_740_993),
                    ("logdrainsMax", "1"), ("createdAt", 1),
                ] {
                    let params = JSON.object(["workspaceId": id, name: value])
                    let refusal = try daemon.operate().refusal(
                        400,
                        "invalid_input",
                        "workspaces.updateWorkspace",
                        params
                    )
                    #expect(refusal.locations == ["body.\(name)"])
                }
            }
        }

        @Test("deleteWorkspace: gone from every procedure; a repeat and any unknown one are the same 404")
        func delete() throws {
            try withDaemon { daemon in
                let desk = try daemon.operate()
                let id = JSON.text(try daemon.tenant().workspace)
                try desk.data("workspaces.deleteWorkspace", ["workspaceId": id])
                for method in ["workspaces.deleteWorkspace", "workspaces.getWorkspace", "workspaces.updateWorkspace"] {
                    try desk.refusal(404, "workspace_not_found", method, ["workspaceId": id])
                    try desk.refusal(404, "workspace_not_found", method, ["workspaceId": "ws_unknown"])
                }
                try desk.refusal(
                    404,
                    "workspace_not_found",
                    "rootKeys.createKey",
                    ["workspaceId": id, "permissions": []]
                )
                try desk.refusal(404, "workspace_not_found", "rootKeys.listKeys", ["workspaceId": id])
                #expect(try desk.call("workspaces.listWorkspaces").rows.isEmpty)
            }
        }

        @Test("deleteWorkspace: its keys verify no more, for nobody, also after a restart")
        func deleteStopsKeys() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                do {
                    let caller = try daemon.connect(tenant.rootKey)
                    let api = try caller.data("apis.createApi", ["name": "keys"])["apiId"] ?? nil
                    let key = try caller.data("keys.createKey", ["apiId": api])["key"] ?? nil
                    #expect(try caller.data("keys.verifyKey", ["key": key])["code"] == "VALID")
                    try daemon.operate().data("workspaces.deleteWorkspace", ["workspaceId": .text(tenant.workspace)])
                    try caller.refusal(404, "workspace_not_found", "keys.verifyKey", ["key": key])
                }
                try daemon.restart()
                try daemon.connect(tenant.rootKey).refusal(404, "workspace_not_found", "keys.verifyKey", ["key": "x"])
            }
        }
    }
}
