import Foundation
import Glibc
import Synchronization
import Testing

extension Programs {
    /// Verification from outside: exact under concurrency, and across crashes.
    @Suite struct VerifyTests {
        /// A long window, so that no test sees its end.
        private static let month: JSON = 2_592_000_000

        /// A root key, a connection with it, and an API.
        private struct Setting {
            let daemon: DaemonProcess
            let tenant: Tenant
            let client: Client
            let api: JSON

            init(_ daemon: DaemonProcess) throws {
                self.daemon = daemon
                tenant = try daemon.tenant()
                client = try daemon.connect(tenant.rootKey)
                api = try #require(try client.data("apis.createApi", ["name": "billing"])["apiId"])
            }

            func connect() throws -> Client { try daemon.connect(tenant.rootKey) }

            /// Issues a key: its identifier and its secret.
            func key(_ settings: [String: JSON] = [:]) throws -> (id: JSON, secret: JSON) {
                let made = try client.data("keys.createKey", .object(settings.merging(["apiId": api]) { $1 }))
                return (try #require(made["keyId"]), try #require(made["key"]))
            }

            func balance(_ id: JSON) throws -> Int64? {
                try client.data("keys.getKey", ["keyId": id])["credits"]?["remaining"]?.integer
            }
        }

        private func limit(_ name: String, _ limit: Int64, isAutomatic: Bool = true) -> JSON {
            [
                "name": .text(name), "limit": .integer(limit), "duration": Self.month,
                "autoApply": .boolean(isAutomatic),
            ]
        }

        @Test("of N concurrent callers exactly as many pass as there are credits, each with a balance of its own")
        func exactCredits() throws {
            try withDaemon { daemon in
                let setting = try Setting(daemon)
                let (id, secret) = try setting.key(["credits": ["remaining": 500]])
                let replies = try concurrently(32) { _ in
                    let client = try setting.connect()
                    return try (0..<25).map { _ in try client.data("keys.verifyKey", ["key": secret]) }
                }
                let passed = replies.map { $0.filter { $0["code"] == "VALID" }.compactMap { $0["credits"]?.integer } }
                #expect(passed.flatMap { $0 }.sorted() == Array(0..<500), "each balance is told once")
                #expect(passed.allSatisfy { $0 == $0.sorted(by: >) }, "no connection sees it rise")
                let refused = replies.flatMap { $0 }.filter { $0["code"] != "VALID" }
                #expect(refused.allSatisfy { $0["code"] == "USAGE_EXCEEDED" && $0["credits"] == 0 })
                #expect(try setting.balance(id) == 0)
            }
        }

        @Test("what is pipelined on one connection is spent one by one, too")
        func pipelined() throws {
            try withDaemon { daemon in
                let setting = try Setting(daemon)
                let (_, secret) = try setting.key(["credits": ["remaining": 100]])
                for id in 0..<150 as Range<Int64> {
                    try setting.client.send("keys.verifyKey", ["key": secret], id: .integer(id))
                }
                let replies = try (0..<150).map { _ in try setting.client.receive() }
                let left = replies.filter { $0.data?["valid"] == true }.compactMap { $0.data?["credits"]?.integer }
                #expect(left.sorted() == Array(0..<100))
                #expect(Set(replies.compactMap { $0.id?.integer }).count == 150)
            }
        }

        @Test("spends, increments and sets at once: the balance is never negative, and in the end what the replies say")
        func mixedWithChanges() throws {
            try withDaemon { daemon in
                let setting = try Setting(daemon)
                let (id, secret) = try setting.key(["credits": ["remaining": 200]])
                let spent = try concurrently(16) { index in
                    let client = try setting.connect()
                    var spent: Int64 = 0
                    for call in 0..<40 as Range<Int64> {
                        if index < 2 {
                            let params: JSON = ["keyId": id, "operation": "increment", "value": .integer(call % 3)]
                            let left = try client.data("keys.updateCredits", params)["remaining"]?.integer ?? -1
                            #expect(left >= 0)
                            spent -= call % 3
                        } else {
                            let params: JSON = ["key": secret, "credits": ["cost": .integer(call % 4)]]
                            let data = try client.data("keys.verifyKey", params)
                            #expect((data["credits"]?.integer ?? -1) >= 0)
                            if data["valid"] == true { spent += call % 4 }
                        }
                    }
                    return spent
                }
                #expect(try setting.balance(id) == 200 - spent.reduce(0, +))
            }
        }

