import Bytes
import Testing

@testable import bench

/// The next request of a template, as text without a frame's length.
private func request(_ template: inout RequestTemplate, slot: Int, skipping prefix: Int) -> String {
    var random = SplitMix(seed: 1)
    var buffer = ByteBuffer()
    template.append(correlation: slot, random: &random, to: &buffer)
    #expect(buffer.count == template.count)
    return String(decoding: buffer.readable.dropFirst(prefix), as: UTF8.self)
}

private func front<W: Wire>(_ wire: W.Type, _ bytes: [UInt8]) throws -> (length: Int, slot: Int?, isSuccess: Bool)? {
    try bytes.withUnsafeBytes { bytes in
        try wire.front(of: bytes).map { ($0.length, $0.slot, $0.hasSuccessStatus) }
    }
}

private func frame(_ json: String) -> [UInt8] {
    var buffer = ByteBuffer()
    buffer.append(bigEndian: UInt32(json.utf8.count))
    buffer.append(json)
    return Array(buffer.readable)
}

@Suite struct FrameWireTests {
    @Test("a frame is its length and strict JSON, with id, method, auth and params")
    func plain() throws {
        var template = FrameWire.template(RequestShape("system.getHealth", credential: "k\"1"))
        let text = request(&template, slot: 7, skipping: 4)
        #expect(text == #"{"id":10007,"method":"system.getHealth","auth":"k\"1","params":{}}"#)
        #expect(template.count == text.utf8.count + 4)
    }

    @Test("values of different lengths make frames of one length, filled up with white space")
    func values() throws {
        let table = FieldTable(["a", "bcd"])
        var template = FrameWire.template(RequestShape("m.n", head: #"{"key":"#, field: .oneOf(table)))
        var random = SplitMix(seed: 3)
        var seen: Set<String> = []
        for _ in 0..<64 {
            var buffer = ByteBuffer()
            template.append(correlation: 0, random: &random, to: &buffer)
            seen.insert(String(decoding: buffer.readable.dropFirst(4), as: UTF8.self))
        }
        let head = #"{"id":10000,"method":"m.n","params":{"key":"#
        #expect(seen == [head + #""a"  }}"#, head + #""bcd"}}"#])
    }

    @Test("a number that never comes again counts up before the closing quote")
    func unique() {
        var template = FrameWire.template(RequestShape("m.n", head: #"{"name":"#, field: .unique(prefix: "x-")))
        #expect(request(&template, slot: 0, skipping: 4).hasSuffix(#"{"name":"x-000000000001"}}"#))
        for _ in 0..<15 { _ = request(&template, slot: 0, skipping: 4) }
        #expect(request(&template, slot: 0, skipping: 4).hasSuffix(#"{"name":"x-000000000011"}}"#))
    }

    @Test("every slot comes back from the frame that it was written into", arguments: [0, 1, 9, 10, 9_999, 89_999])
    func correlation(slot: Int) throws {
        var template = FrameWire.template(RequestShape("m.n"))
        let json = request(&template, slot: slot, skipping: 4)
        let reply = try front(FrameWire.self, frame(json))
        #expect(reply?.slot == slot)
        #expect(reply?.length == json.utf8.count + 4)
    }

    @Test("a reply is told when its last byte is there, and not before")
    func incomplete() throws {
        let bytes = frame(#"{"id":10003,"meta":{"requestId":"req_000000000"},"data":{}}"#)
        for count in 0..<bytes.count { #expect(try front(FrameWire.self, Array(bytes.prefix(count))) == nil) }
        #expect(try front(FrameWire.self, bytes)?.slot == 3)
    }

    @Test("a reply without the request's id ends the run")
    func foreign() {
        #expect(throws: BenchFailure.self) {
            try front(FrameWire.self, frame(#"{"meta":{"requestId":"req_000000000"}}"#))
        }
        #expect(throws: BenchFailure.self) { try front(FrameWire.self, frame("{}")) }
    }

    @Test("data stands where a daemon's reply has it")
    func dataOffset() {
        let reply = #"{"id":10003,"meta":{"requestId":"req_q7Rk20mNz"},"data":{"status":"ok"}}"#
        #expect(String(reply.utf8.dropFirst(FrameWire.dataOffset)) == #""data":{"status":"ok"}}"#)
    }
}

@Suite struct HTTPWireTests {
    private let ok = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\nDate: x\r\n\r\n{\"data\":{}}\n"

    @Test("a request is one message with its length")
    func request() {
        let shape = RequestShape(
            "keys.verifyKey",
            credential: "k",
            head: #"{"key":"#,
            field: .oneOf(FieldTable(["ab"]))
        )
        var template = HTTPWire.template(shape)
        #expect(
            message(&template)
                == "POST /v2/keys.verifyKey HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer k\r\n"
                + "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"key\":\"ab\"}"
        )
    }

    @Test("a reply is told when its last byte is there, whatever the case of its fields, and not before")
    func reply() throws {
        let bytes = Array(ok.utf8)
        for count in 0..<bytes.count { #expect(try front(HTTPWire.self, Array(bytes.prefix(count))) == nil) }
        let reply = try front(HTTPWire.self, bytes + Array("HTTP".utf8))
        #expect(reply?.length == bytes.count)
        #expect(reply?.slot == nil)
        #expect(reply?.isSuccess == true)
    }

    @Test("any other status is no success")
    func status() throws {
        let text = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
        #expect(try front(HTTPWire.self, Array(text.utf8))?.isSuccess == false)
    }

    @Test("a reply without a length ends the run")
    func unbounded() {
        #expect(throws: BenchFailure.self) { try front(HTTPWire.self, Array("HTTP/1.1 200 OK\r\n\r\n".utf8)) }
    }

    private func message(_ template: inout RequestTemplate) -> String {
        var random = SplitMix(seed: 1)
        var buffer = ByteBuffer()
        template.append(correlation: 3, random: &random, to: &buffer)
        return String(decoding: buffer.readable, as: UTF8.self)
    }
}

@Suite struct LoadConnectionTests {
    @Test("replies in order settle the oldest request, replies with a slot settle that one")
    func slots() {
        var connection = LoadConnection(descriptor: -1, group: 0, slotCount: 3)
        for start: UInt64 in 1...3 {
            let slot = connection.takeSlot()
            connection.slots[slot] = LoadConnection.Slot(start: start)
        }
        #expect(connection.freeCount == 0)
        #expect(connection.settle(2)?.start == 3)
        #expect(connection.settle(2) == nil)
        #expect(connection.settle(3) == nil)
        #expect(connection.settle(-1) == nil)
        #expect(connection.takeSlot() == 2)

        var ordered = LoadConnection(descriptor: -1, group: 0, slotCount: 2)
        #expect(ordered.settle(nil) == nil)
        for start: UInt64 in 1...5 {
            if ordered.freeCount == 0 { #expect(ordered.settle(nil)?.start == start - 2) }
            let slot = ordered.takeSlot()
            ordered.slots[slot] = LoadConnection.Slot(start: start)
        }
    }
}
