import Bytes
import JSONSyntax
import Testing

@testable import HTTPAdapter

private func withBytes<R>(_ text: String, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try Array(text.utf8).withUnsafeBytes(body)
}

private func text(_ buffer: borrowing ByteBuffer) -> String { String(decoding: buffer.readable, as: UTF8.self) }

@Suite struct HTTPPartsTests {
    @Test("a date is written as RFC 9110 §5.6.7 shows it, leap days and turns of centuries included")
    func dates() {
        let samples: [(Int, String)] = [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ]
        for (seconds, wanted) in samples {
            var buffer = ByteBuffer()
            HTTPDate.append(seconds: seconds, to: &buffer)
            #expect(text(buffer) == wanted)
        }
    }

    @Test(
        "errors are problem+json when Accept has it, application/* or */*, the most specific range deciding",
        arguments: [
            ("application/json", false), ("*/*", true), ("application/*", true), ("application/problem+json", true),
            ("text/html", false), ("", false), ("application/json, */*;q=0.1", true), ("*/*;q=0", false),
            ("application/problem+json;q=0, */*", false), ("*/*, application/*;q=0.000", false),
            ("APPLICATION/Problem+JSON", true),
            ("application/problem+json ; Q=0.5", true), ("application/problem+json;v=1;q=0", false), (",,", false),
        ]
    )
    func accept(_ sample: (String, Bool)) {
        var preference = AcceptPreference()
        withBytes(sample.0) { preference.add($0) }
        #expect(preference.takesProblem == sample.1)
    }

    @Test("two Accept fields are one list")
    func acceptTwice() {
        var preference = AcceptPreference()
        withBytes("*/*") { preference.add($0) }
        withBytes("application/problem+json;q=0") { preference.add($0) }
        #expect(!preference.takesProblem)
    }

    @Test(
        "a body is JSON by application/json and application/*+json, letter case and parameters aside",
        arguments: [
            ("application/json", true), ("Application/JSON; charset=utf-8", true), ("application/problem+json", true),
            ("application/vnd.x+JSON ;v=1", true), ("text/json", false), ("application/x-www-form-urlencoded", false),
            ("application/+json", false), ("application/json2", false), ("application/a b+json", false), ("", false),
            (";", false),
        ]
    )
    func mediaTypes(_ sample: (String, Bool)) {
        #expect(withBytes(sample.0, MediaType.isJSON) == sample.1)
    }

    @Test(
        "a credential is a token behind Bearer in any letter case; anything else has no token",
        arguments: [
            ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER \t abc  ", "abc"), ("Bearer", ""), ("Bearer ", ""),
            ("abc", ""),
            ("Basic abc", ""), ("Bearerabc", ""), ("Bearer a b", ""), ("", ""), ("Bearer a\"b", "a\"b"),
        ]
    )
    func bearer(_ sample: (String, String)) {
        #expect(withBytes(sample.0) { String(decoding: BearerCredential.token(of: $0), as: UTF8.self) } == sample.1)
    }

    @Test("a path is a procedure by letters and digits around one dot")
    func routes() {
        func name(_ path: String) -> String? {
            withBytes(path) { bytes in
                guard case .procedure(let name) = Route(path: bytes) else { return nil }
                return String(decoding: name, as: UTF8.self)
            }
        }
        #expect(name("/v2/keys.verifyKey") == "keys.verifyKey")
        for path in [
            "/v2/", "/v2/a", "/v2/.a", "/v2/a.", "/v2/a.b.c", "/v2/a.b/", "/v1/a.b", "/v2/a%2Eb", "/V2/a.b", "/v2//a.b",
            "",
        ] {
            #expect(name(path) == nil, "\(path)")
        }
        #expect(name("/v2/a." + String(repeating: "b", count: 126)) != nil)
        #expect(name("/v2/a." + String(repeating: "b", count: 127)) == nil)
    }

