import Bytes
import JSONSyntax
import Testing

@testable import ProtocolWire

/// What a reader of a stream has found.
private struct Reading: Equatable {
    var frames: [[UInt8]] = []
    var left = 0
    var tooLong: Int?
}

/// Reads a stream that arrives in pieces of some size.
private func read(_ stream: [UInt8], limit: Int, pieces: Int) -> Reading {
    var reading = Reading()
    var buffer = ByteBuffer()
    var arrived = 0
    while arrived < stream.count, reading.tooLong == nil {
        buffer.append(Array(stream[arrived..<min(arrived + pieces, stream.count)]))
        arrived = min(arrived + pieces, stream.count)
        taking: while true {
            switch Frame.front(of: buffer.readable, limit: limit) {
            case .incomplete: break taking
            case .tooLong(let length):
                reading.tooLong = length
                break taking
            case .whole(let frame):
                reading.frames.append(Array(frame))
                buffer.consume(frame.count + Frame.headerBytes)
            }
        }
    }
    reading.left = buffer.count
    return reading
}

@Suite struct FrameTests {
    @Test("every frame vector, in pieces of every size")
    func vectors() throws {
        for vector in try Vectors.load("frames") {
            let stream = try vector.bytes("streamHex")
            let wanted = Reading(
                frames: try #require(vector["framesHex"]?.array).map { Vectors.bytes(hex: try #require($0.string)) },
                left: Int(try #require(vector["left"]?.integer)),
                tooLong: vector["tooLong"]?.integer.map(Int.init)
            )
            let limit = Int(try #require(vector["limit"]?.integer))
            for pieces in 1...max(stream.count, 1) {
                #expect(read(stream, limit: limit, pieces: pieces) == wanted, "\(vector.why), in pieces of \(pieces)")
            }
        }
    }

    @Test(
        "a thousand frames in one stream come out one by one, however it is cut",
        arguments: [1, 3, 7, 4_096, 1 << 20]
    )
    func many(pieces: Int) {
        var stream = ByteBuffer()
        let frames = (0..<1_000).map { Array("{\"id\":\($0)}".utf8) }
        for frame in frames { frame.withUnsafeBytes { Frame.append($0, to: &stream) } }
        #expect(read(Array(stream.readable), limit: 100, pieces: pieces) == Reading(frames: frames))
    }
}

@Suite struct RequestTests {
    private func check(_ vector: JSONValue, _ document: JSONDocument) throws {
        let frame = Array(try vector.text("frame").utf8)
        let locations = try vector["locations"]?.array?.map { try #require($0.string) }
        try frame.withUnsafeBytes { bytes in
            try document.parse(bytes)
            var correlation: UnsafeRawBufferPointer?
            do throws(Problem) {
                let request = try Request(document.root, correlation: &correlation)
                #expect(locations == nil, "\(vector.why)")
                #expect(request.method.string == vector["method"]?.string)
                #expect(request.idempotencyKey?.string == vector["idempotencyKey"]?.string, "\(vector.why)")
                #expect(request.clientAddress?.string == vector["clientAddress"]?.string, "\(vector.why)")
            } catch {
                #expect(error.kind == .invalidInput)
                #expect(error.faults.map(\.location) == locations, "\(vector.why)")
            }
            #expect(correlation.map { String(decoding: $0, as: UTF8.self) } == vector["id"]?.string, "\(vector.why)")
        }
    }

    @Test("every request vector")
    func vectors() throws {
        let document = JSONDocument()
        for vector in try Vectors.load("requests") { try check(vector, document) }
    }

    @Test(
        "a fault of the frame says what came and what to send instead",
        arguments: [
            (#"{"Method":"a.b"}"#, "unknown member", "rename it to method, or remove it"),
            (#"{"method":"a.b","parms":{}}"#, "unknown member", "rename it to params, or remove it"),
            (#"{"method":"a.b","params":{},"parms":{}}"#, "unknown member", "remove it"),
            (#"{"method":7}"#, "must be a string, got a number", "send a string"),
            (
                #"{"method":"a.b","idempotencyKey":""}"#,
                "must be a string of 1 to 255 printable ASCII characters, got a string of 0 bytes",
                "send a string of 1 to 255 printable ASCII characters or leave the member out"
            ),
        ]
    )
    func faults(frame: String, message: String, fix: String) throws {
        let document = JSONDocument()
        try Array(frame.utf8).withUnsafeBytes { bytes in
            try document.parse(bytes)
            var correlation: UnsafeRawBufferPointer?
            do throws(Problem) {
                _ = try Request(document.root, correlation: &correlation)
                Issue.record("a faulty frame was let through")
            } catch {
                #expect(error.faults.first?.message == message)
                #expect(error.faults.first?.fix == fix)
            }
        }
    }

    @Test("an unknown member is named by at most 64 code points, however long its characters are")
    func excerpt() throws {
        let name = "e" + String(repeating: "\u{301}", count: 5_000)
        let frame = Array("{\"method\":\"a.b\",\"\(name)\":1}".utf8)
        let document = JSONDocument()
        try frame.withUnsafeBytes { bytes in
            try document.parse(bytes)
            var correlation: UnsafeRawBufferPointer?
            do throws(Problem) {
                _ = try Request(document.root, correlation: &correlation)
                Issue.record("an unknown member was let through")
            } catch {
                #expect(error.faults.first?.location.unicodeScalars.count == "frame.".count + 64)
            }
        }
    }
}

@Suite struct JSONVectorTests {
    @Test("every JSON vector")
    func vectors() throws {
        for vector in try Vectors.load("json") {
            let value = try? JSONValue(parsing: vector.bytes("textHex"))
            #expect(
                value.map { Array($0.serialized.utf8) } == vector["written"]?.string.map { Array($0.utf8) },
                "\(vector.why)"
            )
        }
    }
}
