import Foundation
import Glibc
import Testing

extension Programs {
    @Suite struct LimitsTests {
        private func padded(_ count: Int) -> [UInt8] {
            let json = Array(#"{"method":"system.getHealth"}"#.utf8)
            return json + [UInt8](repeating: UInt8(ascii: " "), count: count - json.count)
        }

        @Test("a frame at the limit is answered; one byte more is told before it arrives, then the connection closes")
        func frameLimit() throws {
            try withDaemon(["--frame-bytes-max", "2000"]) { daemon in
                let client = try daemon.connect()
                try client.frames.send(frame: padded(2_000))
                #expect(try client.receive().status == 200)
                try client.frames.send(raw: FrameClient.header(2_001))
                let reply = try client.receive()
                #expect(reply.status == 413)
                #expect(reply.code == "request_body_too_large")
                #expect(reply.detail.contains("2000"))
                #expect(try client.frames.receive() == nil)
            }
        }

        @Test("the limit is 10 MiB unless configured, and holds for the greatest length there is")
        func frameLimitDefault() throws {
            try withDaemon { daemon in
                let client = try daemon.connect()
                try client.frames.send(frame: padded(10 * 1_024 * 1_024))
                #expect(try client.receive().status == 200)
                for header in [FrameClient.header(10 * 1_024 * 1_024 + 1), [255, 255, 255, 255]] {
                    let client = try daemon.connect()
                    try client.frames.send(raw: header)
                    #expect(try client.receive().status == 413)
                    #expect(try client.frames.receive() == nil)
                }
            }
        }

        @Test("each frame has its own time: one that is never alone in the buffer does not run into another's")
        func endlessStream() throws {
            try withDaemon(["--frame-milliseconds", "300"]) { daemon in
                let client = try daemon.connect()
                let json = Array(#"{"method":"system.getHealth"}"#.utf8)
                let frame = FrameClient.header(json.count) + json
                try client.frames.send(raw: Array(frame.prefix(10)))
                // Each piece ends one frame and begins the next, for three times as long as a frame may take.
                for _ in 0..<90 {
                    try client.frames.send(raw: Array(frame.dropFirst(10)) + frame.prefix(10))
                    #expect(try client.receive().status == 200)
                    usleep(10_000)
                }
            }
        }

        @Test("a connection has at most 1,024 unanswered calls; all of them are answered in the end")
        func manyCalls() throws {
            try withDaemon { daemon in
                let desk = try daemon.operate()
                let sender = Thread {
                    for id in 0..<3_000 {
                        try? desk.send("workspaces.createWorkspace", ["name": "a"], id: .integer(Int64(id)))
                    }
                }
                sender.start()
                let statuses = try (0..<3_000).map { _ in try desk.receive().status }
                #expect(statuses.allSatisfy { $0 == 200 })
            }
        }

        @Test("callers that take every connection do not lock the operator out")
        func operatorReserve() throws {
            try withDaemon(["--connections-max", "10"]) { daemon in
                let silent = try (0..<20).map { _ in try daemon.connect() }
                #expect(try silent[0].call("system.getHealth").status == 200)
                #expect(try daemon.operate().call("system.getHealth").status == 200)
                #expect(silent.count == 20)
            }
        }

        @Test("calls that are on their way are answered before a 413 closes their connection")
        func pendingBefore413() throws {
            try withDaemon { daemon in
                let desk = try daemon.operate()
                try desk.send("workspaces.createWorkspace", ["name": "a"], id: 1)
                try desk.frames.send(raw: [255, 255, 255, 255])
                let replies = [try desk.receive(), try desk.receive()]
                #expect(Set(replies.map(\.status)) == [200, 413])
                #expect(try desk.frames.receive() == nil)
            }
        }

        @Test("calls with an id may overtake each other, and each id is answered once")
        func pipelining() throws {
            try withDaemon { daemon in
                let desk = try daemon.operate()
                for id in 0..<300 {
                    switch id % 3 {
                    case 0: try desk.send("workspaces.createWorkspace", ["name": "a"], id: .integer(Int64(id)))
                    case 1: try desk.send("system.getHealth", id: .integer(Int64(id)))
                    default: try desk.send("workspaces.listWorkspaces", ["limit": 1], id: .integer(Int64(id)))
                    }
                }
                var ids: [Int64] = []
                for _ in 0..<300 {
                    let reply = try desk.receive()
                    #expect(reply.status == 200)
                    ids.append(reply.id?.integer ?? -1)
                }
                #expect(ids.sorted() == Array(0..<300))
            }
        }

        @Test("a call without an id holds back what is behind it, whatever that is")
        func ordered() throws {
            try withDaemon { daemon in
                let desk = try daemon.operate()
                for round in 0..<20 {
                    try desk.send("workspaces.createWorkspace", ["name": "written"])
                    try desk.send("system.getHealth", id: .integer(Int64(round)))
                    try desk.send("workspaces.listWorkspaces", ["limit": 100])
                    try desk.send("system.getHealth")
                    #expect(try desk.receive().data?["workspaceId"] != nil)
                    #expect(try desk.receive().id == .integer(Int64(round)))
                    #expect(try desk.receive().rows.count == round + 1, "the list sees the write before it")
                    #expect(try desk.receive().data?["status"] != nil)
                }
            }
        }

        @Test("a client that half-closes gets the answers to all it has sent, then the end")
        func halfClose() throws {
            try withDaemon { daemon in
                let desk = try daemon.operate()
                for id in 0..<50 { try desk.send("workspaces.createWorkspace", ["name": "a"], id: .integer(Int64(id))) }
                for _ in 0..<10 { try desk.send("workspaces.createWorkspace", ["name": "b"]) }
                try desk.send("system.getHealth")
                desk.frames.finish()
                for _ in 0..<61 { #expect(try desk.receive().status == 200) }
                #expect(try desk.frames.receive() == nil)
            }
        }

        @Test("half a frame before a half-close is no call, and the connection ends")
        func halfFrame() throws {
            try withDaemon { daemon in
                let client = try daemon.connect()
                try client.send("system.getHealth")
                try client.frames.send(raw: FrameClient.header(100) + [UInt8(ascii: "{")])
                client.frames.finish()
                #expect(try client.receive().status == 200)
                #expect(try client.frames.receive() == nil)
            }
        }

        @Test("a client that does not read is bounded, slows nobody, and finds its answers when it reads again")
        func doesNotRead() throws {
            try withDaemon { daemon in
                let deaf = try daemon.connect()
                // What is sent stops being taken once the daemon has as much output as it keeps for one connection.
                deaf.frames.setBlocking(false)
                let json = Array(#"{"method":"system.listProcedures"}"#.utf8)
                let frame = FrameClient.header(json.count) + json
                let batch = (0..<1_000).flatMap { _ in frame }
                var sent = 0
                var isBlocked = false
                for _ in 0..<200 where !isBlocked {
                    // A whole batch is on its way before the next one, so only whole frames are counted.
                    var rest = batch[...]
                    while !rest.isEmpty, !isBlocked {
                        let count = rest.withUnsafeBytes { send(deaf.frames.descriptor, $0.baseAddress, $0.count, 0) }
                        if count > 0 {
                            rest = rest.dropFirst(count)
                            sent += count
                        } else {
                            var state = pollfd(fd: deaf.frames.descriptor, events: Int16(POLLOUT), revents: 0)
                            isBlocked = poll(&state, 1, 500) == 0
                        }
                    }
                }
                #expect(isBlocked, "the daemon reads on and on: \(sent) bytes")
                let other = try daemon.connect()
                for _ in 0..<200 { try other.data("system.getHealth") }
                #expect(daemon.residentKilobytes < 200_000)
                deaf.frames.setBlocking(true)
                for _ in 0..<sent / frame.count { #expect(try deaf.frames.receive() != nil) }
            }
        }

        @Test("a client that does not take its answers in time is dropped")
        func stalls() throws {
            try withDaemon(["--stall-milliseconds", "200"]) { daemon in
                let deaf = try daemon.connect()
                for id in 0..<200 { try deaf.send("system.listProcedures", id: .integer(Int64(id))) }
                #expect(eventually { daemon.log.contains(#""event":"connection_dropped""#) })
                #expect(daemon.log.contains(#""reason":"stalled""#))
                try daemon.connect().data("system.getHealth")
            }
        }

        @Test("the rest of a frame has to arrive in time: 408, then the end; an idle connection stays")
        func slowFrame() throws {
            try withDaemon(["--frame-milliseconds", "200"]) { daemon in
                let idle = try daemon.connect()
                try idle.data("system.getHealth")
                let slow = try daemon.connect()
                try slow.frames.send(raw: FrameClient.header(100) + [UInt8(ascii: "{")])
                let reply = try slow.receive()
                #expect(reply.status == 408)
                #expect(reply.code == "request_timeout")
                #expect(try slow.frames.receive() == nil)
                try idle.data("system.getHealth")
            }
        }

        @Test("connections past the most wait until another ends")
        func connectionsMax() throws {
            try withDaemon(["--connections-max", "2"]) { daemon in
                var first: Client? = try daemon.connect()
                let second = try daemon.connect()
                try first?.data("system.getHealth")
                try second.data("system.getHealth")
                let third = try daemon.connect()
                try third.send("system.getHealth")
                var state = pollfd(fd: third.frames.descriptor, events: Int16(POLLIN), revents: 0)
                for _ in 0..<50 { try second.data("system.getHealth") }
                #expect(poll(&state, 1, 0) == 0, "the third connection waits")
                first = nil
                #expect(try third.receive().status == 200)
            }
        }
    }
}
