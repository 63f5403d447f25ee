import Testing

extension Programs {
    @Suite struct APIsTests {
        @Test("createApi: a name is 3 to 255 characters, a letter first, then letters, digits, _ . -")
        func names() throws {
            try withDaemon { daemon in
                let caller = try daemon.connect(try daemon.tenant().rootKey)
                let long = "a" + String(repeating: "b", count: 254)
                for name in ["abc", "A-1", "z._", "billing-eu", long] {
                    let id = try #require(try caller.data("apis.createApi", ["name": .text(name)])["apiId"])
                    #expect(id.text?.wholeMatch(of: /api_[A-Za-z0-9]{9,}/) != nil)
                    #expect(try caller.data("apis.getApi", ["apiId": id]) == ["id": id, "name": .text(name)])
                }
                for name in [
                    "", "ab", long + "c", "1ab", "_ab", "-ab", "a b", " abc", "abc ", "aéb", "ab/", "abc\n", "ab\u{0}",
                ] {
                    let refusal = try caller.refusal(400, "invalid_input", "apis.createApi", ["name": .text(name)])
                    #expect(refusal.locations == ["body.name"], "\(name)")
                }
            }
        }

        @Test("createApi: a taken name is a 409 that names it; case matters; another workspace's is free")
        func unique() throws {
            try withDaemon { daemon in
                let caller = try daemon.connect(try daemon.tenant().rootKey)
                try caller.data("apis.createApi", ["name": "billing"])
                let refusal = try caller.refusal(409, "api_already_exists", "apis.createApi", ["name": "billing"])
                #expect(refusal.detail.contains("billing"))
                try caller.data("apis.createApi", ["name": "Billing"])
                try daemon.connect(try daemon.tenant().rootKey).data("apis.createApi", ["name": "billing"])
            }
        }

        @Test("deleteApi: soft, at once, the name is free again; a repeat is a 404")
        func delete() throws {
            try withDaemon { daemon in
                let caller = try daemon.connect(try daemon.tenant().rootKey)
                let other = try daemon.connect(caller.auth)
                let id = try caller.data("apis.createApi", ["name": "billing"])["apiId"] ?? nil
                let key = try caller.data("keys.createKey", ["apiId": id])["key"] ?? nil
                #expect(try other.data("keys.verifyKey", ["key": key])["code"] == "VALID")
                #expect(try caller.data("apis.deleteApi", ["apiId": id]) == [:])
                #expect(try other.data("keys.verifyKey", ["key": key]) == ["valid": false, "code": "NOT_FOUND"])
                try other.refusal(404, "api_not_found", "apis.getApi", ["apiId": id])
                try other.refusal(404, "api_not_found", "apis.deleteApi", ["apiId": id])
                try other.refusal(404, "api_not_found", "keys.createKey", ["apiId": id])
                let next = try caller.data("apis.createApi", ["name": "billing"])["apiId"]
                #expect(next != id)
                #expect(try other.data("keys.verifyKey", ["key": key])["code"] == "NOT_FOUND")
            }
        }

        @Test("getApi, deleteApi: missing, deleted and another workspace's are one reply but for the identifier")
        func hidden() throws {
            try withDaemon { daemon in
                let caller = try daemon.connect(try daemon.tenant().rootKey)
                let stranger = try daemon.connect(try daemon.tenant().rootKey)
                let foreign = try stranger.data("apis.createApi", ["name": "theirs"])["apiId"]?.text ?? ""
                let gone = try caller.data("apis.createApi", ["name": "gone"])["apiId"]?.text ?? ""
                try caller.data("apis.deleteApi", ["apiId": .text(gone)])
                for method in ["apis.getApi", "apis.deleteApi"] {
                    let details = try [foreign, gone, "api_nothere00"].map { id in
                        try caller.refusal(404, "api_not_found", method, ["apiId": .text(id)]).detail
                            .replacing(id, with: "…")
                    }
                    #expect(Set(details).count == 1)
                }
                try stranger.data("apis.getApi", ["apiId": .text(foreign)])
            }
        }

        @Test("getApi: an identifier is 8 to 255 of [A-Za-z0-9_]; one of another kind is a 404, not a 400")
        func identifiers() throws {
            try withDaemon { daemon in
                let caller = try daemon.connect(try daemon.tenant().rootKey)
                for method in ["apis.getApi", "apis.deleteApi"] {
                    for id in ["12345678", "key_something", String(repeating: "a", count: 255)] {
                        try caller.refusal(404, "api_not_found", method, ["apiId": .text(id)])
                    }
                    for id in [
                        "", "1234567", String(repeating: "a", count: 256), "api-12345", "api_é12345", "api_12345\n",
                    ] {
                        try caller.refusal(400, "invalid_input", method, ["apiId": .text(id)])
                    }
                }
            }
        }

        @Test(
            "permissions: `*` in the leaf or the identifier itself, decided before the lookup",
            arguments: [("apis.getApi", "read_api"), ("apis.deleteApi", "delete_api")]
        )
        func permissions(method: String, action: String) throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let full = try daemon.connect(tenant.rootKey)
                func caller(_ permission: String) throws -> Client {
                    let params: JSON = ["workspaceId": .text(tenant.workspace), "permissions": [.text(permission)]]
                    return try daemon.connect(try daemon.operate().data("rootKeys.createKey", params)["key"]?.text)
                }
                let ids = try (0..<4).map {
                    try full.data("apis.createApi", ["name": "api-\($0)"])["apiId"]?.text ?? ""
                }
                try caller("api.\(ids[0]).\(action)").data(method, ["apiId": .text(ids[0])])
                try caller("api.*.\(action)").data(method, ["apiId": .text(ids[1])])
                try caller("unkey:v1:\(tenant.workspace):**#*").data(method, ["apiId": .text(ids[2])])
                for permission in [
                    "api.\(ids[0]).\(action)", "*.*.\(action)", "api.*", "api.*.create_api", "API.*.\(action)",
                    "unkey:v1:ws_other:**#*", "unkey:v1:\(tenant.workspace):**#\(action)", "**",
                ] {
                    for id in [ids[3], "api_nothere00"] {
                        let refusal = try caller(permission)
                            .refusal(403, "insufficient_permissions", method, ["apiId": .text(id)])
                        #expect(refusal.detail.contains("'api.*.\(action)'"), "\(refusal.detail)")
                        #expect(refusal.detail.contains("'api.\(id).\(action)'"), "\(refusal.detail)")
                    }
                }
                try full.data("apis.getApi", ["apiId": .text(ids[3])])
            }
        }

        @Test("createApi needs api.*.create_api and nothing else will do")
        func createPermission() throws {
            try withDaemon { daemon in
                try daemon.connect(try daemon.tenant(["api.*.create_api"]).rootKey).data(
                    "apis.createApi",
                    ["name": "one"]
                )
                for permissions: JSON in [
                    [], ["api.*.read_api"], ["api.**.create_api"], ["api.api_123456789.create_api"],
                ] {
                    let caller = try daemon.connect(try daemon.tenant(permissions).rootKey)
                    let refusal = try caller.refusal(403, "insufficient_permissions", "apis.createApi", ["name": "one"])
                    #expect(refusal.detail.hasPrefix("Missing permission: 'api.*.create_api'"))
                }
            }
        }
    }
}
