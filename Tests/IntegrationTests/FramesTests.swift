import Testing

extension Programs {
    @Suite struct FramesTests {
        private static let health = #""method":"system.getHealth""#

        private func reply(to json: [UInt8], _ daemon: DaemonProcess) throws -> Reply {
            let client = try daemon.connect()
            try client.frames.send(frame: json)
            let reply = try client.receive()
            // The framing is intact, so the connection is too.
            try client.data("system.getHealth")
            return reply
        }

        @Test(
            "a frame that is not one JSON object is a 400, and the connection stays",
            arguments: [
                "", " ", "nonsense", "[]", "1", "null", "\"text\"", "{", "{}{}", #"{"method":"system.getHealth",}"#,
                #"{"method":"system.getHealth","method":"system.getHealth"}"#, #"{"method":"\ud800"}"#,
                #"{"method":NaN}"#,
            ]
        )
        func notAnObject(text: String) throws {
            try withDaemon { daemon in
                let reply = try reply(to: Array(text.utf8), daemon)
                #expect(reply.status == 400)
                #expect(reply.code == "invalid_input")
                #expect(reply.locations == ["frame"])
                #expect(reply.id == nil)
            }
        }

        @Test("bytes that are not UTF-8 are a 400, and the connection stays")
        func notUTF8() throws {
            try withDaemon { daemon in
                for bytes: [UInt8] in [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80]] {
                    let frame = Array(#"{"method":""#.utf8) + bytes + Array("\"}".utf8)
                    let status = try reply(to: frame, daemon).status
                    #expect(status == 400)
                }
            }
        }

        @Test(
            "a frame member that is unknown, null or of another type is a 400 that names it",
            arguments: [
                ("{}", "frame.method"), (#"{"method":1}"#, "frame.method"), (#"{"method":null}"#, "frame.method"),
                ("{\(health),\"params\":null}", "frame.params"), ("{\(health),\"params\":\"x\"}", "frame.params"),
                ("{\(health),\"auth\":null}", "frame.auth"), ("{\(health),\"auth\":1}", "frame.auth"),
                ("{\(health),\"id\":null}", "frame.id"), ("{\(health),\"id\":true}", "frame.id"),
                ("{\(health),\"id\":1.5}", "frame.id"), ("{\(health),\"id\":1e3}", "frame.id"),
                ("{\(health),\"id\":{}}", "frame.id"), ("{\(health),\"idempotencyKey\":\"\"}", "frame.idempotencyKey"),
                ("{\(health),\"colour\":1}", "frame.colour"), ("{\(health),\"Method\":\"x\"}", "frame.Method"),
            ]
        )
        func members(text: String, location: String) throws {
            try withDaemon { daemon in
                let reply = try reply(to: Array(text.utf8), daemon)
                #expect(reply.status == 400)
                #expect(reply.locations == [location])
            }
        }

        @Test("every fault of a frame is listed at once")
        func allFaults() throws {
            try withDaemon { daemon in
                let reply = try reply(to: Array(#"{"id":"a","auth":1,"params":2,"colour":3}"#.utf8), daemon)
                #expect(Set(reply.locations) == ["frame.auth", "frame.params", "frame.colour", "frame.method"])
                #expect(reply.id == "a", "the id comes back where it could be read")
            }
        }

        @Test(
            "an id is echoed byte for byte",
            arguments: [
                #""a""#, #""""#, "0", "-1", "9007199254740992", "-9007199254740992", #""\u00e9\n\"""#, #""é\/""#, "-0",
            ]
        )
        func echo(id: String) throws {
            try withDaemon { daemon in
                let frames = try FrameClient(daemon.socket)
                try frames.send(frame: "{\"id\" : \(id) ,\(Self.health)}")
                let text = String(decoding: try #require(try frames.receive()), as: UTF8.self)
                #expect(text.hasPrefix("{\"id\":\(id),"))
            }
        }

        @Test("an id may have 128 bytes and not 129, counted without escapes; an integer lies within ±2^53")
        func idBounds() throws {
            try withDaemon { daemon in
                let letters = { String(repeating: "x", count: $0) }
                let escaped = { String(repeating: "\\u0078", count: $0) }
                let sound = [letters(128), escaped(128), String(repeating: "é", count: 64)].map { "\"\($0)\"" }
                let tooLong = [letters(129), escaped(129), String(repeating: "é", count: 65)].map { "\"\($0)\"" }
                for id in sound + ["9007199254740992", "-9007199254740992"] {
                    #expect(try reply(to: Array("{\"id\":\(id),\(Self.health)}".utf8), daemon).status == 200)
                }
                for id in tooLong + ["9007199254740993", "-9007199254740993", "18446744073709551616"] {
                    let reply = try reply(to: Array("{\"id\":\(id),\(Self.health)}".utf8), daemon)
                    #expect(reply.status == 400)
                    #expect(reply.locations == ["frame.id"])
                    #expect(reply.id == nil)
                }
            }
        }

        @Test("JSON may nest 64 levels deep, the frame's object counted, and not 65")
        func depth() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let api =
                    try daemon.connect(tenant.rootKey).data("apis.createApi", ["name": "deep"])["apiId"]?.text ?? ""
                // Frame, params and meta are three levels.
                func frame(_ arrays: Int) -> [UInt8] {
                    let nested = String(repeating: "[", count: arrays) + String(repeating: "]", count: arrays)
                    let params = "{\"apiId\":\"\(api)\",\"meta\":{\"a\":\(nested)}}"
                    return Array(
                        "{\"method\":\"keys.createKey\",\"auth\":\"\(tenant.rootKey)\",\"params\":\(params)}".utf8
                    )
                }
                #expect(try reply(to: frame(61), daemon).status == 200)
                #expect(try reply(to: frame(62), daemon).status == 400)
                let bomb = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
                #expect(try reply(to: bomb, daemon).status == 400)
            }
        }

        @Test("a frame of length 0 is a 400, and the next one is answered")
        func empty() throws {
            try withDaemon { daemon in
                let client = try daemon.connect()
                for _ in 0..<3 {
                    try client.frames.send(raw: [0, 0, 0, 0])
                    #expect(try client.receive().status == 400)
                }
                try client.data("system.getHealth")
            }
        }

        @Test("a frame may arrive byte by byte, and many may arrive at once")
        func splits() throws {
            try withDaemon { daemon in
                let json = Array("{\(Self.health)}".utf8)
                let whole = FrameClient.header(json.count) + json
                let frames = try FrameClient(daemon.socket)
                for byte in whole { try frames.send(raw: [byte]) }
                #expect(try frames.receiveJSON()?["data"] != nil)
                try frames.send(raw: (0..<100).flatMap { _ in whole })
                for _ in 0..<100 { #expect(try frames.receiveJSON()?["data"] != nil) }
            }
        }

        @Test("params that are absent are {}; an array is a 400 where an object is due")
        func params() throws {
            try withDaemon { daemon in
                #expect(try reply(to: Array("{\(Self.health)}".utf8), daemon).status == 200)
                #expect(try reply(to: Array("{\(Self.health),\"params\":{}}".utf8), daemon).status == 200)
                let reply = try reply(to: Array("{\(Self.health),\"params\":[]}".utf8), daemon)
                #expect(reply.status == 400)
                #expect(reply.locations == ["body"])
            }
        }
    }
}
