import JSONSyntax
import Testing

@testable import HTTPAdapter

@Suite struct AdapterTests {
    private func configuration(_ path: String) -> AdapterConfiguration {
        var configuration = AdapterConfiguration(daemon: .unix(path: path))
        configuration.daemonConnections = 1
        return configuration
    }

    @Test("a POST becomes a frame with credential and body, its reply comes back byte for byte without id and quota")
    func wayOfARequest() throws {
        let daemon = try FakeDaemon(path: temporaryPath())
        let adapter = try RunningAdapter(configuration(daemon.path))
        let link = try daemon.accept()
        let client = try Wire.client(ofPort: adapter.port)
        client.post("keys.verifyKey", #"{ "key" : "a" }"#, "Authorization: bearer root\r\nIdempotency-Key: k\r\n")
        let frame = try link.frame()
        #expect(frame.object?.map(\.name) == ["id", "method", "auth", "idempotencyKey", "clientAddress", "params"])
        #expect(frame["clientAddress"]?.string == "127.0.0.1")
        #expect(frame["method"]?.string == "keys.verifyKey")
        #expect(frame["auth"]?.string == "root")
        #expect(frame["idempotencyKey"]?.string == "k")
        #expect(frame["params"] == ["key": "a"])
        link.answer(frame, #""data":{"valid":true, "x":1.50},"quota":{"limit":9,"remaining":8,"reset":1}"#)
        let reply = client.reply()
        #expect(reply.status == 200)
        #expect(reply.body == #"{"meta":{"requestId":"req_123456789"},"data":{"valid":true, "x":1.50}}"#)
        #expect(reply.fields["ratelimit-remaining"] == "8")
        #expect(reply.fields["date"]?.hasSuffix(" GMT") == true)
        adapter.drain()
        #expect(client.isAtEnd)
        client.finishSending()
        adapter.join()
    }

    @Test("replies leave in the order of the requests, whatever the order in which they are known")
    func order() throws {
        let daemon = try FakeDaemon(path: temporaryPath())
        let adapter = try RunningAdapter(configuration(daemon.path))
        let link = try daemon.accept()
        let client = try Wire.client(ofPort: adapter.port)
        client.post("keys.verifyKey", #"{"n":1}"#)
        client.post("no.such")
        client.post("keys.verifyKey", #"{"n":2}"#, "Accept: */*\r\n")
        let first = try link.frame()
        let second = try link.frame()
        #expect(first["params"] == ["n": 1])
        link.answer(second, #""error":{"status":403}"#)
        link.answer(first, #""data":{"n":1}"#)
        let replies = [client.reply(), client.reply(), client.reply()]
        #expect(replies.map(\.status) == [200, 404, 403])
        #expect(replies[1].body.contains("procedure_not_found"))
        #expect(replies[2].fields["content-type"] == "application/problem+json")
        adapter.drain()
        client.finishSending()
        adapter.join()
    }

    @Test("what the adapter refuses itself comes in the envelope, and the daemon never hears of it")
    func refusals() throws {
        let daemon = try FakeDaemon(path: temporaryPath())
        let adapter = try RunningAdapter(configuration(daemon.path))
        let link = try daemon.accept()
        let client = try Wire.client(ofPort: adapter.port)
        let samples: [(String, Int, String)] = [
            (
                "POST /v2/keys.verifyKey HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}", 415,
                "unsupported_media_type"
            ),
            ("POST /v2/keys.verifyKey HTTP/1.1\r\nHost: h\r\n\r\n", 400, #""location":"body""#),
            ("POST /v2/keys.verifyKey?a HTTP/1.1\r\nHost: h\r\n\r\n", 400, #""location":"path""#),
            ("OPTIONS /v2/keys.verifyKey HTTP/1.1\r\nHost: h\r\n\r\n", 405, "method_not_allowed"),
            ("GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n", 404, "procedure_not_found"),
            ("GET /v2/liveness HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", 417, "expectation_failed"),
        ]
        for (text, status, part) in samples {
            client.send(text)
            let reply = client.reply()
            #expect(reply.status == status)
            #expect(reply.body.contains(part), "\(reply.body)")
            #expect(try JSONValue(parsing: reply.body)["error"]?["status"]?.integer == Int64(status))
            #expect(reply.fields["allow"] == (status == 405 ? "POST" : nil))
        }
        for body in ["{}}", "[", #"{"a":1,"a":2}"#, "1", #"{},"auth":"x""#, String(repeating: "[", count: 64)] {
            client.post("keys.verifyKey", body)
            #expect(client.reply().status == 400)
        }
        // Still the first frame that the daemon sees: nothing of the above got through.
        client.send("POST /v2/workspace.getLimits HTTP/1.1\r\nHost: h\r\n\r\n")
        let frame = try link.frame()
        #expect(frame["method"]?.string == "workspace.getLimits")
        #expect(frame["params"] == nil)
        link.answer(frame, #""error":{"status":401}"#)
        #expect(client.reply().fields["www-authenticate"] == "Bearer")
        adapter.drain()
        client.finishSending()
        adapter.join()
    }

    @Test("an Idempotency-Key is 1 to 255 printable ASCII characters; anything else is a 400 at the header")
    func idempotencyKeys() throws {
        let daemon = try FakeDaemon(path: temporaryPath())
        let adapter = try RunningAdapter(configuration(daemon.path))
        let link = try daemon.accept()
        let client = try Wire.client(ofPort: adapter.port)
        for key in ["", "  ", String(repeating: "k", count: 256), "k\tk", "\u{E9}", "k\u{7F}"] {
            client.post("keys.verifyKey", "{}", "Idempotency-Key: \(key)\r\n")
            let reply = client.reply()
            #expect(reply.status == 400, "\(key)")
            // A control character is no header value at all, and ends the connection.
            guard reply.fields["connection"] == nil else { continue }
            #expect(reply.body.contains(#""location":"header.Idempotency-Key""#), "\(reply.body)")
        }
        let replaying = try Wire.client(ofPort: adapter.port)
        for key in ["k", String(repeating: "~", count: 255), #"a "quoted" \ key"#] {
            replaying.post("keys.verifyKey", "{}", "idempotency-key:  \(key) \r\n")
            let frame = try link.frame()
            #expect(frame["idempotencyKey"]?.string == key)
            link.answer(frame, #""data":{}"#, meta: #"{"requestId":"req_123456789","replayed":true}"#)
            let reply = replaying.reply()
            #expect(reply.fields["idempotent-replayed"] == "true")
            #expect(reply.body == #"{"meta":{"requestId":"req_123456789","replayed":true},"data":{}}"#)
        }
        replaying.post("keys.verifyKey", "{}")
        let frame = try link.frame()
        #expect(frame["idempotencyKey"] == nil)
        link.answer(frame, #""data":{"replayed":true}"#)
        #expect(replaying.reply().fields["idempotent-replayed"] == nil)
        adapter.drain()
        client.finishSending()
        replaying.finishSending()
        adapter.join()
    }

    @Test("an ambiguous message is answered with 400 and a closed connection")
    func ambiguous() throws {
        let adapter = try RunningAdapter(configuration(temporaryPath()))
        let client = try Wire.client(ofPort: adapter.port)
        client.send("POST / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\nGET /v2/liveness HTTP/1.1\r\nHost: h\r\n\r\n")
        let reply = client.reply()
        #expect(reply.status == 400)
        #expect(reply.fields["connection"] == "close")
        #expect(client.isAtEnd)
        adapter.drain()
        client.finishSending()
        adapter.join()
    }

    @Test("while the daemon is away requests get 503, and the first one after its return is served")
    func awayAndBack() throws {
        let path = temporaryPath()
        let adapter = try RunningAdapter(configuration(path))
        let client = try Wire.client(ofPort: adapter.port)
        client.post("keys.verifyKey")
        #expect(client.reply().status == 503)
        client.send("GET /openapi.json HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.reply().status == 503)
        let daemon = try FakeDaemon(path: path)
        client.post("keys.verifyKey")
        let link = try daemon.accept()
        link.answer(try link.frame(), #""data":{}"#)
        #expect(client.reply().status == 200)
        client.send("HEAD /openapi.json HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.reply(hasBody: false).status == 200)
        client.send("GET /v2/liveness HTTP/1.1\r\nHost: h\r\n\r\n")
        let question = try link.frame()
        #expect(question["method"]?.string == "system.getHealth")
        link.answer(question, #""data":{"status":"ok"}"#)
        #expect(client.reply().body.contains(#""message":"OK""#))
        adapter.drain()
        client.finishSending()
        adapter.join()
    }

    @Test("a request in flight when the daemon goes gets 408 that does not promise what happened")
    func brokenInFlight() throws {
        let daemon = try FakeDaemon(path: temporaryPath())
        let adapter = try RunningAdapter(configuration(daemon.path))
        var link: Wire? = try daemon.accept()
        let client = try Wire.client(ofPort: adapter.port)
        client.post("keys.verifyKey")
        _ = try link?.frame()
        link = nil
        let reply = client.reply()
        #expect(reply.status == 408)
        #expect(reply.body.contains("may have been made or not"))
        adapter.drain()
        client.finishSending()
        adapter.join()
    }

    @Test("Expect: 100-continue is granted for a request that can be served, and refused at once for another")
    func expectation() throws {
        let daemon = try FakeDaemon(path: temporaryPath())
        let adapter = try RunningAdapter(configuration(daemon.path))
        let link = try daemon.accept()
        let client = try Wire.client(ofPort: adapter.port)
        let fields = "Host: h\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        client.send("POST /v2/keys.verifyKey HTTP/1.1\r\n" + fields)
        #expect(client.reply().status == 100)
        client.send("{}")
        link.answer(try link.frame(), #""data":{}"#)
        #expect(client.reply().status == 200)
        client.send("POST /v2/no.such HTTP/1.1\r\n" + fields)
        #expect(client.reply().status == 404)
        #expect(client.isAtEnd)
        adapter.drain()
        client.finishSending()
        adapter.join()
    }

    @Test("a request that does not arrive in time gets 408, and a silent connection is closed without a word")
    func slowClients() throws {
        var configuration = configuration(temporaryPath())
        configuration.receiveMilliseconds = 20
        configuration.idleMilliseconds = 20
        let adapter = try RunningAdapter(configuration)
        let slow = try Wire.client(ofPort: adapter.port)
        slow.send("POST /v2/a.b HTTP/1.1\r\n")
        #expect(slow.reply().status == 408)
        #expect(slow.isAtEnd)
        #expect(try Wire.client(ofPort: adapter.port).isAtEnd)
        adapter.drain()
        slow.finishSending()
        adapter.join()
    }

    @Test("a daemon that does not answer in time costs the request 408; its late answer reaches nobody")
    func slowDaemon() throws {
        let daemon = try FakeDaemon(path: temporaryPath())
        var configuration = configuration(daemon.path)
        configuration.replyMilliseconds = 20
        let adapter = try RunningAdapter(configuration)
        let link = try daemon.accept()
        let client = try Wire.client(ofPort: adapter.port)
        client.post("keys.verifyKey")
        let frame = try link.frame()
        #expect(client.reply().status == 408)
        link.answer(frame, #""data":{"late":true}"#)
        client.post("no.such")
        #expect(client.reply().status == 404)
        adapter.drain()
        client.finishSending()
        adapter.join()
    }

    @Test("requests over the bound in flight get 503 overloaded, and are never sent")
    func overload() throws {
        let daemon = try FakeDaemon(path: temporaryPath())
        var configuration = configuration(daemon.path)
        configuration.requestsMax = 1
        let adapter = try RunningAdapter(configuration)
        let link = try daemon.accept()
        let first = try Wire.client(ofPort: adapter.port)
        // Once this is answered, the list of procedures no longer counts as a request in flight.
        first.post("no.such")
        _ = first.reply()
        first.post("keys.verifyKey")
        let frame = try link.frame()
        let second = try Wire.client(ofPort: adapter.port)
        second.post("keys.verifyKey")
        let refused = second.reply()
        #expect(refused.status == 503)
        #expect(refused.body.contains("overloaded"))
        link.answer(frame, #""data":{}"#)
        #expect(first.reply().status == 200)
        adapter.drain()
        first.finishSending()
        second.finishSending()
        adapter.join()
    }

    @Test("draining answers what is in flight, and says that the connection ends")
    func draining() throws {
        let daemon = try FakeDaemon(path: temporaryPath())
        let adapter = try RunningAdapter(configuration(daemon.path))
        let link = try daemon.accept()
        let idle = try Wire.client(ofPort: adapter.port)
        let busy = try Wire.client(ofPort: adapter.port)
        busy.post("keys.verifyKey")
        let frame = try link.frame()
        adapter.drain()
        #expect(idle.isAtEnd)
        link.answer(frame, #""data":{}"#)
        let reply = busy.reply()
        #expect(reply.status == 200)
        #expect(reply.fields["connection"] == "close")
        #expect(busy.isAtEnd)
        idle.finishSending()
        busy.finishSending()
        adapter.join()
    }
}
