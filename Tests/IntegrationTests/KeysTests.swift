import Foundation
import Testing

extension Programs {
    @Suite struct KeysTests {
        private struct Stage {
            let tenant: Tenant
            let caller: Client
            let api: JSON
        }

        private func stage(_ daemon: DaemonProcess) throws -> Stage {
            let tenant = try daemon.tenant()
            let caller = try daemon.connect(tenant.rootKey)
            return Stage(
                tenant: tenant,
                caller: caller,
                api: try caller.data("apis.createApi", ["name": "keys"])["apiId"] ?? nil
            )
        }

        private func caller(_ permission: String, _ daemon: DaemonProcess, _ tenant: Tenant) throws -> Client {
            let params: JSON = ["workspaceId": .text(tenant.workspace), "permissions": [.text(permission)]]
            return try daemon.connect(try daemon.operate().data("rootKeys.createKey", params)["key"]?.text)
        }

        @Test("createKey: the secret is base58 of 16 bytes, or of as many as asked for, behind the prefix")
        func secrets() throws {
            try withDaemon { daemon in
                let stage = try stage(daemon)
                var secrets: Set<String> = []
                for _ in 0..<50 {
                    let key = try stage.caller.data("keys.createKey", ["apiId": stage.api])["key"]?.text ?? ""
                    #expect(key.wholeMatch(of: /[1-9A-HJ-NP-Za-km-z]{16,22}/) != nil)
                    secrets.insert(key)
                }
                #expect(secrets.count == 50)
                let long = try stage.caller.data(
                    "keys.createKey",
                    ["apiId": stage.api, "prefix": "eu_1", "byteLength": 255]
                )
                #expect((long["key"]?.text ?? "").wholeMatch(of: /eu_1_[1-9A-HJ-NP-Za-km-z]{320,349}/) != nil)
                #expect(try stage.caller.data("keys.verifyKey", ["key": long["key"] ?? nil])["code"] == "VALID")
            }
        }

        @Test("createKey: both sides of each bound")
        func bounds() throws {
            try withDaemon { daemon in
                let stage = try stage(daemon)
                let members = { (count: Int) in
                    JSON.object(Dictionary(uniqueKeysWithValues: (0..<count).map { ("m\($0)", 1) }))
                }
                let text = { (count: Int) in JSON.text(String(repeating: "é", count: count)) }
                let letters = { (count: Int) in JSON.text(String(repeating: "x", count: count)) }
                let cases: [(String, [JSON], [JSON])] = [
                    ("prefix", [letters(1), letters(16), "a_1"], ["", letters(17), "a-b", "é", nil]),
                    ("name", [text(1), text(255)], ["", text(256), nil, 1]),
                    ("byteLength", [16, 255], [15, 256, nil, "16", .number(16.5)]),
                    ("expires", [0, 4_102_444_800_000], [-1, 4_102_444_800_001, nil]),
                    ("enabled", [true, false], [nil, 0, "true"]),
                    (
                        "meta", [[:], members(100), ["a": letters(65_527)]],
                        [members(101), ["a": letters(65_528)], nil, []]
                    ),
                    ("externalID", [], [letters(1)]), ("colour", [], ["red"]),
                ]
                for (name, sound, faulty) in cases {
                    let base: JSON = ["apiId": stage.api]
                    for value in sound { try stage.caller.data("keys.createKey", base.with(name, value)) }
                    for value in faulty {
                        let refusal = try stage.caller.refusal(
                            400,
                            "invalid_input",
                            "keys.createKey",
                            base.with(name, value)
                        )
                        #expect(refusal.locations == ["body.\(name)"])
                    }
                }
            }
        }

        @Test("createKey: missing, deleted, foreign, and forbidden are one 404")
        func masked() throws {
            try withDaemon { daemon in
                let stage = try stage(daemon)
                let foreign = try self.stage(daemon).api
                let gone = try stage.caller.data("apis.createApi", ["name": "gone"])["apiId"] ?? nil
                try stage.caller.data("apis.deleteApi", ["apiId": gone])
                let weak = try caller("api.*.read_api", daemon, stage.tenant)
                let asked: [(Client, JSON)] = [
                    (stage.caller, foreign), (stage.caller, gone), (stage.caller, "api_nothere00"), (weak, stage.api),
                    (weak, "api_nothere00"),
                ]
                let errors = try asked.map { client, api in
                    try client.refusal(404, "api_not_found", "keys.createKey", ["apiId": api]).detail
                        .replacing(api.text ?? "", with: "…")
                }
                #expect(Set(errors).count == 1)
            }
        }