    @Test("the table knows the names that it was made with, and no others")
    func procedureTable() {
        let names = (0..<100).map { "service.procedure\($0)" }
        let table = ProcedureTable(names.map { ["method": .string($0)] })
        for name in names { #expect(withBytes(name, table.contains)) }
        for name in ["", "service.procedure100", "service.procedure", "x"] { #expect(!withBytes(name, table.contains)) }
    }

    @Test("a reply's head carries what its status and its request call for")
    func replyHead() {
        let writer = HTTPReplyWriter()
        func head(_ status: Int, _ traits: ReplyTraits, _ fields: ReplyFields = ReplyFields()) -> String {
            var buffer = ByteBuffer()
            writer.appendHead(status, traits, fields, bodyBytes: 17, to: &buffer)
            return text(buffer)
        }
        var traits = ReplyTraits()
        let success = head(200, traits)
        #expect(success.hasPrefix("HTTP/1.1 200 OK\r\nDate: "))
        #expect(success.hasSuffix("\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n"))
        #expect(!success.contains("Connection"))
        #expect(head(401, traits).contains("\r\nWWW-Authenticate: Bearer\r\n"))
        traits.takesProblem = true
        #expect(head(404, traits).contains("\r\nContent-Type: application/problem+json\r\n"))
        #expect(head(200, traits).contains("\r\nContent-Type: application/json\r\n"))
        traits.closes = true
        #expect(head(200, traits).contains("\r\nConnection: close\r\n"))
        var fields = ReplyFields()
        fields.allow = "POST"
        #expect(head(405, traits, fields).contains("\r\nAllow: POST\r\n"))
        fields.quota = ReplyFields.Quota(limit: 5, remaining: 0, reset: 0)
        #expect(
            head(429, traits, fields).contains(
                "RateLimit-Limit: 5\r\nRateLimit-Remaining: 0\r\nRateLimit-Reset: 0\r\nRetry-After: 1\r\n"
            )
        )
        fields.quota?.reset = writer.unixMilliseconds + 1_001
        #expect(head(200, traits, fields).contains("RateLimit-Reset: 2\r\n"))
        #expect(!head(200, traits, fields).contains("Retry-After"))
        fields.isReplayed = true
        #expect(head(200, traits, fields).contains("\r\nIdempotent-Replayed: true\r\n"))
    }

    @Test("decimal numbers are written with all their digits")
    func decimals() {
        for value in [0, 1, 9, 10, 99, 100, 12_345, Int.max] {
            var buffer = ByteBuffer()
            buffer.append(decimal: value)
            #expect(text(buffer) == String(value))
        }
    }
}

@Suite struct FrameTests {
    private func read(_ frame: String) -> (id: Int, status: Int, body: String, fields: ReplyFields)? {
        withBytes(frame) { bytes in
            let document = JSONDocument()
            guard (try? document.parse(bytes)) != nil, let reply = ReplyFrame(bytes, parsedBy: document) else {
                return nil
            }
            let body = "{" + String(decoding: reply.front, as: UTF8.self) + String(decoding: reply.back, as: UTF8.self)
            #expect(body.utf8.count == reply.bodyBytes)
            return (reply.id, reply.status, body, reply.fields)
        }
    }

    @Test("a reply's body is the frame without id and quota, byte for byte")
    func replies() {
        let plain = read(#"{"id":12,"meta":{"requestId":"r"},"data":{"quota":1,"x":[1.0, "é"]}}"#)
        #expect(plain?.id == 12)
        #expect(plain?.status == 200)
        #expect(plain?.body == #"{"meta":{"requestId":"r"},"data":{"quota":1,"x":[1.0, "é"]}}"#)
        #expect(plain?.fields.quota == nil)
        let error = read(
            #"{"id":0,"meta":{"replayed":true},"error":{"status":429},"quota":{"limit":1,"remaining":2,"reset":3}}"#
        )
        #expect(error?.status == 429)
        #expect(error?.body == #"{"meta":{"replayed":true},"error":{"status":429}}"#)
        #expect(error?.fields.isReplayed == true)
        #expect(error?.fields.quota?.reset == 3)
        let middle = read(#"{ "id" : 7 ,"meta":{} , "quota":{"limit":1,"remaining":2,"reset":3} ,"data":{}}"#)
        #expect(middle?.body == #"{"meta":{}  ,"data":{}}"#)
    }

    @Test("a frame that is no reply to a numbered request is told apart")
    func noReplies() {
        for frame in [
            "[]", "{}", #"{"meta":{},"id":1}"#, #"{"id":"1","data":{}}"#, #"{"id":1}"#, #"{"id":1,"error":{}}"#,
            #"{"id":1,"quota":{"limit":1,"remaining":2,"reset":3},"data":{}}"#,
        ] {
            #expect(read(frame) == nil, "\(frame)")
        }
    }

    @Test("no token and no body can add members to a frame")
    func requests() throws {
        var buffer = ByteBuffer()
        withBytes("a.b") { method in
            withBytes(#"x","id":"9\"#) { token in
                withBytes(#"k"\"#) { key in
                    withBytes("{}") { params in
                        RequestFrame(id: 5, method: method, token: token, idempotencyKey: key, params: params).append(
                            to: &buffer
                        )
                    }
                }
            }
        }
        let frame = try JSONValue(parsing: Array(buffer.readable.dropFirst(4)))
        #expect(frame.object?.map(\.name) == ["id", "method", "auth", "idempotencyKey", "params"])
        #expect(frame["auth"]?.string == #"x","id":"9\"#)
        #expect(frame["idempotencyKey"]?.string == #"k"\"#)
    }

    @Test("a token that is not UTF-8 becomes the empty one, which the daemon refuses as malformed")
    func badUTF8() throws {
        var buffer = ByteBuffer()
        let token: [UInt8] = [0x61, 0xFF]
        withBytes("a.b") { method in
            token.withUnsafeBytes { RequestFrame(id: 5, method: method, token: $0).append(to: &buffer) }
        }
        #expect(try JSONValue(parsing: Array(buffer.readable.dropFirst(4)))["auth"]?.string == "")
    }
}
