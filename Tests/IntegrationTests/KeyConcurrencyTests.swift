import Testing

extension Programs {
    @Suite struct KeyConcurrencyTests {
        private func scene(_ daemon: DaemonProcess) throws -> (rootKey: String, client: Client, api: JSON) {
            let rootKey = try daemon.tenant().rootKey
            let client = try daemon.connect(rootKey)
            return (rootKey, client, try #require(try client.data("apis.createApi", ["name": "billing"])["apiId"]))
        }

        @Test("twenty keys made at once for one new externalId have one identity")
        func oneIdentity() throws {
            try withDaemon { daemon in
                let (rootKey, client, api) = try scene(daemon)
                let params: JSON = ["apiId": api, "externalId": "acct", "permissions": ["new.one"]]
                let made = try concurrently(20) { _ in
                    try daemon.connect(rootKey).data("keys.createKey", params)["keyId"]
                }
                #expect(Set(made).count == 20)
                let keys = try client.data("apis.listKeys", ["apiId": api, "externalId": "acct"]).list ?? []
                #expect(keys.count == 20 && Set(keys.map { $0["identity"]?["id"] }).count == 1)
                #expect(try client.data("identities.listIdentities").list?.count == 1)
                #expect(try client.data("permissions.listPermissions").list?.count == 1)
            }
        }

        @Test("concurrent updates and sets on one key leave the complete set of one of them, never a mix")
        func noMix() throws {
            try withDaemon { daemon in
                let (rootKey, client, api) = try scene(daemon)
                for name in 0..<16 { try client.data("permissions.createRole", ["name": .text("role \(name)")]) }
                let id = try #require(try client.data("keys.createKey", ["apiId": api])["keyId"])
                let outcomes = try concurrently(16) { number in
                    let slugs: JSON = .list((0..<10).map { .text("p\(number).\($0)") })
                    let client = try daemon.connect(rootKey)
                    let update: JSON = [
                        "keyId": id, "permissions": slugs, "name": .text("\(number)"),
                        "roles": [.text("role \(number)")],
                        "ratelimits": [["name": .text("limit \(number)"), "limit": 1, "duration": 1_000]],
                    ]
                    if number.isMultiple(of: 2) { return try client.call("keys.updateKey", update).status }
                    let set = try client.data("keys.setPermissions", ["keyId": id, "permissions": slugs])
                    return set.list?.map { $0["slug"] ?? nil } == slugs.list ? 200 : 0
                }
                #expect(outcomes.allSatisfy { $0 == 200 })
                let key = try client.data("keys.getKey", ["keyId": id])
                let owners = Set(key["permissions"]?.list?.map { $0.text?.prefix { $0 != "." } } ?? [])
                #expect(key["permissions"]?.list?.count == 10 && owners.count == 1)
                let name = key["name"]?.text ?? ""
                #expect(key["roles"] == [.text("role \(name)")], "name, roles and limits are of one update")
                #expect(key["ratelimits"]?.list?.map { $0["name"] } == [.text("limit \(name)")])
            }
        }

        @Test("of concurrent decrements none is lost, and the balance stops at 0")
        func decrements() throws {
            try withDaemon { daemon in
                let (rootKey, client, api) = try scene(daemon)
                let made = try client.data("keys.createKey", ["apiId": api, "credits": ["remaining": 100]])
                let params: JSON = ["keyId": made["keyId"] ?? nil, "operation": "decrement", "value": 3]
                let left = try concurrently(40) { _ in
                    try daemon.connect(rootKey).data("keys.updateCredits", params)["remaining"]?.integer ?? -1
                }
                let expected = (1...40).map { Int64(max(0, 100 - 3 * $0)) }
                #expect(left.sorted(by: >) == expected)
            }
        }

        @Test("a change of a key is seen by the next verification on every connection")
        func seen() throws {
            try withDaemon { daemon in
                let (rootKey, client, api) = try scene(daemon)
                let made = try client.data("keys.createKey", ["apiId": api])
                let (id, secret) = (try #require(made["keyId"]), try #require(made["key"]))
                let others = try (0..<4).map { _ in try daemon.connect(rootKey) }
                let changes: [(String, JSON, JSON)] = [
                    ("keys.updateKey", ["enabled": false], "DISABLED"), ("keys.updateKey", ["enabled": true], "VALID"),
                    ("keys.updateKey", ["expires": 0], "EXPIRED"), ("keys.updateKey", ["expires": nil], "VALID"),
                    ("keys.rerollKey", ["expiration": 0], "EXPIRED"), ("keys.deleteKey", [:], "NOT_FOUND"),
                ]
                for (method, params, code) in changes {
                    try client.data(method, params.with("keyId", id))
                    for other in others { #expect(try other.data("keys.verifyKey", ["key": secret])["code"] == code) }
                }
            }
        }
    }
}
