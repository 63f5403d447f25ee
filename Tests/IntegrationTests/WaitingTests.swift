import Testing

extension Programs {
    @Suite struct WaitingTests {
        private static let burst = 40
        private static let bounds = ["--waiting-bytes-max", "2000", "--frame-bytes-max", "2000"]

        @Test(
            "calls that wait share a bound in bytes: past it they get 503, and each gives back what it took, however it ends"
        )
        func bytes() throws {
            try withDaemon(Self.bounds) { daemon in
                let scene = try Scene(daemon)
                let key = try scene.key(["credits": ["remaining": 1_000]])["key"] ?? nil
                let whole = try room(scene)
                #expect((5..<Self.burst).contains(whole))
                for (way, client, method, params) in [
                    ("a read", scene.desk, "workspaces.listWorkspaces", { _ in [:] }),
                    (
                        "a change that is refused", scene.caller, "apis.deleteApi",
                        { .object(["apiId": .text("api_\($0)")]) }
                    ),
                    ("a fetch", scene.caller, "keys.verifyKey", { .object(["key": .text("unknown-\($0)")]) }),
                    ("a spend", scene.caller, "keys.verifyKey", { _ in .object(["key": key]) }),
                    (
                        "a namespace that is made first", scene.caller, "ratelimit.limit",
                        {
                            [
                                "namespace": .text("new-\($0)"), "identifier": "a", "limit": 5, "duration": 60_000,
                            ]
                        }
                    ),
                ] as [(String, Client, String, (Int) -> JSON)] {
                    #expect(try passed(client, method, params) > 0, "\(way)")
                    #expect(try room(scene) == whole, "\(way)")
                    guard method != "workspaces.listWorkspaces" else { continue }
                    #expect(try passed(client, method, params, isKept: true) > 0, "\(way), with idempotency keys")
                    #expect(try room(scene) == whole, "\(way), with idempotency keys")
                }
            }
        }

        @Test("calls whose connection has gone give back what they took")
        func gone() throws {
            try withDaemon(Self.bounds) { daemon in
                let scene = try Scene(daemon)
                let whole = try room(scene)
                for _ in 0..<5 {
                    do {
                        let caller = try daemon.connect(scene.tenant.rootKey)
                        try caller.send(together: frames(caller, "keys.verifyKey", { ["key": .text("gone-\($0)")] }))
                        let desk = try daemon.operate()
                        try desk.send(together: frames(desk, "workspaces.createWorkspace", { _ in ["name": "gone"] }))
                    }
                    #expect(try eventually { try room(scene) == whole })
                }
            }
        }

        @Test("a call that is alone has room, also where its frame is the longest there may be")
        func alone() throws {
            try withDaemon(Self.bounds) { daemon in
                let desk = try daemon.operate()
                let json = Array(#"{"method":"workspaces.listWorkspaces","id":1}"#.utf8)
                let frame = json + [UInt8](repeating: UInt8(ascii: " "), count: 2_000 - json.count)
                for _ in 0..<3 {
                    try desk.frames.send(frame: frame)
                    #expect(try desk.receive().status == 200)
                }
                try desk.frames.send(raw: (0..<2).flatMap { _ in FrameClient.header(frame.count) + frame })
                #expect(Set([try desk.receive().status, try desk.receive().status]) == [200, 503])
            }
        }

        /// How many calls of one size find room at once, of more than do.
        private func room(_ scene: Scene) throws -> Int {
            try passed(scene.desk, "workspaces.createWorkspace", { _ in ["name": "a"] })
        }

        /// Calls a procedure many times at once.
        ///
        /// - Returns: How many of the calls were not refused for lack of room.
        private func passed(
            _ client: Client,
            _ method: String,
            _ params: (Int) -> JSON,
            isKept: Bool = false
        ) throws -> Int {
            try client.send(together: try frames(client, method, params, isKept: isKept))
            let replies = try (0..<Self.burst).map { _ in try client.receive() }
            let refused = replies.filter { $0.status == 503 }
            #expect(refused.allSatisfy { $0.code == "overloaded" })
            return replies.count - refused.count
        }

        private func frames(
            _ client: Client,
            _ method: String,
            _ params: (Int) -> JSON,
            isKept: Bool = false
        ) throws -> [JSON] {
            // Numbers of two digits: all frames have one size.
            (10..<10 + Self.burst).map { number in
                client.frame(
                    method,
                    params(number),
                    id: .integer(Int64(number)),
                    idempotencyKey: isKept ? "\(method)-\(number)" : nil
                )
            }
        }
    }
}
