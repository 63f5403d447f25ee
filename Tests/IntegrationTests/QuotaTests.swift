import Testing

extension Programs {
    /// How often a workspace may call the API (`conventions.md` §11).
    @Suite struct QuotaTests {
        private func setQuota(_ quota: JSON, _ tenant: Tenant, _ daemon: DaemonProcess) throws {
            let params: JSON = ["workspaceId": .text(tenant.workspace), "apiRequestsCountMaxPerMinute": quota]
            try daemon.operate().data("workspaces.updateWorkspace", params)
        }

        @Test("without a quota no reply has one; null takes it away; the next call sees each change")
        func unlimited() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let client = try daemon.connect(tenant.rootKey)
                #expect(try client.call("keys.verifyKey", ["key": "a"]).quota == nil)
                try setQuota(1_000, tenant, daemon)
                #expect(try client.call("keys.verifyKey", ["key": "a"]).quota?["limit"] == 1_000)
                try setQuota(.null, tenant, daemon)
                #expect(try client.call("keys.verifyKey", ["key": "a"]).quota == nil)
            }
        }

        @Test(
            "every reply behind the credential has the quota: results of each lane, and refusals; a 400 and a 401 have none"
        )
        func everyReply() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                try setQuota(1_000_000, tenant, daemon)
                let client = try daemon.connect(tenant.rootKey)
                let counted: [(String, JSON, Int)] = [
                    ("keys.verifyKey", ["key": "a"], 200), ("apis.createApi", ["name": "billing"], 200),
                    ("permissions.listRoles", [:], 200), ("apis.createApi", ["name": "billing"], 409),
                    ("ratelimit.limit", ["namespace": "n", "identifier": "a", "limit": 1, "duration": 60_000], 200),
                    ("apis.getApi", ["apiId": "api_nothere00"], 404),
                ]
                var last = try client.call("keys.verifyKey", ["key": "a"]).quota?["remaining"]?.integer ?? 0
                for (method, params, status) in counted {
                    let reply = try client.call(method, params)
                    #expect(reply.status == status, "\(method): \(reply.detail)")
                    let left = try #require(reply.quota?["remaining"]?.integer, "\(method)")
                    // Once each, also where the call was suspended to fetch or to make something; a new window gives back.
                    #expect(left == last - 1 || left > last, "\(method)")
                    last = left
                }
                let weak = try daemon.operate().data(
                    "rootKeys.createKey",
                    ["workspaceId": .text(tenant.workspace), "permissions": []]
                )
                let refused = try client.with(auth: weak["key"]?.text).call("apis.getApi", ["apiId": "api_nothere00"])
                #expect(refused.status == 403 && refused.quota != nil)
                #expect(try client.call("keys.verifyKey", ["key": 1]).quota == nil)
                #expect(try client.with(auth: "wrong").call("keys.verifyKey", ["key": "a"]).quota == nil)
                #expect(try client.call("system.getHealth").quota == nil)
            }
        }

        @Test("a quota of 0 refuses every call, and a caller over it learns nothing else")
        func none() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant([])
                try setQuota(0, tenant, daemon)
                let client = try daemon.connect(tenant.rootKey)
                for params in ["api_nothere00", "api_nothere01"] as [JSON] {
                    let reply = try client.refusal(429, "workspace_rate_limited", "apis.getApi", ["apiId": params])
                    #expect(reply.quota?["limit"] == 0 && reply.quota?["remaining"] == 0)
                }
                #expect(try client.call("apis.getApi", ["apiId": 1]).status == 400)
                #expect(try client.call("system.getHealth").status == 200)
                let named: JSON = ["workspaceId": .text(tenant.workspace)]
                #expect(try daemon.operate().call("workspaces.getWorkspace", named).status == 200)
            }
        }

        @Test("concurrent callers of a workspace never get more than its quota, with whichever root key")
        func exact() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                try setQuota(200, tenant, daemon)
                let other = try daemon.operate().data(
                    "rootKeys.createKey",
                    ["workspaceId": .text(tenant.workspace), "permissions": ["*"]]
                )["key"]?.text
                let replies = try concurrently(32) { index in
                    let client = try daemon.connect(index.isMultiple(of: 2) ? tenant.rootKey : other)
                    return try (0..<20).map { _ in try client.call("keys.verifyKey", ["key": "a"]) }
                }.flatMap { $0 }
                let resets = Dictionary(grouping: replies) { $0.quota?["reset"]?.integer }
                // Usually one window; where the minute ends meanwhile each has its own.
                for (_, replies) in resets { #expect(replies.count { $0.status == 200 } <= 200) }
                #expect(replies.count { $0.status == 200 } >= 200)
                #expect(replies.allSatisfy { $0.status == 200 || $0.status == 429 })
            }
        }

        @Test("over HTTP the quota is header fields and no member; a 429 says when to come again")
        func http() throws {
            try withAdapter { daemon, adapter in
                let tenant = try daemon.tenant()
                try setQuota(1_000, tenant, daemon)
                let call = HTTPRequest.call("keys.verifyKey", #"{"key":"a"}"#, auth: tenant.rootKey)
                let reply = try adapter.reply(to: call)
                #expect(reply["ratelimit-limit"] == ["1000"] && reply["ratelimit-remaining"].count == 1)
                let seconds = try #require(reply["ratelimit-reset"].first.flatMap { Int($0) })
                #expect((0...60).contains(seconds) && reply["retry-after"].isEmpty)
                #expect(try reply.envelope().quota == nil)
                try setQuota(0, tenant, daemon)
                let refusal = try adapter.reply(to: call)
                #expect(refusal.status == 429 && refusal["ratelimit-remaining"] == ["0"])
                let wait = try #require(refusal["retry-after"].first.flatMap { Int($0) })
                #expect((1...60).contains(wait))
                #expect(try refusal.envelope().code == "workspace_rate_limited")
            }
        }
    }
}