        @Test("createKey: the wildcard, the API itself or a URN on its keyspace will do")
        func createPermissions() throws {
            try withDaemon { daemon in
                let stage = try stage(daemon)
                let key = try stage.caller.data("keys.createKey", ["apiId": stage.api])["key"] ?? nil
                let keyspace = try stage.caller.data("keys.verifyKey", ["key": key])["keyspaceId"]?.text ?? ""
                let (workspace, api) = (stage.tenant.workspace, stage.api.text ?? "")
                for permission in [
                    "api.*.create_key", "api.\(api).create_key",
                    "unkey:v1:\(workspace):keyspaces/\(keyspace)#create_key",
                    "unkey:v1:\(workspace):keyspaces/*#create_key", "unkey:v1:\(workspace):**#create_key",
                ] {
                    try caller(permission, daemon, stage.tenant).data("keys.createKey", ["apiId": stage.api])
                }
                for permission in [
                    "api.api_other0000.create_key", "unkey:v1:\(workspace):keyspaces/ks_other#create_key",
                ] {
                    try caller(permission, daemon, stage.tenant)
                        .refusal(404, "api_not_found", "keys.createKey", ["apiId": stage.api])
                }
            }
        }

        @Test("verifyKey: VALID with all that was set, and without what was not")
        func valid() throws {
            try withDaemon { daemon in
                let stage = try stage(daemon)
                let meta: JSON = [
                    "plan": "pro", "n": [1, .number(1.5), nil, true], "é": ["deep": [:]],
                    "big": 9_223_372_036_854_775_807,
                ]
                let made = try stage.caller.data(
                    "keys.createKey",
                    ["apiId": stage.api, "name": "ci", "meta": meta, "expires": 4_102_444_800_000]
                )
                let full = try stage.caller.data("keys.verifyKey", ["key": made["key"] ?? nil])
                #expect(full["valid"] == true && full["code"] == "VALID" && full["enabled"] == true)
                #expect(full["keyId"] == made["keyId"])
                #expect(full["keyspaceId"]?.text?.hasPrefix("ks_") == true)
                #expect(full["name"] == "ci" && full["meta"] == meta && full["expires"] == 4_102_444_800_000)
                let bare = try stage.caller.data("keys.createKey", ["apiId": stage.api, "meta": [:]])
                let plain = try stage.caller.data("keys.verifyKey", ["key": bare["key"] ?? nil])
                #expect(Set((plain.object ?? [:]).keys) == ["valid", "code", "keyId", "keyspaceId", "enabled"])
            }
        }

        @Test("verifyKey: disabled before expired; a past expiry is accepted and expired at once")
        func outcomes() throws {
            try withDaemon { daemon in
                let stage = try stage(daemon)
                let cases: [(JSON, String)] = [
                    (["enabled": false], "DISABLED"), (["expires": 0], "EXPIRED"), (["expires": 1], "EXPIRED"),
                    (["enabled": false, "expires": 1], "DISABLED"),
                ]
                for (settings, code) in cases {
                    let key = try stage.caller.data("keys.createKey", settings.with("apiId", stage.api))["key"] ?? nil
                    let data = try stage.caller.data("keys.verifyKey", ["key": key])
                    #expect(data["code"] == .text(code) && data["valid"] == false)
                    #expect(data["keyId"] != nil && data["keyspaceId"] != nil)
                }
            }
        }

        @Test("verifyKey: a key expires between two calls without anybody's doing")
        func expiry() throws {
            try withDaemon { daemon in
                let stage = try stage(daemon)
                let end = Int64(Date().timeIntervalSince1970 * 1_000) + 300
                let key =
                    try stage.caller.data("keys.createKey", ["apiId": stage.api, "expires": .integer(end)])["key"]
                    ?? nil
                #expect(try eventually { try stage.caller.data("keys.verifyKey", ["key": key])["code"] == "EXPIRED" })
                #expect(Int64(Date().timeIntervalSince1970 * 1_000) > end, "not before its time")
            }
        }

