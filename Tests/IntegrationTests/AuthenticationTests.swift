import Testing

extension Programs {
    @Suite struct AuthenticationTests {
        private let method = "apis.getApi"
        private let params: JSON = ["apiId": "api_nothere00"]

        @Test("§5: no credential, an empty one, an unknown one: 401 missing, malformed, key_not_found")
        func credentials() throws {
            try withDaemon { daemon in
                try daemon.connect().refusal(401, "missing", method, params)
                for auth in ["", " ", "\t\n  "] { try daemon.connect(auth).refusal(401, "malformed", method, params) }
                for auth in ["latchkey_unknown", "Bearer x", "*"] {
                    try daemon.connect(auth).refusal(401, "key_not_found", method, params)
                }
            }
        }

        @Test("§5: unknown, deleted, and an ordinary key are told apart by nothing")
        func alike() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let caller = try daemon.connect(tenant.rootKey)
                let api = try caller.data("apis.createApi", ["name": "keys"])["apiId"] ?? nil
                let key = try caller.data("keys.createKey", ["apiId": api])["key"]?.text
                let other = try caller.data("rootKeys.createKey", ["permissions": []])
                try caller.data("rootKeys.deleteKey", ["keyId": other["keyId"] ?? nil])
                let errors = try [key, other["key"]?.text, "unknown"].map { auth in
                    try daemon.connect(auth).refusal(401, "key_not_found", method, params).error
                }
                #expect(Set(errors).count == 1)
            }
        }

        @Test("§5: an ordinary key that is disabled or expired is a 401 too")
        func ordinaryKeys() throws {
            try withDaemon { daemon in
                let caller = try daemon.connect(try daemon.tenant().rootKey)
                let api = try caller.data("apis.createApi", ["name": "keys"])["apiId"] ?? nil
                for params: JSON in [["apiId": api, "enabled": false], ["apiId": api, "expires": 1]] {
                    let key = try caller.data("keys.createKey", params)["key"]?.text
                    try daemon.connect(key).refusal(401, "key_not_found", method, self.params)
                }
            }
        }

        @Test(
            "§5: a disabled root key is a 403 key_disabled on the very next request of any connection, and back again"
        )
        func disabled() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let callers = try (0..<3).map { _ in try daemon.connect(tenant.rootKey) }
                let desk = try daemon.operate()
                for caller in callers { try caller.refusal(404, "api_not_found", method, params) }
                for _ in 0..<5 {
                    for (enabled, status, code) in [(false, 403, "key_disabled"), (true, 404, "api_not_found")] {
                        try desk.data(
                            "rootKeys.updateKey",
                            [
                                "workspaceId": .text(tenant.workspace), "keyId": .text(tenant.rootKeyID),
                                "enabled": .boolean(enabled),
                            ]
                        )
                        for caller in callers { try caller.refusal(status, code, method, params) }
                    }
                }
            }
        }

        @Test("§5: a root key whose time is up is a 403 forbidden")
        func expired() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let desk = try daemon.operate()
                let caller = try daemon.connect(tenant.rootKey)
                try caller.refusal(404, "api_not_found", method, params)
                let reroll: JSON = [
                    "workspaceId": .text(tenant.workspace), "keyId": .text(tenant.rootKeyID), "expiration": 0,
                ]
                let heir = try desk.data("rootKeys.rerollKey", reroll)["key"]?.text
                try caller.refusal(403, "forbidden", method, params)
                try caller.with(auth: heir).refusal(404, "api_not_found", method, params)
            }
        }

        @Test("§5: a disabled workspace is a 403 for its root keys, a deleted one a 404; others do not notice")
        func workspaces() throws {
            try withDaemon { daemon in
                let (tenant, neighbour) = (try daemon.tenant(), try daemon.tenant())
                let desk = try daemon.operate()
                let caller = try daemon.connect(tenant.rootKey)
                try caller.refusal(404, "api_not_found", method, params)
                let workspace = JSON.text(tenant.workspace)
                try desk.data("workspaces.updateWorkspace", ["workspaceId": workspace, "enabled": false])
                try caller.refusal(403, "workspace_disabled", method, params)
                try desk.data("workspaces.updateWorkspace", ["workspaceId": workspace, "enabled": true])
                try caller.refusal(404, "api_not_found", method, params)
                try desk.data("workspaces.deleteWorkspace", ["workspaceId": workspace])
                try caller.refusal(404, "workspace_not_found", method, params)
                try daemon.connect(tenant.rootKey).refusal(404, "workspace_not_found", method, params)
                try daemon.connect(neighbour.rootKey).refusal(404, "api_not_found", method, params)
            }
        }

        @Test("§3: procedure, then schema, then credential, then permission, then the thing itself")
        func order() throws {
            try withDaemon { daemon in
                let weak = try daemon.tenant([])
                try daemon.connect().refusal(404, "procedure_not_found", "apis.nothing", ["x": 1])
                try daemon.connect().refusal(400, "invalid_input", method, ["apiId": 1])
                try daemon.connect().refusal(401, "missing", method, params)
                try daemon.connect("wrong").refusal(400, "invalid_input", method, ["x": 1])
                try daemon.connect("wrong").refusal(401, "key_not_found", method, params)
                try daemon.connect(weak.rootKey).refusal(403, "insufficient_permissions", method, params)
            }
        }

        @Test("the credential is each request's own: one connection may carry many callers")
        func manyCallers() throws {
            try withDaemon { daemon in
                let tenants = try (0..<3).map { _ in try daemon.tenant() }
                let client = try daemon.connect()
                for round in 0..<4 {
                    for (index, tenant) in tenants.enumerated() {
                        try client.with(auth: tenant.rootKey).data("apis.createApi", ["name": "api-\(round)-\(index)"])
                        try client.refusal(401, "missing", method, params)
                    }
                }
            }
        }

        @Test("the operator socket needs no credential, and does not look at one")
        func operatorSocket() throws {
            try withDaemon { daemon in
                let desk = try daemon.operate().with(auth: "anything")
                try desk.data("workspaces.listWorkspaces")
                #expect(daemon.log.contains("anything") == false)
            }
        }
    }
}
