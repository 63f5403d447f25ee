import Testing

extension Programs {
    /// Root keys on the operator socket.
    @Suite struct RootKeyOperatorTests: RootKeyCallers {
        @Test("§7: the operator names the workspace, may grant any text, and knows no ceiling")
        func operating() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let desk = try daemon.operate()
                let workspace = JSON.text(tenant.workspace)
                let odd: JSON = ["*", "nonsense", .text(String(repeating: "é", count: 512))]
                let made = try desk.data("rootKeys.createKey", ["workspaceId": workspace, "permissions": odd])
                let id = made["keyId"] ?? nil
                try desk.data(
                    "rootKeys.updateKey",
                    ["workspaceId": workspace, "keyId": id, "permissions": ["grants nothing"]]
                )
                try desk.data("rootKeys.rerollKey", ["workspaceId": workspace, "keyId": id, "expiration": 0])
                try desk.data("rootKeys.deleteKey", ["workspaceId": workspace, "keyId": id])
                let faults: [(JSON, [String])] = [
                    (["permissions": []], ["body.workspaceId"]),
                    (["workspaceId": 1, "permissions": []], ["body.workspaceId"]),
                    (["workspaceId": workspace, "permissions": [""]], ["body.permissions[0]"]),
                    (
                        ["workspaceId": workspace, "permissions": [.text(String(repeating: "x", count: 513))]],
                        ["body.permissions[0]"]
                    ),
                ]
                for (params, locations) in faults {
                    #expect(try desk.refusal(400, "invalid_input", "rootKeys.createKey", params).locations == locations)
                }
                let unknown: JSON = ["workspaceId": "ws_nothere00", "permissions": []]
                try desk.refusal(404, "workspace_not_found", "rootKeys.createKey", unknown)
                // Another workspace's key is a missing key, for the operator too.
                let other: JSON = [
                    "workspaceId": .text(try daemon.tenant().workspace), "keyId": .text(tenant.rootKeyID),
                ]
                try desk.refusal(404, "key_not_found", "rootKeys.deleteKey", other)
            }
        }

        @Test("§7: on the API socket workspaceId is an unknown member, and * cannot be granted")
        func workspaceOnAPISocket() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let caller = try daemon.connect(tenant.rootKey)
                let params: JSON = ["workspaceId": .text(tenant.workspace), "permissions": []]
                #expect(
                    try caller.refusal(400, "invalid_input", "rootKeys.createKey", params).locations == [
                        "body.workspaceId"
                    ]
                )
                let full: JSON = ["permissions": ["*"]]
                #expect(
                    try caller.refusal(400, "invalid_input", "rootKeys.createKey", full).locations == [
                        "body.permissions[0]"
                    ]
                )
            }
        }
    }
}