        @Test("verifyKey: whatever cannot be shown is NOT_FOUND with valid and code only")
        func notFound() throws {
            try withDaemon { daemon in
                let stage = try stage(daemon)
                let made = try stage.caller.data("keys.createKey", ["apiId": stage.api])
                let key = made["key"] ?? nil
                let stranger = try daemon.connect(try daemon.tenant().rootKey)
                let weak = try caller("api.api_other0000.verify_key", daemon, stage.tenant)
                let none = try caller("nothing", daemon, stage.tenant)
                let asked: [(Client, JSON)] = [
                    (stranger, key), (weak, key), (none, key), (stage.caller, "unknown"),
                    (stage.caller, .text(stage.tenant.rootKey)),
                    (stage.caller, made["keyId"] ?? nil), (stage.caller, .text(String(repeating: "é", count: 512))),
                ]
                for (client, key) in asked {
                    #expect(try client.data("keys.verifyKey", ["key": key]) == ["valid": false, "code": "NOT_FOUND"])
                }
                for key: JSON in ["", .text(String(repeating: "x", count: 513)), nil, 1] {
                    try stage.caller.refusal(400, "invalid_input", "keys.verifyKey", ["key": key])
                }
                for member in ["apiId", "credits", "ratelimits", "tags", "keyspaces"] {
                    let refusal = try stage.caller.refusal(
                        400,
                        "invalid_input",
                        "keys.verifyKey",
                        ["key": key, member: "x"]
                    )
                    #expect(refusal.locations == ["body.\(member)"])
                }
            }
        }

        @Test("verifyKey: the wildcard, the API, or a URN on the key will do")
        func verifyPermissions() throws {
            try withDaemon { daemon in
                let stage = try stage(daemon)
                let made = try stage.caller.data("keys.createKey", ["apiId": stage.api])
                let key = made["key"] ?? nil
                let keyspace = try stage.caller.data("keys.verifyKey", ["key": key])["keyspaceId"]?.text ?? ""
                let (workspace, id) = (stage.tenant.workspace, made["keyId"]?.text ?? "")
                for permission in [
                    "api.*.verify_key", "api.\(stage.api.text ?? "").verify_key",
                    "unkey:v1:\(workspace):keyspaces/\(keyspace)/keys/\(id)#verify_key",
                    "unkey:v1:\(workspace):keyspaces/*/keys/*#verify_key",
                    "unkey:v1:\(workspace):keyspaces/\(keyspace)/**#verify_key",
                ] {
                    #expect(
                        try caller(permission, daemon, stage.tenant).data("keys.verifyKey", ["key": key])["code"]
                            == "VALID"
                    )
                }
                for permission in [
                    "unkey:v1:\(workspace):keyspaces/\(keyspace)/keys/key_other#verify_key",
                    "unkey:v1:\(workspace):keyspaces/*#verify_key", "unkey:v1:\(workspace):keyspaces/*/keys/*#verify",
                ] {
                    #expect(
                        try caller(permission, daemon, stage.tenant).data("keys.verifyKey", ["key": key])["code"]
                            == "NOT_FOUND"
                    )
                }
            }
        }

        @Test("verifyKey: a secret with escapes is the same secret; keys survive a restart")
        func restart() throws {
            try withDaemon { daemon in
                let tenant: Tenant
                let key: String
                do {
                    let stage = try stage(daemon)
                    tenant = stage.tenant
                    key = try stage.caller.data("keys.createKey", ["apiId": stage.api])["key"]?.text ?? ""
                }
                try daemon.restart()
                let client = try daemon.connect(tenant.rootKey)
                let escaped = key.unicodeScalars.map { "\\u00" + String($0.value, radix: 16) }.joined()
                try client.frames.send(
                    frame:
                        "{\"method\":\"keys.verifyKey\",\"auth\":\"\(tenant.rootKey)\",\"params\":{\"key\":\"\(escaped)\"}}"
                )
                #expect(try client.receive().data?["code"] == "VALID")
            }
        }

        @Test("a small key cache forgets and asks again: the answers stay the same")
        func smallCache() throws {
            try withDaemon(["--cache-size", "2"]) { daemon in
                let stage = try stage(daemon)
                let keys = try (0..<12).map { index in
                    try stage.caller.data(
                        "keys.createKey",
                        ["apiId": stage.api, "enabled": .boolean(index.isMultiple(of: 2))]
                    )["key"]
                        ?? nil
                }
                for round in 0..<5 {
                    for (index, key) in keys.enumerated() {
                        let code: JSON = index.isMultiple(of: 2) ? "VALID" : "DISABLED"
                        #expect(try stage.caller.data("keys.verifyKey", ["key": key])["code"] == code, "round \(round)")
                    }
                    #expect(try stage.caller.data("keys.verifyKey", ["key": "unknown-\(round)"])["code"] == "NOT_FOUND")
                }
            }
        }
    }
}