        @Test("a set in the midst of spends begins anew: from its reply on, no verification sees the old balance")
        func mixedWithSets() throws {
            try withDaemon { daemon in
                let setting = try Setting(daemon)
                let (id, secret) = try setting.key(["credits": ["remaining": 1_000_000]])
                let isOver = Mutex(false)
                let threads = DispatchGroup()
                let balances = Mutex<[Int64]>([])
                for _ in 0..<8 {
                    let client = try setting.connect()
                    threads.enter()
                    Thread {
                        defer { threads.leave() }
                        while !isOver.withLock({ $0 }) {
                            guard let data = try? client.data("keys.verifyKey", ["key": secret]) else { return }
                            if let left = data["credits"]?.integer { balances.withLock { $0.append(left) } }
                        }
                    }.start()
                }
                // Each set is far below the one before, so a balance of an older one would show.
                for round in 0..<50 as Range<Int64> {
                    let top = 1_000_000 - (round + 1) * 10_000
                    let set: JSON = ["keyId": id, "operation": "set", "value": .integer(top)]
                    try setting.client.data("keys.updateCredits", set)
                    let left = try setting.client.data("keys.verifyKey", ["key": secret])["credits"]?.integer ?? -1
                    #expect(left < top && left > top - 10_000, "round \(round)")
                }
                isOver.withLock { $0 = true }
                threads.wait()
                let told = balances.withLock { $0 }
                #expect(Set(told).count == told.count, "no credit is spent twice")
            }
        }

        @Test("a look at the balance right behind an acknowledged spend shows it, whatever else changes the key")
        func lookBehindSpend() throws {
            try withDaemon { daemon in
                let setting = try Setting(daemon)
                let (id, secret) = try setting.key(["credits": ["remaining": 1_000_000]])
                let isOver = Mutex(false)
                let threads = DispatchGroup()
                let look: JSON = ["key": secret, "credits": ["cost": 0]]
                // Half of them change the key, so that memory has to read it again, the others have it read at any moment.
                for number in 0..<4 {
                    let client = try setting.connect()
                    threads.enter()
                    Thread {
                        defer { threads.leave() }
                        for round in 0..<1_000_000 where !isOver.withLock({ $0 }) {
                            let change: JSON = ["keyId": id, "name": .text("n\(number).\(round)")]
                            let reply =
                                number.isMultiple(of: 2)
                                ? try? client.data("keys.updateKey", change) : try? client.data("keys.verifyKey", look)
                            if reply == nil { return }
                        }
                    }.start()
                }
                for _ in 0..<400 {
                    let spent = try setting.client.data("keys.verifyKey", ["key": secret])["credits"]
                    #expect(try setting.client.data("keys.verifyKey", look)["credits"] == spent)
                }
                isOver.withLock { $0 = true }
                threads.wait()
                #expect(try setting.balance(id) == 999_600)
            }
        }

        @Test("kill -9 under load: what was acknowledged is spent, and of the rest no more than was on its way")
        func crashes() throws {
            var seed = Seed("verify crashes")
            let daemon = try DaemonProcess()
            let setting = try Setting(daemon)
            let (id, secret) = try setting.key(["credits": ["remaining": 10_000_000]])
            var known: Int64 = 10_000_000
            for _ in 0..<8 {
                let acknowledged = Mutex<[Int64]>([])
                let threads = DispatchGroup()
                for _ in 0..<16 {
                    let client = try daemon.connect(setting.tenant.rootKey)
                    threads.enter()
                    Thread {
                        defer { threads.leave() }
                        while true {
                            let reply = client.callUnlessEnded("keys.verifyKey", ["key": secret])
                            guard let left = reply?.data?["credits"]?.integer else { return }
                            acknowledged.withLock { $0.append(left) }
                        }
                    }.start()
                }
                let count = Int.random(in: 1...400, using: &seed)
                #expect(eventually { acknowledged.withLock { $0.count >= count } })
                daemon.killNow()
                threads.wait()
                let told = acknowledged.withLock { $0 }
                #expect(Set(told).count == told.count && (told.max() ?? 0) < known, "no credit is spent twice")
                try daemon.start()
                let client = try daemon.connect(setting.tenant.rootKey)
                let left = try client.data("keys.getKey", ["keyId": id])["credits"]?["remaining"]?.integer ?? -1
                let owed = known - Int64(told.count)
                #expect(left <= owed && left >= owed - 16, "\(left) of \(known) after \(told.count) replies")
                #expect(left <= told.min() ?? known)
                known = left
            }
            try daemon.stop()
        }

