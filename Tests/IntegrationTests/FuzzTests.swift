import Glibc
import TestSupport
import Testing

extension Programs {
    @Suite struct FuzzTests {
        @Test("10,000 mutated frames leave a daemon that answers, without a descriptor or much memory more than before")
        func frames() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let samples = try samples(tenant)
                var seed = SeededGenerator.announced("frames")
                try send(500, samples, to: daemon, &seed)
                let memory = daemon.residentKilobytes
                try send(9_500, samples, to: daemon, &seed)
                #expect(try daemon.connect().call("system.getHealth").status == 200)
                #expect(daemon.residentKilobytes < memory + 20_000)
                #expect(!daemon.log.contains("Fatal"))
            }
        }

        /// Sends mutated frames, each with a sound one behind it, and reads what comes; a connection that was closed, as after
        /// a length over the limit, is replaced.
        private func send(
            _ count: Int,
            _ samples: [[UInt8]],
            to daemon: DaemonProcess,
            _ seed: inout SeededGenerator
        ) throws {
            var client = try FrameClient(daemon.socket)
            for _ in 0..<count {
                var frame = samples.randomElement(using: &seed) ?? []
                mutate(&frame, &seed)
                // The length is right most of the time: what is inside is to be looked at.
                let length =
                    Int.random(in: 0..<20, using: &seed) == 0 ? Int.random(in: 0...1 << 31, using: &seed) : frame.count
                do {
                    try client.send(raw: FrameClient.header(length) + frame)
                    guard length == frame.count else { throw Failure("nobody knows where this ends") }
                    let reply = try client.receiveJSON()
                    guard reply?["meta"]?["requestId"]?.text?.count == 13 else { throw Failure("closed") }
                } catch {
                    client = try FrameClient(daemon.socket)
                }
            }
        }

        private func mutate(_ frame: inout [UInt8], _ seed: inout SeededGenerator) {
            for _ in 0..<Int.random(in: 1...4, using: &seed) where !frame.isEmpty {
                let place = Int.random(in: 0..<frame.count, using: &seed)
                switch Int.random(in: 0..<6, using: &seed) {
                case 0: frame[place] = UInt8.random(in: 0...255, using: &seed)
                case 1: frame[place] ^= 1 << UInt8.random(in: 0..<8, using: &seed)
                case 2: frame.remove(at: place)
                case 3: frame.insert(contentsOf: frame[place...].prefix(20), at: place)
                case 4: frame.removeSubrange(place...)
                default: frame.insert(contentsOf: Self.tokens.randomElement(using: &seed) ?? [], at: place)
                }
            }
        }

        private static let tokens = [
            "{", "}", "[", "]", "\"", ",", ":", "null", "-1", "1e999", "\\u0000", "\\ud800", "\u{FEFF}", "\0",
            "9223372036854775808",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        ].map { Array($0.utf8) }

        private func samples(_ tenant: Tenant) throws -> [[UInt8]] {
            let calls: [(String, JSON)] = [
                ("system.getHealth", [:]), ("system.listProcedures", [:]), ("apis.createApi", ["name": "billing-eu"]),
                ("apis.getApi", ["apiId": "api_5kPq9XvTn0"]), ("keys.verifyKey", ["key": "eu_4XhPc9WvKqJtY2mSdN7uEa"]),
                ("keys.createKey", ["apiId": "api_5kPq9XvTn0", "meta": ["a": [1, .number(2.5), nil]], "expires": 1]),
                ("rootKeys.createKey", ["permissions": ["api.*.read_api"], "name": "é\u{1F511}", "expires": nil]),
                ("rootKeys.listKeys", ["limit": 3, "cursor": "key_"]),
            ]
            return try calls.map { method, params in
                try (["method": .text(method), "params": params, "auth": .text(tenant.rootKey), "id": 1] as JSON).bytes
            }
        }
    }
}
