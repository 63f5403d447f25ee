import Bytes
import JSONSyntax
import Testing

@testable import ProtocolWire

@Suite struct ReplyWriterTests {
    @Test("every reply vector, all by one writer")
    func vectors() throws {
        var writer = ReplyWriter()
        var generator = SystemRandomNumberGenerator()
        for vector in try Vectors.load("replies") {
            let requestID = RequestID(using: &generator)
            let members = Array(try vector.text("members").utf8)
            let id = vector["id"]?.string.map { Array($0.utf8) }
            let isReplayed = vector["replayed"]?.boolean == true
            let frame = members.withUnsafeBytes { members in
                (id ?? []).withUnsafeBytes { bytes in
                    let correlation = id == nil ? nil : bytes
                    return Array(
                        writer.reply(requestID, correlation: correlation, isReplayed: isReplayed, members: members)
                    )
                }
            }
            // The identifier is drawn, so the vector's takes its place.
            let text = String(decoding: frame.dropFirst(4), as: UTF8.self)
                .replacing(requestID.description, with: try vector.text("requestId"))
            #expect(Array(frame.prefix(4)) + Array(text.utf8) == (try vector.bytes("frameHex")), "\(vector.why)")
        }
    }

    @Test("a refusal has errors with status 400, also when none is listed, and with no other status")
    func refusals() throws {
        var writer = ReplyWriter()
        var generator = SystemRandomNumberGenerator()
        for kind in ErrorKind.all {
            let frame = writer.refusal(RequestID(using: &generator), correlation: nil, Problem(kind, "Why."))
            let reply = try JSONValue(parsing: Array(frame.dropFirst(4)))
            let error = try #require(reply["error"])
            #expect(reply["data"] == nil)
            #expect(error["status"]?.integer == Int64(kind.status))
            #expect(error["type"]?.string == "urn:latchkey:error:\(kind.code)")
            #expect(error["title"]?.string == kind.title && error["detail"]?.string == "Why.")
            #expect(error["errors"] == (kind.status == 400 ? [] : nil), "\(kind.code)")
        }
    }

    @Test("a quota stands behind the result or the refusal, and without one there is no member")
    func quota() throws {
        var writer = ReplyWriter()
        var generator = SystemRandomNumberGenerator()
        let (id, quota) = (RequestID(using: &generator), Quota(limit: .max, remaining: 0, reset: 60_000))
        let member = #""quota":{"limit":9223372036854775807,"remaining":0,"reset":60000}}"#
        let members = Array(#""data":{}"#.utf8)
        let frames = [
            members.withUnsafeBytes { Array(writer.reply(id, correlation: nil, quota: quota, members: $0)) },
            Array(writer.refusal(id, correlation: nil, quota: quota, .overloaded)),
        ]
        for frame in frames {
            #expect(String(decoding: frame, as: UTF8.self).hasSuffix("}," + member))
            #expect(try JSONValue(parsing: Array(frame.dropFirst(4)))["quota"]?["limit"] == .integer(.max))
        }
        let plain = members.withUnsafeBytes { Array(writer.reply(id, correlation: nil, members: $0)) }
        #expect(String(decoding: plain, as: UTF8.self).hasSuffix(#","data":{}}"#))
    }

    @Test("a fault without a fix leaves the member out")
    func fault() {
        var json = JSONWriter()
        Problem.invalid(at: "body.name", "is missing").write(to: &json)
        let text = String(decoding: json.buffer.readable, as: UTF8.self)
        #expect(text.hasSuffix(#""errors":[{"location":"body.name","message":"is missing"}]}"#))
    }

    @Test("request identifiers are req_ and nine characters of [a-zA-Z0-9], and differ")
    func requestIDs() {
        var generator = SystemRandomNumberGenerator()
        var seen: Set<String> = []
        for _ in 0..<5_000 {
            let text = RequestID(using: &generator).description
            #expect(text.hasPrefix("req_") && text.utf8.count == 13)
            #expect(text.dropFirst(4).allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
            #expect(seen.insert(text).inserted)
        }
    }
}

@Suite struct ErrorKindTests {
    @Test("a code occurs once with each status, and every entry has a title and says when it happens")
    func catalogue() {
        let names = ErrorKind.all.map { "\($0.code) \($0.status)" }
        #expect(Set(names).count == names.count)
        for kind in ErrorKind.all {
            #expect((400...599).contains(kind.status) && !kind.title.isEmpty && !kind.condition.isEmpty)
        }
    }
}

// Replies in a connection's own buffer.
extension ReplyWriterTests {
    @Test("replies written into a borrowed buffer stand behind what it holds, each as it would be alone")
    func borrowing() {
        var alone = ReplyWriter()
        var writer = ReplyWriter()
        var generator = SystemRandomNumberGenerator()
        var output = ByteBuffer()
        output.append([1, 2, 3])
        var wanted: [UInt8] = [1, 2, 3]
        for number in 0..<3 {
            let id = RequestID(using: &generator)
            wanted += Array(alone.refusal(id, correlation: nil, .overloaded))
            writer.borrow(&output)
            // One that is given up in the middle leaves nothing behind.
            writer.begin(id, correlation: nil)
            writer.json.name("data")
            writer.json.integer(number)
            writer.abandon()
            _ = writer.refusal(id, correlation: nil, .overloaded)
            writer.giveBack(&output)
        }
        #expect(Array(output.readable) == wanted)
    }
}