        @Test("a full disk acknowledges no spend, and takes nothing")
        func fullDisk() throws {
            let daemon = try DaemonProcess(fileBlocksMax: 1_024)
            let setting = try Setting(daemon)
            let (id, secret) = try setting.key([
                "credits": ["remaining": 1_000_000], "ratelimits": [limit("units", 1_000_000)],
            ])
            var told: Int64 = 1_000_000
            var refusal: Reply?
            while refusal == nil {
                // Something has to fill the disk besides.
                _ = try setting.client.call(
                    "apis.createApi",
                    ["name": .text("n\(told)" + String(repeating: "x", count: 200))]
                )
                let reply = try setting.client.call("keys.verifyKey", ["key": secret])
                if let left = reply.data?["credits"]?.integer { told = left } else { refusal = reply }
                guard told > 980_000 else { throw Failure("the limit does not hold") }
            }
            #expect(refusal?.status == 500)
            let look: JSON = ["key": secret, "credits": ["cost": 0], "ratelimits": [["name": "units", "cost": 0]]]
            let data = try setting.client.data("keys.verifyKey", look)
            #expect(data["credits"]?.integer == told)
            #expect(data["ratelimits"]?[0]?["remaining"]?.integer == told, "one unit went with each credit")
            try daemon.stop()
            try daemon.start()
            #expect(
                try daemon.connect(setting.tenant.rootKey).data("keys.getKey", ["keyId": id])["credits"]?["remaining"]
                    == .integer(told)
            )
            try daemon.stop()
        }

        @Test("SIGTERM answers every spend that was asked for before it ends")
        func draining() throws {
            let daemon = try DaemonProcess()
            let setting = try Setting(daemon)
            let (id, secret) = try setting.key(["credits": ["remaining": 1_000]])
            for number in 0..<300 as Range<Int64> {
                try setting.client.send("keys.verifyKey", ["key": secret], id: .integer(number))
            }
            #expect(try setting.client.receive().data?["valid"] == true)
            kill(daemon.identifier, SIGTERM)
            var told = [Int64]()
            while let json = try setting.client.frames.receiveJSON() {
                if let left = try Reply(json).data?["credits"]?.integer { told.append(left) }
            }
            try daemon.stop()
            try daemon.start()
            let client = try daemon.connect(setting.tenant.rootKey)
            let left = try client.data("keys.getKey", ["keyId": id])["credits"]?["remaining"]?.integer
            #expect(left == told.min(), "\(told.count + 1) replies")
            try daemon.stop()
        }

