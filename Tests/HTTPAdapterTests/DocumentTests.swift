import JSONSyntax
import Testing

@testable import HTTPAdapter

@Suite struct DocumentTests {
    private let question = "GET /openapi.json HTTP/1.1\r\nHost: h\r\n\r\n"

    private func configuration(_ path: String) -> AdapterConfiguration {
        var configuration = AdapterConfiguration(daemon: .unix(path: path))
        configuration.daemonConnections = 1
        return configuration
    }

    private func expectRefusal(_ client: Wire, _ code: String) throws {
        client.send(question)
        try expectRefusal(client.reply(), code)
    }

    private func expectRefusal(_ reply: HTTPReply, _ code: String) throws {
        #expect(reply.status == 503)
        let error = try JSONValue(parsing: reply.body)["error"]
        #expect(error?["status"] == 503 && error?["type"]?.string?.hasSuffix(code) == true, "\(reply.body)")
    }

    private func paths(_ reply: HTTPReply) throws -> [String]? {
        #expect(reply.status == 200)
        return try JSONValue(parsing: reply.body)["paths"]?.object?.map(\.name).filter { $0.contains(".") }
    }

    @Test("a daemon that does not tell what it can do costs the document 503, not the document of the one before")
    func refusal() throws {
        let daemon = try FakeDaemon(path: temporaryPath())
        let adapter = try RunningAdapter(configuration(daemon.path))
        var link: Wire? = try daemon.accept(procedures: ["keys.verifyKey"])
        let client = try Wire.client(ofPort: adapter.port)
        client.send(question)
        #expect(try paths(client.reply()) == ["/v2/keys.verifyKey"])
        link = nil
        let (next, asked) = try daemon.acceptAsked()
        next.answer(asked, #""error":{"status":500}"#)
        for answer in [#""error":{"status":500}"#, #""error":{"status":503}"#, #""data":{}"#, #""data":[]"#] {
            client.send(question)
            next.answer(try next.frame(), answer)
            try expectRefusal(client.reply(), "service_unavailable")
        }
        client.send(question)
        next.answer(try next.frame(), #""data":[{"method":"apis.getApi"}]"#)
        #expect(try paths(client.reply()) == ["/v2/apis.getApi"])
        _ = consume link
        adapter.drain()
        client.finishSending()
        adapter.join()
    }

    @Test("a daemon that cannot be asked for lack of room costs the document 503, too")
    func overload() throws {
        let daemon = try FakeDaemon(path: temporaryPath())
        var configuration = configuration(daemon.path)
        configuration.requestsMax = 1
        let adapter = try RunningAdapter(configuration)
        var link: Wire? = try daemon.accept()
        let client = try Wire.client(ofPort: adapter.port)
        client.send(question)
        #expect(client.reply().status == 200)
        link = nil
        // The adapter's own question, which nobody answers, is the one request that may be in flight.
        let (next, _) = try daemon.acceptAsked()
        try expectRefusal(client, "overloaded")
        _ = consume link
        adapter.drain()
        client.finishSending()
        adapter.join()
        withExtendedLifetime(next) {}
    }

    @Test("while no daemon is there the document of the last one is shown, also after one that went before it told")
    func away() throws {
        let path = temporaryPath()
        let adapter = try RunningAdapter(configuration(path))
        let client = try Wire.client(ofPort: adapter.port)
        for tells in [true, false] {
            var daemon: FakeDaemon? = try FakeDaemon(path: path)
            var link = tells ? try daemon?.accept(procedures: ["keys.verifyKey"]) : try daemon?.acceptAsked().0
            client.post("keys.verifyKey")
            _ = try link?.frame()
            (link, daemon) = (nil, nil)
            #expect(client.reply().status == 408)
            client.send(question)
            #expect(try paths(client.reply()) == ["/v2/keys.verifyKey"])
        }
        adapter.drain()
        client.finishSending()
        adapter.join()
    }
}
