import Foundation
import Testing

extension Programs {
    @Suite struct RatelimitTests {
        /// A long window, so that no test sees its end.
        private static let day: JSON = 86_400_000

        private func request(_ namespace: String, _ identifier: String, limit: Int64, cost: Int64 = 1) -> JSON {
            [
                "namespace": .text(namespace), "identifier": .text(identifier), "limit": .integer(limit),
                "duration": Self.day, "cost": .integer(cost),
            ]
        }

        @Test("every procedure of the service does what its declaration says")
        func tour() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let client = try daemon.connect(tenant.rootKey)
                let first = try client.data("ratelimit.limit", request("mail", "team_7", limit: 3))
                #expect(first["success"] == true && first["remaining"] == 2 && first["overrideId"] == nil)
                let batch = JSON.list([request("mail", "team_7", limit: 3), request("b", "x", limit: 5, cost: 6)])
                let data = try client.data("ratelimit.multiLimit", batch)
                #expect(data["passed"] == false)
                #expect(data["limits"]?[0]?["remaining"] == 2 && data["limits"]?[1]?["passed"] == false)
                let setting: JSON = ["namespace": "mail", "identifier": "team_*", "limit": 50, "duration": Self.day]
                let id = try client.data("ratelimit.setOverride", setting)["overrideId"]
                #expect(try client.data("ratelimit.limit", request("mail", "team_7", limit: 3))["overrideId"] == id)
                let target: JSON = ["namespace": "mail", "identifier": "team_*"]
                #expect(try client.data("ratelimit.getOverride", target)["limit"] == 50)
                #expect(try client.call("ratelimit.listOverrides", ["namespace": "mail"]).rows.count == 1)
                try client.data("ratelimit.deleteOverride", target)
                #expect(try client.data("ratelimit.limit", request("mail", "team_7", limit: 3))["remaining"] == 0)
                let named: JSON = ["workspaceId": .text(tenant.workspace), "namespace": "mail"]
                try daemon.operate().data("ratelimit.deleteNamespace", named)
                try client.refusal(
                    410,
                    "ratelimit_namespace_gone",
                    "ratelimit.limit",
                    request("mail", "team_7", limit: 3)
                )
                try client.refusal(404, "ratelimit_namespace_not_found", "ratelimit.getOverride", target)
            }
        }

        @Test("deleteNamespace is the operator's: the API socket does not know it")
        func operatorAlone() throws {
            try withDaemon { daemon in
                let client = try daemon.connect(try daemon.tenant().rootKey)
                try client.refusal(404, "procedure_not_found", "ratelimit.deleteNamespace", ["namespace": "a"])
            }
        }

        @Test("integers are exact over all of int64, and one more is a 400")
        func exactIntegers() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let client = try daemon.connect(tenant.rootKey)
                let data = try client.data("ratelimit.limit", request("mail", "a", limit: .max, cost: .max - 1))
                #expect(data["limit"] == .integer(.max) && data["remaining"] == 1)
                for member in ["limit", "cost"] {
                    let params = #"{"namespace":"mail","identifier":"a","limit":5,"duration":60000,"cost":1}"#
                        .replacing(try Regex(#""\#(member)":\d"#), with: #""\#(member)":9223372036854775808"#)
                    let frame = #"{"method":"ratelimit.limit","auth":"\#(tenant.rootKey)","params":\#(params)}"#
                    try client.frames.send(frame: frame)
                    let reply = try client.receive()
                    #expect(reply.status == 400 && reply.locations == ["body.\(member)"])
                }
            }
        }

        @Test("64 concurrent callers on one identifier get exactly the limit, whatever fits gets in")
        func exact() throws {
            try withDaemon { daemon in
                let rootKey = try daemon.tenant().rootKey
                let params = request("mail", "shared", limit: 1_000)
                let passed = try concurrently(64) { _ in
                    let client = try daemon.connect(rootKey)
                    return try (0..<25).count { _ in try client.data("ratelimit.limit", params)["success"] == true }
                }
                #expect(passed.reduce(0, +) == 1_000)
            }
        }

        @Test("concurrent batches in opposite orders all finish, and count all or nothing")
        func batches() throws {
            try withDaemon { daemon in
                let rootKey = try daemon.tenant().rootKey
                let items = [request("mail", "a", limit: 100, cost: 3), request("bytes", "b", limit: 70, cost: 1)]
                let passed = try concurrently(32) { index in
                    let batch = JSON.list(index.isMultiple(of: 2) ? items : items.reversed())
                    let client = try daemon.connect(rootKey)
                    return try (0..<5).count { _ in try client.data("ratelimit.multiLimit", batch)["passed"] == true }
                }
                #expect(passed.reduce(0, +) == 33)
                let client = try daemon.connect(rootKey)
                let left = try client.data("ratelimit.limit", request("bytes", "b", limit: 70, cost: 0))["remaining"]
                #expect(left == 37)
            }
        }

        @Test("concurrent first calls make one namespace, all count in it, and its audit row names one of the requests")
        func firstUse() throws {
            try withDaemon { daemon in
                let rootKey = try daemon.tenant().rootKey
                let params = request("new", "shared", limit: 1_000)
                let replies = try concurrently(64) { _ in
                    try daemon.connect(rootKey).call("ratelimit.limit", params)
                }
                #expect(Set(replies.compactMap { $0.data?["remaining"]?.integer }).count == 64)
                #expect(try sqlite(daemon.database, "SELECT count(*) FROM ratelimit_namespaces") == "1")
                let row = try sqlite(
                    daemon.database,
                    "SELECT actor || ' ' || request_id FROM audit_log WHERE event = 'ratelimitNamespace.create'"
                ).split(separator: " ")
                #expect(row.first?.hasPrefix("key_") == true)
                #expect(replies.map(\.requestID).contains(String(row.last ?? "")))
            }
        }

        @Test("an override that is set, changed or deleted is seen by the next call on any connection")
        func overridesAreSeen() throws {
            try withDaemon { daemon in
                let rootKey = try daemon.tenant().rootKey
                let clients = try (0..<8).map { _ in try daemon.connect(rootKey) }
                let look = request("mail", "team_7", limit: 5, cost: 0)
                for client in clients { try client.data("ratelimit.limit", look) }
                for round in 0..<50 as Range<Int64> {
                    let setting: JSON = [
                        "namespace": "mail", "identifier": "team_*", "limit": .integer(round), "duration": Self.day,
                    ]
                    try clients[0].data("ratelimit.setOverride", setting)
                    for client in clients {
                        #expect(try client.data("ratelimit.limit", look)["limit"]?.integer == round)
                    }
                    guard round % 5 == 0 else { continue }
                    try clients[1].data("ratelimit.deleteOverride", ["namespace": "mail", "identifier": "team_*"])
                    for client in clients { #expect(try client.data("ratelimit.limit", look)["limit"] == 5) }
                }
            }
        }

        @Test("windows survive a clean restart whole")
        func restart() throws {
            try withDaemon { daemon in
                let rootKey = try daemon.tenant().rootKey
                let client = try daemon.connect(rootKey)
                for number in 0..<2_500 as Range<Int64> {
                    let params = request("mail", "user_\(number % 1_250)", limit: 10_000, cost: number + 1)
                    try client.send("ratelimit.limit", params, id: .integer(number))
                }
                for _ in 0..<2_500 { #expect(try client.receive().status == 200) }
                for _ in 0..<2 {
                    try daemon.restart()
                    let again = try daemon.connect(rootKey)
                    for number in [0, 1, 777, 1_249] as [Int64] {
                        let look = request("mail", "user_\(number)", limit: 10_000, cost: 0)
                        let left = try again.data("ratelimit.limit", look)["remaining"]?.integer
                        #expect(left == 10_000 - 2 * number - 2 - 1_250)
                    }
                }
            }
        }

        @Test("kill -9 forgets of windows what the last second has counted, and nothing before")
        func crash() throws {
            let daemon = try DaemonProcess()
            let rootKey = try daemon.tenant().rootKey
            let client = try daemon.connect(rootKey)
            try client.data("ratelimit.limit", request("mail", "old", limit: 100, cost: 40))
            // What is stored is looked for from outside: when it is there, it has to stay.
            let isStored = try eventually {
                try sqlite(daemon.database, "SELECT count(*) FROM ratelimit_windows WHERE current_count = 40") == "1"
            }
            #expect(isStored)
            try client.data("ratelimit.limit", request("mail", "old", limit: 100, cost: 7))
            daemon.killNow()
            try daemon.start()
            let look = request("mail", "old", limit: 100, cost: 0)
            let left = try daemon.connect(rootKey).data("ratelimit.limit", look)["remaining"]?.integer
            #expect(left == 60 || left == 53)
            try daemon.stop()
        }

        @Test("a full table of windows answers, and lets go of those that end first")
        func fullTable() throws {
            try withDaemon(["--windows-max", "50"]) { daemon in
                let client = try daemon.connect(try daemon.tenant().rootKey)
                for number in 0..<200 as Range<Int64> {
                    let data = try client.data("ratelimit.limit", request("mail", "user_\(number)", limit: 5))
                    #expect(data["remaining"] == 4)
                }
            }
        }

        @Test("over HTTP: an array as the body, a denied limit as a 200")
        func http() throws {
            try withAdapter { daemon, adapter in
                let rootKey = try daemon.tenant().rootKey
                let body = #"[{"namespace":"m","identifier":"a","limit":1,"duration":86400000,"cost":2}]"#
                let batch = try adapter.reply(to: .call("ratelimit.multiLimit", body, auth: rootKey)).envelope()
                #expect(batch.data?["passed"] == false)
                let single = String(body.dropFirst().dropLast())
                let limit = try adapter.reply(to: .call("ratelimit.limit", single, auth: rootKey))
                #expect(try limit.envelope().data?["success"] == false)
                #expect(limit["ratelimit-limit"].isEmpty)
                let fault = try adapter.reply(to: .call("ratelimit.multiLimit", "[]", auth: rootKey)).envelope()
                #expect(fault.status == 400 && fault.locations == ["body"])
            }
        }
    }
}