        @Test("concurrent verifications on one limit never pass more than it, and whatever fits gets in")
        func exactLimit() throws {
            try withDaemon { daemon in
                let setting = try Setting(daemon)
                let (_, secret) = try setting.key(["ratelimits": [limit("units", 300)]])
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
                let setting = try Setting(daemon)
                let identity: JSON = ["externalId": "acct", "ratelimits": [limit("units", 200)]]
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
                let setting = try Setting(daemon)
                let (id, secret) = try setting.key([
                    "credits": ["remaining": 150], "ratelimits": [limit("first", 100), limit("second", 1_000)],
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

        @Test("every change is seen by the next verification on another connection")
        func seen() throws {
            try withDaemon { daemon in
                let setting = try Setting(daemon)
                let others = try (0..<4).map { _ in try setting.connect() }
                try setting.client.data("permissions.createRole", ["name": "Reader", "permissions": ["docs.read"]])
                try setting.client.data("identities.createIdentity", ["externalId": "acct"])
                let (id, secret) = try setting.key(["externalId": "acct", "roles": ["Reader"]])
                let key: JSON = ["keyId": id]
                let query: JSON = ["key": secret, "permissions": "docs.read AND docs.write"]
                for round in 0..<25 as Range<Int64> {
                    for (method, params, code) in try steps(round, key, setting) {
                        try setting.client.data(method, params)
                        for other in others {
                            #expect(
                                try other.data("keys.verifyKey", query)["code"] == code,
                                "\(method), round \(round)"
                            )
                        }
                    }
                    let limits: JSON = [limit("units", round + 1, isAutomatic: false)]
                    try setting.client.data("identities.updateIdentity", ["identity": "acct", "ratelimits": limits])
                    let look: JSON = ["key": secret, "ratelimits": [["name": "units", "cost": 0]]]
                    for other in others {
                        let shown = try other.data("keys.verifyKey", look)["ratelimits"]
                        #expect(shown?[0]?["limit"]?.integer == round + 1)
                    }
                }
                try setting.client.data("apis.deleteApi", ["apiId": setting.api])
                for other in others {
                    #expect(try other.data("keys.verifyKey", query) == ["valid": false, "code": "NOT_FOUND"])
                }
            }
        }

        /// Changes of a round, each with the code of a verification that needs `docs.read AND docs.write`, the first of which
        /// the key has through a role.
        private func steps(_ round: Int64, _ key: JSON, _ setting: Setting) throws -> [(String, JSON, JSON)] {
            let write: JSON = ["docs.write"]
            let missing: JSON = "INSUFFICIENT_PERMISSIONS"
            return [
                ("keys.addPermissions", key.with("permissions", write), "VALID"),
                ("keys.removePermissions", key.with("permissions", write), missing),
                ("keys.setPermissions", key.with("permissions", write), "VALID"),
                ("permissions.setRolePermissions", ["role": "Reader", "permissions": []], missing),
                ("permissions.setRolePermissions", ["role": "Reader", "permissions": ["docs.read"]], "VALID"),
                ("permissions.deletePermission", ["permission": "docs.write"], missing),
                ("keys.addPermissions", key.with("permissions", write), "VALID"),
                ("keys.updateKey", key.with("enabled", false), "DISABLED"),
                ("keys.updateKey", key.with("enabled", true).with("expires", 1), "EXPIRED"),
                ("keys.updateKey", key.with("expires", .null), "VALID"),
                ("apis.updateApi", ["apiId": setting.api, "ipAllowlist": []], "FORBIDDEN"),
                ("apis.updateApi", ["apiId": setting.api, "ipAllowlist": .null], "VALID"),
                ("keys.updateCredits", key.with("operation", "set").with("value", 0), "USAGE_EXCEEDED"),
                ("keys.updateCredits", key.with("operation", "set"), "VALID"),
                ("keys.setRoles", key.with("roles", []), missing),
                ("keys.addRoles", key.with("roles", ["Reader"]), "VALID"),
            ]
        }

        @Test("lastUsedAt appears in getKey after a verification, with any outcome, and survives a restart")
        func lastUsedAt() throws {
            try withDaemon { daemon in
                let setting = try Setting(daemon)
                let keys = [try setting.key(), try setting.key(["enabled": false])]
                let unused = try setting.key()
                let begin = Int64(Date().timeIntervalSince1970 * 1_000)
                for key in keys { try setting.client.data("keys.verifyKey", ["key": key.secret]) }
                for key in keys {
                    let isThere = try eventually {
                        let data = try setting.client.data("keys.getKey", ["keyId": key.id])
                        return (data["lastUsedAt"]?.integer ?? 0) >= begin && data["updatedAt"] == nil
                    }
                    #expect(isThere)
                }
                try setting.client.data("keys.verifyKey", ["key": keys[0].secret])
                let second = Int64(Date().timeIntervalSince1970 * 1_000)
                try daemon.restart()
                let client = try setting.connect()
                let last = try client.data("keys.getKey", ["keyId": keys[0].id])["lastUsedAt"]?.integer ?? 0
                #expect(last >= begin && last <= second)
                #expect(try client.data("keys.getKey", ["keyId": unused.id])["lastUsedAt"] == nil)
            }
        }

        @Test("a key that was taken over is converted once, however many verify it first at the same time")
        func migrated() throws {
            try withDaemon { daemon in
                let setting = try Setting(daemon)
                let made = try daemon.operate().data(
                    "migrations.createMigration",
                    [
                        "workspaceId": .text(setting.tenant.workspace), "name": "old",
                        "algorithm": "github.com/seamapi/prefixed-api-key",
                    ]
                )
                let migration = try #require(made["migrationId"])
                // SHA-256 of "longtoken".
                let hash: JSON = "76d1e9a7589d33f3611b653ba396f6c473cfd38ba132174a4f6940aac59e855e"
                let key: JSON = ["hash": hash, "credits": ["remaining": 100]]
                try setting.client.data(
                    "keys.migrateKeys",
                    ["migrationId": migration, "apiId": setting.api, "keys": [key]]
                )
                let params: JSON = ["key": "acme_short_longtoken", "migrationId": migration]
                let left = try concurrently(32) { _ in
                    try setting.connect().data("keys.verifyKey", params)["credits"]?.integer ?? -1
                }
                #expect(left.sorted() == Array(68..<100))
                let rows = "SELECT count(*) FROM audit_log WHERE event = 'key.migrate'"
                #expect(try sqlite(daemon.database, rows) == "1")
                #expect(try setting.client.data("keys.verifyKey", ["key": "acme_short_longtoken"])["credits"] == 67)
            }
        }

        @Test("the frame's clientAddress is held against the allow-list of the API")
        func frameAddress() throws {
            try withDaemon { daemon in
                let setting = try Setting(daemon)
                let (_, secret) = try setting.key()
                let list: JSON = ["192.0.2.7", "2001:db8::7"]
                try setting.client.data("apis.updateApi", ["apiId": setting.api, "ipAllowlist": list])
                func code(_ address: JSON?) throws -> JSON? {
                    let frame = setting.client.frame("keys.verifyKey", ["key": secret]).with("clientAddress", address)
                    try setting.client.frames.send(frame: try frame.bytes)
                    return try setting.client.receive().data?["code"]
                }
                for address in ["192.0.2.7", "::ffff:192.0.2.7", "2001:DB8::7"] as [JSON] {
                    #expect(try code(address) == "VALID")
                }
                for address in [nil, "", "192.0.2.8", "192.0.2.7, 192.0.2.8"] as [JSON?] {
                    #expect(try code(address) == "FORBIDDEN")
                }
                let frame = setting.client.frame("keys.verifyKey", ["key": secret]).with("clientAddress", 7)
                try setting.client.frames.send(frame: try frame.bytes)
                let reply = try setting.client.receive()
                #expect(reply.status == 400 && reply.locations == ["frame.clientAddress"])
            }
        }

        @Test("over HTTP the address is the first of X-Forwarded-For, else the peer's")
        func httpAddress() throws {
            try withAdapter { daemon, adapter in
                let setting = try Setting(daemon)
                let (_, secret) = try setting.key()
                func allow(_ addresses: JSON) throws {
                    try setting.client.data("apis.updateApi", ["apiId": setting.api, "ipAllowlist": addresses])
                }
                func code(_ fields: [String] = []) throws -> JSON? {
                    let body = #"{"key":"\#(secret.text ?? "")"}"#
                    var call = HTTPRequest.call("keys.verifyKey", body, auth: setting.tenant.rootKey)
                    call.fields += fields
                    return try adapter.reply(to: call).envelope().data?["code"]
                }
                #expect(try code() == "VALID")
                try allow(["192.0.2.7"])
                #expect(try code() == "FORBIDDEN")
                for fields in [
                    ["X-Forwarded-For: 192.0.2.7"], ["x-forwarded-for:192.0.2.7 , 192.0.2.8"],
                    ["X-Forwarded-For: 192.0.2.7", "X-Forwarded-For: 192.0.2.8"], ["X-Forwarded-For: ::ffff:192.0.2.7"],
                ] {
                    #expect(try code(fields) == "VALID", "\(fields)")
                }
                for fields in [
                    ["X-Forwarded-For: 192.0.2.8, 192.0.2.7"], ["X-Forwarded-For: , 192.0.2.7"],
                    ["X-Forwarded-For: 192.0.2.7:80"], ["X-Forwarded-For: \"192.0.2.7\""], ["X-Forwarded-For: é"],
                    ["X-Forwarded-For: " + String(repeating: "1", count: 500)], ["Forwarded: for=192.0.2.7"],
                ] {
                    #expect(try code(fields) == "FORBIDDEN", "\(fields)")
                }
                try allow(["127.0.0.1"])
                #expect(try code() == "VALID", "the peer of the adapter")
                #expect(try code(["X-Forwarded-For: 192.0.2.7"]) == "FORBIDDEN")
            }
        }
    }
}
