import Testing

extension Programs {
    /// Limits of keys and identities under concurrency.
    @Suite struct VerifyLimitsTests {
        @Test("concurrent verifications on one limit never pass more than it, and whatever fits gets in")
        func exactLimit() throws {
            try withDaemon { daemon in
                let setting = try VerifyScene(daemon)
                let (_, secret) = try setting.key(["ratelimits": [VerifyScene.limit("units", 300)]])
                let passed = try concurrently(32) { _ in
                    let client = try setting.connect()
                    return try (0..<20).count { _ in
                        try client.data("keys.verifyKey", ["key": secret])["code"] == "VALID"
                    }
                }
                #expect(passed.reduce(0, +) == 300)
            }
        }

        @Test("the keys of one identity share its limit exactly")
        func sharedLimit() throws {
            try withDaemon { daemon in
                let setting = try VerifyScene(daemon)
                let identity: JSON = ["externalId": "acct", "ratelimits": [VerifyScene.limit("units", 200)]]
                try setting.client.data("identities.createIdentity", identity)
                let secrets = try (0..<4).map { _ in try setting.key(["externalId": "acct"]).secret }
                let passed = try concurrently(24) { index in
                    let client = try setting.connect()
                    return try (0..<20).count { _ in
                        try client.data("keys.verifyKey", ["key": secrets[index % 4]])["code"] == "VALID"
                    }
                }
                #expect(passed.reduce(0, +) == 200)
            }
        }

        @Test("two limits and credits under concurrency: all are consumed together or none")
        func allOrNothing() throws {
            try withDaemon { daemon in
                let setting = try VerifyScene(daemon)
                let (id, secret) = try setting.key([
                    "credits": ["remaining": 150],
                    "ratelimits": [VerifyScene.limit("first", 100), VerifyScene.limit("second", 1_000)],
                ])
                let params: JSON = ["key": secret, "ratelimits": [["name": "second", "cost": 3]]]
                let passed = try concurrently(24) { _ in
                    let client = try setting.connect()
                    return try (0..<10).count { _ in try client.data("keys.verifyKey", params)["code"] == "VALID" }
                }
                #expect(passed.reduce(0, +) == 100)
                let look: JSON = [
                    "key": secret, "credits": ["cost": 0],
                    "ratelimits": [["name": "first", "cost": 0], ["name": "second", "cost": 0]],
                ]
                let limits = try setting.client.data("keys.verifyKey", look)["ratelimits"]
                #expect(limits?.list?.map { $0["remaining"] } == [0, 700])
                #expect(try setting.balance(id) == 50)
            }
        }
    }
}
