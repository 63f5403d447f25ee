import Testing

extension Programs {
    /// Where a request comes from, over the socket and over HTTP.
    @Suite struct VerifyAddressTests {
        @Test("the frame's clientAddress is held against the allow-list of the API")
        func frameAddress() throws {
            try withDaemon { daemon in
                let setting = try VerifyScene(daemon)
                let (_, secret) = try setting.key()
                let list: JSON = ["192.0.2.7", "2001:db8::7"]
                try setting.client.data("apis.updateApi", ["apiId": setting.api, "ipAllowlist": list])
                func code(_ address: JSON?) throws -> JSON? {
                    let frame = setting.client.frame("keys.verifyKey", ["key": secret]).with("clientAddress", address)
                    try setting.client.frames.send(frame: try frame.bytes)
                    return try setting.client.receive().data?["code"]
                }
                for address in ["192.0.2.7", "::ffff:192.0.2.7", "2001:DB8::7"] as [JSON] {
                    #expect(try code(address) == "VALID")
                }
                for address in [nil, "", "192.0.2.8", "192.0.2.7, 192.0.2.8"] as [JSON?] {
                    #expect(try code(address) == "FORBIDDEN")
                }
                let frame = setting.client.frame("keys.verifyKey", ["key": secret]).with("clientAddress", 7)
                try setting.client.frames.send(frame: try frame.bytes)
                let reply = try setting.client.receive()
                #expect(reply.status == 400 && reply.locations == ["frame.clientAddress"])
            }
        }

        @Test("over HTTP the address is the first of X-Forwarded-For, else the peer's")
        func httpAddress() throws {
            try withAdapter { daemon, adapter in
                let setting = try VerifyScene(daemon)
                let (_, secret) = try setting.key()
                func allow(_ addresses: JSON) throws {
                    try setting.client.data("apis.updateApi", ["apiId": setting.api, "ipAllowlist": addresses])
                }
                func code(_ fields: [String] = []) throws -> JSON? {
                    let body = #"{"key":"\#(secret.text ?? "")"}"#
                    var call = HTTPRequest.call("keys.verifyKey", body, auth: setting.tenant.rootKey)
                    call.fields += fields
                    return try adapter.reply(to: call).envelope().data?["code"]
                }
                #expect(try code() == "VALID")
                try allow(["192.0.2.7"])
                #expect(try code() == "FORBIDDEN")
                for fields in [
                    ["X-Forwarded-For: 192.0.2.7"], ["x-forwarded-for:192.0.2.7 , 192.0.2.8"],
                    ["X-Forwarded-For: 192.0.2.7", "X-Forwarded-For: 192.0.2.8"], ["X-Forwarded-For: ::ffff:192.0.2.7"],
                ] {
                    #expect(try code(fields) == "VALID", "\(fields)")
                }
                for fields in [
                    ["X-Forwarded-For: 192.0.2.8, 192.0.2.7"], ["X-Forwarded-For: , 192.0.2.7"],
                    ["X-Forwarded-For: 192.0.2.7:80"], ["X-Forwarded-For: \"192.0.2.7\""], ["X-Forwarded-For: é"],
                    ["X-Forwarded-For: " + String(repeating: "1", count: 500)], ["Forwarded: for=192.0.2.7"],
                ] {
                    #expect(try code(fields) == "FORBIDDEN", "\(fields)")
                }
                try allow(["127.0.0.1"])
                #expect(try code() == "VALID", "the peer of the adapter")
                #expect(try code(["X-Forwarded-For: 192.0.2.7"]) == "FORBIDDEN")
            }
        }
    }
}
