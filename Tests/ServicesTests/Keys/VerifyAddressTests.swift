import JSONSyntax
import Testing

/// The allow-list of an API (`keys.md` §13.2, step 6).
@Suite struct VerifyAddressTests {
    private func code(_ scene: VerifyScene, _ key: IssuedKey, from address: String?) throws -> String? {
        scene.bench.clientAddress = address
        return try scene.code(key)
    }

    @Test("without a list every address may use a key, also none")
    func none() throws {
        let scene = try VerifyScene()
        let key = try scene.key()
        for address in [nil, "", "192.0.2.7", "nobody"] { #expect(try code(scene, key, from: address) == "VALID") }
    }

    @Test("with a list only its addresses may, by value and not by spelling; an unknown one and what is none may not")
    func listed() throws {
        let scene = try VerifyScene()
        let key = try scene.key(["credits": ["remaining": 5]])
        let list: JSONValue = ["192.0.2.7", "2001:DB8:0::7", "::ffff:192.0.2.8"]
        try scene.data("apis.updateApi", ["apiId": scene.api, "ipAllowlist": list])
        for address in ["192.0.2.7", "::ffff:192.0.2.7", "::FFFF:c000:207", "2001:db8::7", "192.0.2.8"] {
            scene.bench.clientAddress = address
            #expect(try scene.code(key, ["credits": ["cost": 0]]) == "VALID", "\(address)")
        }
        for address in [
            nil, "", "192.0.2.70", "192.0.2", "192.0.2.7:80", "192.0.2.7/32", "192.0.2.07", " 192.0.2.7", "2001:db8::8",
            "[2001:db8::7]", "::192.0.2.7", "2001:db8::7%eth0", "192.0.2.7\u{0}",
        ] {
            #expect(try code(scene, key, from: address) == "FORBIDDEN", "\(address ?? "none")")
        }
        #expect(try scene.balance(key) == 5, "what is forbidden spends nothing")
    }

    @Test("an empty list lets nobody in; null lifts it, for the next verification")
    func emptied() throws {
        let scene = try VerifyScene()
        let key = try scene.key()
        #expect(try code(scene, key, from: "192.0.2.7") == "VALID")
        try scene.data("apis.updateApi", ["apiId": scene.api, "ipAllowlist": []])
        #expect(try code(scene, key, from: "192.0.2.7") == "FORBIDDEN")
        try scene.data("apis.updateApi", ["apiId": scene.api, "ipAllowlist": .null])
        #expect(try code(scene, key, from: nil) == "VALID")
    }
}
