import Testing

extension Programs {
    /// What a request and its reply mean: `conventions.md` §1 to §5 and §10.
    @Suite struct HTTPTests {
        private let unknownAPI = #"{"apiId":"api_nothere00"}"#

        @Test("a POST is the frame's call: same data, same error, the status of the error, no id")
        func mapping() throws {
            try withAdapter { daemon, adapter in
                let (tenant, weak) = (try daemon.tenant(), try daemon.tenant([]))
                let http = try adapter.connect()
                let created = try http.reply(to: .call("apis.createApi", #"{"name":"one"}"#, auth: tenant.rootKey))
                #expect(created.status == 200)
                let apiID = try #require(try created.envelope().data?["apiId"])
                let calls: [(String, JSON, String?, Int)] = [
                    ("apis.getApi", ["apiId": apiID], tenant.rootKey, 200), ("system.getHealth", [:], nil, 200),
                    ("rootKeys.listKeys", [:], tenant.rootKey, 200),
                    ("apis.getApi", ["apiId": "api_nothere00"], tenant.rootKey, 404),
                    ("apis.createApi", ["name": "one"], tenant.rootKey, 409),
                    ("apis.createApi", ["name": 1, "colour": 2], tenant.rootKey, 400),
                    ("apis.createApi", ["name": "two"], weak.rootKey, 403), ("apis.getApi", [], tenant.rootKey, 400),
                    ("keys.verifyKey", ["key": "unknown"], tenant.rootKey, 200),
                    ("apis.getApi", ["apiId": "api_nothere00"], nil, 401),
                    ("apis.getApi", ["apiId": "api_nothere00"], "unknown", 401),
                ]
                for (method, params, auth, status) in calls {
                    let frame = try daemon.connect(auth).call(method, params)
                    let body = String(decoding: try params.bytes, as: UTF8.self)
                    let reply = try http.reply(to: .call(method, body, auth: auth))
                    #expect(reply.status == status, "\(method)")
                    let envelope = try reply.envelope()
                    #expect(envelope.data == frame.data, "\(method)")
                    #expect(envelope.error == frame.error, "\(method)")
                    #expect(envelope.pagination == frame.pagination, "\(method)")
                }
            }
        }

        @Test(
            "§10: an error is application/problem+json for who accepts it, else application/json; a 200 is always JSON"
        )
        func errorTypes() throws {
            try withAdapter { _, adapter in
                let http = try adapter.connect()
                let cases: [(String?, Bool)] = [
                    (nil, false), ("application/json", false), ("*/*", true), ("application/*", true),
                    ("application/problem+json", true), ("text/html, application/problem+json;q=0.5", true),
                    ("application/problem+json;q=0, */*", false), ("text/html", false),
                    ("APPLICATION/PROBLEM+JSON", true),
                ]
                for (accept, isProblem) in cases {
                    for (method, status) in [("apis.getApi", 401), ("apis.nothing", 404), ("system.getHealth", 200)] {
                        var request = HTTPRequest.call(method, unknownAPI)
                        if status == 200 { request.body = "{}" }
                        if let accept { request.fields.append("Accept: \(accept)") }
                        let reply = try http.reply(to: request)
                        #expect(reply.status == status)
                        _ = try reply.envelope()
                        let type = isProblem && status != 200 ? "application/problem+json" : "application/json"
                        #expect(reply["content-type"] == [type], "Accept: \(accept ?? "absent")")
                    }
                }
            }
        }

        @Test("§5: no Authorization, one that is not Bearer, an unknown token: 401; two of them: 400 and closed")
        func credentials() throws {
            try withAdapter { daemon, adapter in
                let rootKey = try daemon.tenant().rootKey
                let http = try adapter.connect()
                let cases: [(String?, Int, String)] = [
                    (nil, 401, "missing"), ("Basic dTpw", 401, "malformed"), ("Bearer", 401, "malformed"),
                    ("Bearer ", 401, "malformed"), ("Bearer \t ", 401, "malformed"), ("", 401, "malformed"),
                    (rootKey, 401, "malformed"), ("Bearer\(rootKey)", 401, "malformed"),
                    ("Bearer \(rootKey) \(rootKey)", 401, "malformed"), ("Bearer unknown", 401, "key_not_found"),
                    ("Bearer x\",\"method\":\"system.getHealth", 401, "key_not_found"),
                    ("Bearer \\", 401, "key_not_found"), ("Bearer \(rootKey)", 404, "api_not_found"),
                    ("bearer \(rootKey)", 404, "api_not_found"), ("BEARER   \(rootKey)  ", 404, "api_not_found"),
                ]
                for (value, status, code) in cases {
                    var request = HTTPRequest.call("apis.getApi", unknownAPI)
                    if let value { request.fields.append("Authorization: \(value)") }
                    let envelope = try http.reply(to: request).envelope()
                    #expect(envelope.status == status, "Authorization: \(value?.prefix(12) ?? "absent")")
                    #expect(envelope.code == code, "Authorization: \(value?.prefix(12) ?? "absent")")
                    #expect(value.map { $0.count < 8 || !envelope.detail.contains($0) } ?? true)
                }
                let twice = HTTPRequest.call(
                    "apis.getApi",
                    unknownAPI,
                    auth: rootKey,
                    "Authorization: Bearer \(rootKey)"
                )
                let reply = try http.reply(to: twice)
                #expect(try reply.envelope().locations == ["header.Authorization"])
                #expect(try reply.status == 400 && reply.closes && http.isClosed())
            }
        }

        @Test("§10: an unknown path is a 404 in the envelope, another method of a known one a 405 with Allow")
        func paths() throws {
            try withAdapter { _, adapter in
                let http = try adapter.connect()
                let unknown = [
                    "/", "/v2", "/v2/", "/v2/apis", "/v2/apis.nothing", "/v1/system.getHealth", "/v2/System.getHealth",
                    "/v2/system.getHealth/", "/v2//system.getHealth", "/V2/system.getHealth", "/v2/system%2EgetHealth",
                    "/v2/system.getHealth.", "/openapi.yaml", "/v2/\(String(repeating: "a", count: 200)).b",
                ]
                for target in unknown {
                    for method in ["POST", "GET", "OPTIONS"] {
                        let request = HTTPRequest(method: method, target: target)
                        let reply = try http.reply(to: request)
                        #expect(reply.status == 404, "\(method) \(target)")
                        #expect(try reply.envelope().code == "procedure_not_found", "\(method) \(target)")
                    }
                }
                let cases = [
                    ("GET", "/v2/system.getHealth", "POST"), ("PUT", "/v2/system.getHealth", "POST"),
                    ("OPTIONS", "/v2/system.getHealth", "POST"), ("post", "/v2/system.getHealth", "POST"),
                    ("POST", "/openapi.json", "GET, HEAD"), ("OPTIONS", "/openapi.json", "GET, HEAD"),
                    ("POST", "/v2/liveness", "GET, HEAD"), ("DELETE", "/v2/liveness", "GET, HEAD"),
                ]
                for (method, target, allow) in cases {
                    let reply = try http.reply(to: HTTPRequest(method: method, target: target))
                    #expect(reply.status == 405, "\(method) \(target)")
                    #expect(reply["allow"] == [allow], "\(method) \(target)")
                    #expect(try reply.envelope().code == "method_not_allowed")
                }
                let head = try http.reply(to: HTTPRequest(method: "HEAD", target: "/v2/system.getHealth"))
                #expect(head.status == 405 && head["allow"] == ["POST"])
                let query = try http.reply(to: HTTPRequest(target: "/v2/system.getHealth?a=b"))
                #expect(query.status == 400)
            }
        }

        @Test("§10: a body that is not declared as JSON is a 415 that says what to send; charset and +json are JSON")
        func contentTypes() throws {
            try withAdapter { _, adapter in
                let http = try adapter.connect()
                let cases: [(String?, Int)] = [
                    (nil, 415), ("application/x-www-form-urlencoded", 415), ("text/plain", 415), ("text/json", 415),
                    ("", 415), ("application/jsonp", 415), ("application/+json", 415), ("application/json", 200),
                    ("application/json; charset=utf-8", 200), ("Application/JSON;charset=UTF-8", 200),
                    ("application/vnd.acme+json", 200), ("application/problem+json; a=b", 200),
                ]
                for (type, status) in cases {
                    var request = HTTPRequest(target: "/v2/system.getHealth", body: "{}")
                    if let type { request.fields.append("Content-Type: \(type)") }
                    let reply = try http.reply(to: request)
                    #expect(reply.status == status, "Content-Type: \(type ?? "absent")")
                    let envelope = try reply.envelope()
                    guard status == 415 else { continue }
                    #expect(envelope.code == "unsupported_media_type")
                    #expect(envelope.detail.contains("Content-Type: application/json"))
                }
            }
        }

        @Test("§10: no body, and one that is not one JSON object, is a 400 at body that the daemon never hears of")
        func bodies() throws {
            try withAdapter { daemon, adapter in
                let rootKey = try daemon.tenant().rootKey
                let http = try adapter.connect()
                var bare = HTTPRequest.call("system.getHealth")
                bare.body = nil
                let missing = try http.reply(to: bare).envelope()
                #expect(missing.code == "invalid_input" && missing.locations == ["body"])
                let bodies = [
                    "", " ", "nonsense", "{", "{}{}", "{},{}", "1", "null", "\"text\"", #"{"a":1,}"#, "{}\0",
                    "\u{FEFF}{}",
                    #"{}},"auth":"x""#, #"{},"method":"workspaces.listWorkspaces""#, #"{},"id":7"#, "{}} {",
                    #"{"name":"a","name":"b"}"#, #"{"name":"\ud800"}"#,
                    String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
                ]
                for body in bodies {
                    let reply = try http.reply(to: .call("apis.createApi", body, auth: rootKey))
                    #expect(reply.status == 400, "\(body)")
                    let envelope = try reply.envelope()
                    #expect(envelope.code == "invalid_input" && envelope.locations == ["body"], "\(body)")
                }
                let created = try http.reply(to: .call("apis.createApi", " \r\n{\"name\" : \"one\"}\t", auth: rootKey))
                #expect(created.status == 200, "and white space around it does no harm")
                var latin = Array(HTTPRequest.call("apis.createApi", #"{"name":"??"}"#).text.utf8)
                for index in latin.indices where latin[index] == UInt8(ascii: "?") { latin[index] = 0xFF }
                try http.send(raw: latin)
                #expect(try http.receive().envelope().locations == ["body"])
            }
        }

        @Test("§3: path, method, type, schema, credential, permission: the first failure wins")
        func order() throws {
            try withAdapter { daemon, adapter in
                let weak = try daemon.tenant([]).rootKey
                let http = try adapter.connect()
                func status(_ request: HTTPRequest) throws -> Int { try http.reply(to: request).envelope().status }
                var undeclared = HTTPRequest(target: "/v2/apis.createApi", body: "nonsense")
                undeclared.fields.append("Authorization: Bearer wrong")
                #expect(try status(undeclared) == 415)
                undeclared.method = "PUT"
                #expect(try status(undeclared) == 405)
                undeclared.target = "/v2/apis.nothing"
                #expect(try status(undeclared) == 404)
                #expect(try status(.call("apis.createApi", "nonsense", auth: "wrong")) == 400)
                #expect(try status(.call("apis.createApi", #"{"name":1}"#, auth: "wrong")) == 400)
                #expect(try status(.call("apis.createApi", #"{"name":1}"#)) == 400)
                #expect(try status(.call("apis.createApi", #"{"name":"one"}"#, auth: "wrong")) == 401)
                #expect(try status(.call("apis.createApi", #"{"name":"one"}"#, auth: weak)) == 403)
            }
        }

        @Test(
            "Idempotency-Key: a repeat is the first reply, marked in header and meta, and shared with the frame's member"
        )
        func idempotencyKeys() throws {
            try withAdapter { daemon, adapter in
                let rootKey = try daemon.tenant().rootKey
                let http = try adapter.connect()
                let call = HTTPRequest.call(
                    "rootKeys.createKey",
                    #"{"permissions":[],"name":"ci"}"#,
                    auth: rootKey,
                    "Idempotency-Key: build 7"
                )
                let first = try http.reply(to: call)
                #expect(first.status == 200 && first["idempotent-replayed"].isEmpty)
                let second = try http.reply(to: call)
                #expect(second["idempotent-replayed"] == ["true"])
                #expect(try second.envelope().isReplayed)
                #expect(try second.envelope().data == first.envelope().data)
                let frame = try daemon.connect(rootKey)
                    .call("rootKeys.createKey", ["permissions": [], "name": "ci"], idempotencyKey: "build 7")
                #expect(try frame.isReplayed && frame.data == first.envelope().data)
                let others: [(HTTPRequest, Int, String)] = [
                    (
                        .call("rootKeys.createKey", #"{"permissions":[]}"#, auth: rootKey, "Idempotency-Key: build 7"),
                        422, "idempotency_mismatch"
                    ),
                    (
                        .call("apis.createApi", #"{"name":"a"}"#, auth: rootKey, "Idempotency-Key:"), 400,
                        "invalid_input"
                    ),
                ]
                for (request, status, code) in others {
                    let reply = try http.reply(to: request)
                    #expect(reply.status == status && reply["idempotent-replayed"].isEmpty)
                    #expect(try reply.envelope().code == code)
                    if status == 400 { #expect(try reply.envelope().locations == ["header.Idempotency-Key"]) }
                }
            }
        }

        @Test("the OpenAPI document offers Idempotency-Key exactly where a call changes something")
        func documentedIdempotencyKeys() throws {
            try withAdapter { daemon, adapter in
                let paths = try adapter.reply(to: .get("/openapi.json")).json["paths"] ?? [:]
                for procedure in try Contract.list(on: daemon.socket) {
                    let method = procedure["method"]?.text ?? ""
                    let operation = paths["/v2/\(method)"]?["post"] ?? [:]
                    let isChange = procedure["changes"] != "nothing"
                    #expect((operation["parameters"] != nil) == isChange, "\(method)")
                    #expect((operation["responses"]?["422"] != nil) == isChange, "\(method)")
                    #expect((operation["responses"]?["200"]?["headers"] != nil) == isChange, "\(method)")
                }
            }
        }

        @Test("the OpenAPI document names the methods of the API socket; liveness needs nothing; HEAD has no body")
        func documents() throws {
            try withAdapter { daemon, adapter in
                let http = try adapter.connect()
                let document = try http.reply(to: .get("/openapi.json"))
                #expect(document.status == 200 && document["content-type"] == ["application/json"])
                let paths = try #require(try document.json["paths"]?.object)
                let operations = paths.values.flatMap { ($0.object ?? [:]).values }.compactMap {
                    $0["operationId"]?.text
                }
                let methods = try Contract.list(on: daemon.socket).compactMap { $0["method"]?.text }
                #expect(operations.sorted() == (methods + ["liveness"]).sorted())
                #expect(methods.allSatisfy { paths["/v2/\($0)"] != nil })
                let alive = try http.reply(to: .get("/v2/liveness"))
                #expect(try alive.envelope().data?["message"]?.text?.isEmpty == false)
                for target in ["/v2/liveness", "/openapi.json"] {
                    let head = try http.reply(to: HTTPRequest(method: "HEAD", target: target))
                    let whole = try http.reply(to: .get(target))
                    #expect(head.status == 200)
                    #expect(try head.contentLength == whole.body.count, "the length of the body that GET has")
                }
            }
        }

        @Test("the operator's procedures are not there: 404, whatever the credential")
        func operatorProcedures() throws {
            try withAdapter { daemon, adapter in
                let rootKey = try daemon.tenant().rootKey
                let open = Set(try Contract.list(on: daemon.socket).compactMap { $0["method"]?.text })
                let all = try Contract.list(on: daemon.operatorSocket).compactMap { $0["method"]?.text }
                let closed = all.filter { !open.contains($0) }
                #expect(closed.contains("workspaces.createWorkspace"))
                let http = try adapter.connect()
                for method in closed {
                    let envelope = try http.reply(to: .call(method, auth: rootKey)).envelope()
                    #expect(envelope.status == 404 && envelope.code == "procedure_not_found", "\(method)")
                }
            }
        }
    }
}
