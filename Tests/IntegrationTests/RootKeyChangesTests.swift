import Foundation
import Testing

extension Programs {
    /// Lists, changes and rerolls of root keys.
    @Suite struct RootKeyChangesTests: RootKeyCallers {
        @Test("listKeys: rows that may not be read are filtered out before paging")
        func filtering() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let desk = try daemon.operate()
                let ids = try (0..<12).map { _ in
                    try desk.data("rootKeys.createKey", ["workspaceId": .text(tenant.workspace), "permissions": []])[
                        "keyId"
                    ]?.text
                        ?? ""
                }.sorted()
                let readable = ids.enumerated().filter { $0.offset.isMultiple(of: 3) }.map(\.element)
                let caller = try caller(readable.map { "unkey:v1:{ws}:rootKeys/\($0)#read" }, daemon, tenant)
                var shown: [String] = []
                var cursor: String?
                repeat {
                    let params = (["limit": 3] as JSON).with("cursor", cursor.map(JSON.text))
                    let page = try caller.call("rootKeys.listKeys", params)
                    shown += page.rows.compactMap { $0["keyId"]?.text }
                    cursor = page.cursor
                    if let cursor { #expect(readable.contains(cursor), "the cursor is no row that is hidden") }
                } while cursor != nil
                #expect(shown == readable)
                let none = try self.caller([], daemon, tenant).call("rootKeys.listKeys")
                #expect(none.rows.isEmpty && !none.hasMore)
            }
        }

