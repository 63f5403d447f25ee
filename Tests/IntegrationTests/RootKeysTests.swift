import Foundation
import Testing

extension Programs {
    @Suite struct RootKeysTests {
        /// A caller with these permissions in a tenant's workspace; `{ws}` stands for the workspace.
        private func caller(
            _ permissions: [String],
            _ daemon: DaemonProcess,
            _ tenant: Tenant,
            expires: Int64? = nil
        ) throws -> Client {
            let texts = permissions.map { JSON.text($0.replacing("{ws}", with: tenant.workspace)) }
            let params: JSON = [
                "workspaceId": .text(tenant.workspace), "permissions": .list(texts),
                "expires": expires.map(JSON.integer) ?? .null,
            ]
            return try daemon.connect(try daemon.operate().data("rootKeys.createKey", params)["key"]?.text)
        }

        private func soon(_ milliseconds: Int64) -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) + milliseconds }

        @Test(
            "createKey: the secret is latchkey_ and random text; the row shows its beginning and its end, and never more"
        )
        func create() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let caller = try daemon.connect(tenant.rootKey)
                let made = try caller.data(
                    "rootKeys.createKey",
                    ["name": "backup job", "permissions": ["api.*.read_api", "api.*.create_api", "api.*.read_api"]]
                )
                let secret = try #require(made["key"]?.text)
                #expect(secret.wholeMatch(of: /latchkey_[1-9A-HJ-NP-Za-km-z]{20,}/) != nil)
                let row = try #require(try caller.call("rootKeys.listKeys").rows.first { $0["keyId"] == made["keyId"] })
                #expect(row["name"] == "backup job")
                #expect(row["start"] == .text(String(secret.prefix(13))))
                #expect(row["end"] == .text(String(secret.suffix(4))))
                #expect(row["enabled"] == true && row["expires"] == .null && row["lastUsedAt"] == 0)
                #expect(row["permissions"] == ["api.*.create_api", "api.*.read_api"], "sorted, each once")
                #expect(row.object?.count == 9)
            }
        }

        @Test("createKey: needs write on all root keys or workspace.*.create_root_key; a grant on one key will not do")
        func createPermission() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                for held in [
                    "unkey:v1:{ws}:rootKeys/*#write", "workspace.*.create_root_key", "unkey:v1:{ws}:**#*",
                    "unkey:v1:{ws}:rootKeys/**#write",
                ] {
                    try caller([held], daemon, tenant).data("rootKeys.createKey", ["permissions": []])
                }
                for held in [
                    "unkey:v1:{ws}:rootKeys/key_1#write", "unkey:v1:{ws}:rootKeys/*#read",
                    "unkey:v1:ws_other:rootKeys/*#write",
                ] {
                    try caller([held], daemon, tenant)
                        .refusal(403, "insufficient_permissions", "rootKeys.createKey", ["permissions": []])
                }
            }
        }

        @Test("createKey: expires lies in the future; now and before are a 400, null is never")
        func expires() throws {
            try withDaemon { daemon in
                let caller = try daemon.connect(try daemon.tenant().rootKey)
                for expires: JSON in [.integer(soon(0)), .integer(soon(-1)), 0, -1] {
                    let params: JSON = ["permissions": [], "expires": expires]
                    let refusal = try caller.refusal(400, "invalid_input", "rootKeys.createKey", params)
                    #expect(refusal.locations == ["body.expires"])
                }
                for expires: JSON in [nil, .integer(soon(60_000)), 9_007_199_254_740_992] {
                    try caller.data("rootKeys.createKey", ["permissions": [], "expires": expires])
                }
            }
        }

        @Test("a caller that expires makes and changes nothing that outlives it")
        func outliving() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let end = soon(600_000)
                let caller = try caller(["unkey:v1:{ws}:**#*"], daemon, tenant, expires: end)
                for expires: JSON? in [Optional<JSON>.none, .null, .integer(end + 1)] {
                    let params = (["permissions": []] as JSON).with("expires", expires)
                    let refusal = try caller.refusal(400, "invalid_input", "rootKeys.createKey", params)
                    #expect(refusal.locations == ["body.expires"])
                }
                let equal =
                    try caller.data("rootKeys.createKey", ["permissions": [], "expires": .integer(end)])["keyId"] ?? nil
                try caller.data("rootKeys.updateKey", ["keyId": equal, "name": "mine"])
                try caller.refusal(
                    400,
                    "invalid_input",
                    "rootKeys.updateKey",
                    ["keyId": .text(tenant.rootKeyID), "enabled": false]
                )
                try daemon.connect(tenant.rootKey).data("system.getHealth")
            }
        }

        @Test("§1.1: what cannot be granted is a 400 with every index, and nothing exists afterwards")
        func notGrantable() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let caller = try caller(["unkey:v1:{ws}:**#*"], daemon, tenant)
                let ws = tenant.workspace
                let bad = [
                    "*", "nonsense", "api.*", "api.*.fly", "api.a-b.read_api", "unkey:v1:ws_other:rootKeys/*#read",
                    "unkey:v1:\(ws):rootKeys/*#decrypt", "unkey:v1:\(ws):keyspaces/ks_*#create_key",
                    "unkey:v1:\(ws):rootKeys/*#read#write", "unkey:v1:\(ws):rootKeys/*#*",
                    "unkey:v1:\(ws):nothing/**#read",
                    "unkey:v2:\(ws):limits#read", "rbac.role_1.create_role",
                ]
                let good = [
                    "api.*.read_api", "unkey:v1:\(ws):rootKeys/*#read", "unkey:v1:\(ws):**#*",
                    "unkey:v1:\(ws):projects/**#read",
                ]
                let before = try caller.call("rootKeys.listKeys").rows.count
                let params: JSON = ["permissions": .list((good + bad).map(JSON.text))]
                let refusal = try caller.refusal(400, "invalid_input", "rootKeys.createKey", params)
                #expect(refusal.locations == bad.indices.map { "body.permissions[\(good.count + $0)]" })
                #expect(try caller.call("rootKeys.listKeys").rows.count == before)
                try caller.data("rootKeys.createKey", ["permissions": .list(good.map(JSON.text))])
                let target = try caller.data("rootKeys.createKey", ["permissions": []])["keyId"] ?? nil
                for text in bad {
                    let update: JSON = ["keyId": target, "permissions": [.text(text)]]
                    try caller.refusal(400, "invalid_input", "rootKeys.updateKey", update)
                }
            }
        }

        @Test(
            "§1.2: each granted permission is covered by one of the caller's",
            arguments: [
                ("unkey:v1:{ws}:keyspaces/*/keys/*#read_key", "unkey:v1:{ws}:keyspaces/ks_1/keys/key_1#read_key", true),
                ("unkey:v1:{ws}:projects/p/**#decrypt", "unkey:v1:{ws}:projects/p/keyspaces/ks/keys/*#decrypt", true),
                ("unkey:v1:{ws}:projects/p/**#decrypt", "unkey:v1:{ws}:projects/*/keyspaces/*/keys/*#decrypt", false),
                (
                    "unkey:v1:{ws}:keyspaces/ks_1/keys/key_1#read_key", "unkey:v1:{ws}:keyspaces/ks_1/keys/*#read_key",
                    false
                ),
                ("unkey:v1:{ws}:rootKeys/*#write", "unkey:v1:{ws}:rootKeys/*#read", false),
                ("unkey:v1:{ws}:projects/*#read", "unkey:v1:{ws}:projects/**#read", false),
                ("unkey:v1:{ws}:projects/**#read", "unkey:v1:{ws}:projects/**#read", true),
                ("unkey:v1:{ws}:rootKeys/**#*", "unkey:v1:{ws}:**#*", false),
                ("api.*.read_api", "api.api_1.read_api", true), ("api.api_1.read_api", "api.*.read_api", false),
                ("api.api_1.read_api", "api.api_1.read_api", true), ("api.*.read_api", "api.*.delete_api", false),
                ("api.*.read_key", "unkey:v1:{ws}:keyspaces/ks_1/keys/key_1#read_key", false),
                ("unkey:v1:{ws}:keyspaces/*/keys/*#read_key", "api.*.read_key", false),
            ]
        )
        func ceiling(held: String, asked: String, isCovered: Bool) throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let caller = try caller([held, "workspace.*.create_root_key"], daemon, tenant)
                let text = asked.replacing("{ws}", with: tenant.workspace)
                let reply = try caller.call("rootKeys.createKey", ["permissions": [.text(text)]])
                #expect(reply.status == (isCovered ? 200 : 403), "\(reply.detail)")
                if !isCovered { #expect(reply.code == "insufficient_permissions") }
            }
        }

        @Test("createKey: faults come before the ceiling, the ceiling after expires, the permission before all")
        func createOrder() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let weak = try caller(["workspace.*.create_root_key"], daemon, tenant)
                let none = try caller([], daemon, tenant)
                let all: JSON = ["permissions": ["nonsense", "api.*.read_api"], "expires": 0]
                try none.refusal(403, "insufficient_permissions", "rootKeys.createKey", all)
                #expect(try weak.refusal(400, "invalid_input", "rootKeys.createKey", all).locations == ["body.expires"])
                let faulty = all.with("expires", nil)
                #expect(
                    try weak.refusal(400, "invalid_input", "rootKeys.createKey", faulty).locations == [
                        "body.permissions[0]"
                    ]
                )
                let beyond = try weak.refusal(
                    403,
                    "insufficient_permissions",
                    "rootKeys.createKey",
                    ["permissions": ["api.*.read_api"]]
                )
                #expect(beyond.detail.contains("api.*.read_api"))
            }
        }

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
