import Foundation
import Testing

extension Programs {
    /// `rootKeys.createKey`: what can be granted, by whom, and until when.
    @Suite struct RootKeyCreationTests: RootKeyCallers {
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
    }
}