        @Test("listKeys: disabled and expired keys are there, deleted ones and other workspaces' are not")
        func listed() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let caller = try daemon.connect(tenant.rootKey)
                _ = try daemon.tenant()
                let ids = try (0..<3).map { _ in
                    try caller.data("rootKeys.createKey", ["permissions": []])["keyId"] ?? nil
                }
                try caller.data("rootKeys.updateKey", ["keyId": ids[0], "enabled": false])
                try caller.data("rootKeys.rerollKey", ["keyId": ids[1], "expiration": 0])
                try caller.data("rootKeys.deleteKey", ["keyId": ids[2]])
                let listed = try caller.call("rootKeys.listKeys").rows
                #expect(listed.count == 4)  // The caller's own, two of three, and the new one of the reroll.
                #expect(listed.first { $0["keyId"] == ids[0] }?["enabled"] == false)
                #expect(listed.first { $0["keyId"] == ids[1] }?["expires"]?.integer != nil)
                #expect(!listed.contains { $0["keyId"] == ids[2] })
            }
        }

        @Test("updateKey: three states, at least one change; expires cannot be changed")
        func update() throws {
            try withDaemon { daemon in
                let caller = try daemon.connect(try daemon.tenant().rootKey)
                let id =
                    try caller.data("rootKeys.createKey", ["name": "a", "permissions": ["api.*.read_api"]])["keyId"]
                    ?? nil
                func row() throws -> JSON? { try caller.call("rootKeys.listKeys").rows.first { $0["keyId"] == id } }
                let before = try row()
                #expect(try caller.data("rootKeys.updateKey", ["keyId": id, "enabled": false]) == [:])
                #expect(try row() == before?.with("enabled", false))
                try caller.data("rootKeys.updateKey", ["keyId": id, "name": nil, "enabled": true])
                #expect(try row() == before?.with("name", .null))
                try caller.data("rootKeys.updateKey", ["keyId": id, "permissions": []])
                #expect(try row()?["permissions"] == [])
                try caller.data("rootKeys.updateKey", ["keyId": id, "permissions": []])
                let faults: [(JSON, String)] = [
                    (["keyId": id], "body"), (["keyId": id, "enabled": nil], "body.enabled"),
                    (["keyId": id, "permissions": nil], "body.permissions"), (["keyId": id, "name": ""], "body.name"),
                    (["keyId": id, "name": "x", "expires": nil], "body.expires"), (["name": "x"], "body.keyId"),
                ]
                for (params, location) in faults {
                    let refusal = try caller.refusal(400, "invalid_input", "rootKeys.updateKey", params)
                    #expect(refusal.locations == [location])
                }
            }
        }

        @Test("with a keyId: 403 before any lookup, whether it exists or not; then one 404 for all that is not there")
        func lookups() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let full = try daemon.connect(tenant.rootKey)
                let foreign = try daemon.tenant().rootKeyID
                let api = try full.data("apis.createApi", ["name": "keys"])["apiId"] ?? nil
                let ordinary = try full.data("keys.createKey", ["apiId": api])["keyId"]?.text ?? ""
                let calls: [(String, JSON)] = [
                    ("rootKeys.updateKey", ["name": "x"]), ("rootKeys.rerollKey", ["expiration": nil]),
                    ("rootKeys.deleteKey", [:]),
                ]
                let weak = try caller(["unkey:v1:{ws}:rootKeys/*#read"], daemon, tenant)
                for (method, params) in calls {
                    for id in [tenant.rootKeyID, "key_nothere00"] {
                        try weak.refusal(403, "insufficient_permissions", method, params.with("keyId", .text(id)))
                    }
                    let details = try [foreign, ordinary, "key_nothere00"].map { id in
                        try full.refusal(404, "key_not_found", method, params.with("keyId", .text(id))).detail
                            .replacing(id, with: "…")
                    }
                    #expect(Set(details).count == 1)
                }
            }
        }

        @Test("write does not include delete, nor delete write, nor either read")
        func actions() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let full = try daemon.connect(tenant.rootKey)
                let id = try full.data("rootKeys.createKey", ["permissions": []])["keyId"]?.text ?? ""
                let write = try caller(["unkey:v1:{ws}:rootKeys/\(id)#write"], daemon, tenant)
                let delete = try caller(["unkey:v1:{ws}:rootKeys/\(id)#delete"], daemon, tenant)
                #expect(try write.call("rootKeys.listKeys").rows.isEmpty)
                #expect(try delete.call("rootKeys.listKeys").rows.isEmpty)
                try write.refusal(403, "insufficient_permissions", "rootKeys.deleteKey", ["keyId": .text(id)])
                try delete.refusal(
                    403,
                    "insufficient_permissions",
                    "rootKeys.updateKey",
                    ["keyId": .text(id), "enabled": false]
                )
                let reroll = try write.refusal(
                    403,
                    "insufficient_permissions",
                    "rootKeys.rerollKey",
                    ["keyId": .text(id), "expiration": 0]
                )
                #expect(reroll.detail.contains("rootKeys/\(id)#delete"))
                try write.data("rootKeys.rerollKey", ["keyId": .text(id), "expiration": nil])
                try delete.data("rootKeys.deleteKey", ["keyId": .text(id)])
            }
        }

        @Test("rerollKey: the new key has all the settings; the old one ends at the earlier of its own end and now + n")
        func reroll() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let caller = try daemon.connect(tenant.rootKey)
                let end = soon(600_000)
                let old =
                    try caller.data(
                        "rootKeys.createKey",
                        ["name": "n", "permissions": ["api.*.read_api"], "expires": .integer(end)]
                    )["keyId"] ?? nil
                try caller.data("rootKeys.updateKey", ["keyId": old, "enabled": false])
                func row(_ id: JSON?) throws -> JSON? {
                    try caller.call("rootKeys.listKeys").rows.first { $0["keyId"] == id }
                }
                let new = try caller.data("rootKeys.rerollKey", ["keyId": old, "expiration": 3_600_000])["keyId"]
                #expect(new != old)
                for name in ["name", "enabled", "permissions", "expires"] {
                    #expect(try row(new)?[name] == row(old)?[name])
                }
                #expect(try row(old)?["expires"] == .integer(end), "an hour from now would be later")
                try caller.data("rootKeys.rerollKey", ["keyId": old, "expiration": 1_000])
                #expect((try row(old)?["expires"]?.integer ?? 0) < end)
                try caller.data("rootKeys.rerollKey", ["keyId": old, "expiration": nil])
                for params: JSON in [
                    ["keyId": old], ["keyId": old, "expiration": -1], ["keyId": old, "expiration": 4_102_444_800_001],
                ] {
                    let refusal = try caller.refusal(400, "invalid_input", "rootKeys.rerollKey", params)
                    #expect(refusal.locations == ["body.expiration"])
                }
                try caller.data("rootKeys.rerollKey", ["keyId": old, "expiration": 4_102_444_800_000])
            }
        }

        @Test("rerollKey: the caller covers every permission of the original, also those that grant nothing")
        func rerollCeiling() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let caller = try caller(["unkey:v1:{ws}:rootKeys/*#write", "api.*.read_api"], daemon, tenant)
                let desk = try daemon.operate()
                for (permissions, status) in [
                    (["api.api_1.read_api"], 200), (["api.*.delete_api"], 403), (["nonsense"], 403), (["*"], 403),
                ] {
                    let params: JSON = [
                        "workspaceId": .text(tenant.workspace), "permissions": .list(permissions.map(JSON.text)),
                    ]
                    let id = try desk.data("rootKeys.createKey", params)["keyId"] ?? nil
                    let before = try desk.call("rootKeys.listKeys", ["workspaceId": .text(tenant.workspace)]).rows.count
                    let reply = try caller.call("rootKeys.rerollKey", ["keyId": id, "expiration": nil])
                    #expect(reply.status == status)
                    let after = try desk.call("rootKeys.listKeys", ["workspaceId": .text(tenant.workspace)]).rows.count
                    #expect(after == before + (status == 200 ? 1 : 0))
                }
            }
        }

        @Test("every effect is seen by the next request on every connection, also on the caller's own key")
        func immediately() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let full = try daemon.connect(tenant.rootKey)
                let made = try full.data("rootKeys.createKey", ["permissions": ["unkey:v1:\(tenant.workspace):**#*"]])
                let id = made["keyId"] ?? nil
                let connections = try (0..<3).map { _ in try daemon.connect(made["key"]?.text) }
                let probe: JSON = ["apiId": "api_nothere00"]
                for connection in connections { try connection.refusal(404, "api_not_found", "apis.getApi", probe) }
                try full.data("rootKeys.updateKey", ["keyId": id, "permissions": ["api.*.create_api"]])
                for connection in connections {
                    try connection.refusal(403, "insufficient_permissions", "apis.getApi", probe)
                }
                try full.data(
                    "rootKeys.updateKey",
                    ["keyId": id, "permissions": ["unkey:v1:\(tenant.workspace):**#*"]]
                )
                try connections[0].data("rootKeys.deleteKey", ["keyId": id])
                for connection in connections { try connection.refusal(401, "key_not_found", "apis.getApi", probe) }
                try full.refusal(404, "key_not_found", "rootKeys.deleteKey", ["keyId": id])
                try full.refusal(404, "key_not_found", "rootKeys.updateKey", ["keyId": id, "name": "x"])
            }
        }
    }
}
