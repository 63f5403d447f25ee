import JSONSyntax
import ProtocolWire
import Testing

@Suite struct ListKeysTests {
    private let scene: KeyScene

    init() throws {
        scene = try KeyScene()
    }

    private struct Page: Equatable {
        let ids: [String]
        let pagination: JSONValue?
    }

    private func page(_ params: JSONValue = [:], as key: String? = nil) throws -> Page {
        let reply = try scene.bench.call(
            "apis.listKeys",
            params.with("apiId", .string(scene.api)),
            as: key ?? scene.root
        )
        let ids = reply["data"]?.each("keyId").compactMap { $0?.string } ?? []
        return Page(ids: ids, pagination: reply["pagination"])
    }

    private func keys(_ count: Int) throws -> [String] {
        try (0..<count).map { _ in try #require(try scene.key().id.string) }.sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
    }

    @Test("listKeys: by identifier, byte by byte, one page after another; the cursor is the first key of the next page")
    func paging() throws {
        let ids = try keys(5)
        func expected(_ range: Range<Int>) -> Page {
            let isLast = range.upperBound == ids.count
            return Page(
                ids: Array(ids[range]),
                pagination: isLast ? ["hasMore": false] : ["hasMore": true, "cursor": .string(ids[range.upperBound])]
            )
        }
        #expect(try page(["limit": 2]) == expected(0..<2))
        #expect(try page(["limit": 2, "cursor": .string(ids[2])]) == expected(2..<4))
        #expect(try page(["limit": 2, "cursor": .string(ids[4])]) == expected(4..<5))
        #expect(try page(["limit": 4]) == expected(0..<4))
        #expect(try page(["limit": 5]) == expected(0..<5), "a page that ends at the last key has no cursor")
        #expect(try page() == expected(0..<5))
        #expect(try page(["cursor": ""]) == expected(0..<5))
    }

    @Test("listKeys: a made-up cursor is a lower bound; what comes and goes between pages shifts nothing else")
    func cursors() throws {
        let ids = try keys(4)
        #expect(try page(["cursor": .string(ids[1] + "0")]).ids == Array(ids[2...]))
        #expect(try page(["cursor": "key_"]).ids == ids)
        #expect(try page(["cursor": "zzz"]).ids.isEmpty)
        #expect(try page(["cursor": "zzz"]).pagination == ["hasMore": false])
        try scene.data("keys.deleteKey", ["keyId": .string(ids[2])])
        #expect(try page(["cursor": .string(ids[2])]).ids == [ids[3]])
        #expect(try page(["limit": 2]).ids == Array(ids[..<2]))
        #expect(try page(["limit": 2]).pagination?["cursor"] == .string(ids[3]))
    }

    @Test("listKeys: limit is 1 to 100 and 100 where it is left out; nothing but the declared members")
    func bounds() throws {
        _ = try keys(101)
        #expect(try page().ids.count == 100)
        #expect(try page(["limit": 100]).ids.count == 100)
        #expect(try page(["limit": 1]).ids.count == 1)
        func faults(_ params: JSONValue) throws -> [String] {
            try scene.faults("apis.listKeys", params.with("apiId", .string(scene.api)))
        }
        let faulty: [(String, [JSONValue])] = [
            ("limit", [0, 101, "1", .number(1.5)]), ("cursor", [7]), ("externalId", ["", 7]), ("decrypt", ["true"]),
            ("revalidateKeysCache", [1]), ("search", ["x"]),
        ]
        for (name, values) in faulty {
            for value in values + [.null] { #expect(try faults([name: value]) == ["body.\(name)"]) }
        }
        #expect(try faults(["revalidateKeysCache": true, "decrypt": false]).isEmpty)
        #expect(try scene.faults("apis.listKeys", [:]) == ["body.apiId"])
        #expect(try scene.faults("apis.listKeys", ["apiId": ""]) == ["body.apiId"])
        for id in [JSONValue.string("x"), " é\u{0}", KeyScene.text(300)] {
            #expect(try scene.refusal("apis.listKeys", ["apiId": id]).kind == .apiNotFound)
        }
    }

    @Test("listKeys: disabled, expired and exhausted keys are listed, deleted ones and another API's are not")
    func members() throws {
        let shown = try [["enabled": false], ["expires": 0], ["credits": ["remaining": 0]]].map { members in
            try #require(try scene.key(members).id.string)
        }
        for isPermanent in [true, false] {
            let gone = try scene.key().id
            try scene.data("keys.deleteKey", ["keyId": gone, "permanent": .boolean(isPermanent)])
        }
        let other = try #require(try scene.data("apis.createApi", ["name": "other"])["apiId"])
        try scene.data("keys.createKey", ["apiId": other])
        #expect(Set(try page().ids) == Set(shown))
    }

    @Test("listKeys: a key is shown as getKey shows it; direct and role permissions each once, ascending")
    func shape() throws {
        try scene.role("Role", ["b", "A"])
        try scene.data("identities.createIdentity", ["externalId": "acct", "ratelimits": [KeyScene.limit("exports")]])
        let (id, _) = try scene.key([
            "prefix": "eu", "name": "ci", "meta": ["a": 1], "externalId": "acct", "permissions": ["b", "c"],
            "roles": ["Role"],
            "credits": ["remaining": 3, "refill": KeyScene.daily], "ratelimits": [KeyScene.limit("requests")],
        ])
        let key = try scene.read(id)
        #expect(try scene.data("apis.listKeys", ["apiId": .string(scene.api)]) == [key])
        #expect(key["permissions"] == ["A", "b", "c"])
    }

    @Test("listKeys: externalId is exact; an unknown or deleted identity gives an empty page, and its keys show none")
    func identities() throws {
        let mine = try (0..<3).map { _ in try #require(try scene.key(["externalId": "acct"]).id.string) }.sorted()
        _ = try scene.key(["externalId": "Acct"])
        _ = try scene.key()
        #expect(try page(["externalId": "acct", "limit": 2]).ids == Array(mine[..<2]))
        let rest = try page(["externalId": "acct", "limit": 2, "cursor": .string(mine[2])])
        #expect(rest.ids == [mine[2]] && rest.pagination == ["hasMore": false])
        #expect(try page(["externalId": "acct", "limit": 3]).pagination == ["hasMore": false])
        for unknown in ["acc", "ACCT", "a b", "id_none"] {
            let none = try page(["externalId": .string(unknown)])
            #expect(none.ids.isEmpty && none.pagination == ["hasMore": false])
        }
        try scene.data("identities.deleteIdentity", ["identity": "acct"])
        #expect(try page(["externalId": "acct"]).ids.isEmpty)
        let all = try scene.data("apis.listKeys", ["apiId": .string(scene.api)])
        #expect(all.array?.count == 5 && all.each("identity").compactMap { $0?["externalId"] } == ["Acct"])
    }

    @Test(
        "listKeys: missing, deleted, another workspace's API and a missing read permission give the same reply, byte by byte"
    )
    func masked() throws {
        _ = try scene.key()
        let params: JSONValue = ["apiId": .string(scene.api), "decrypt": true, "externalId": "none"]
        let held: [[String]] = [
            [], ["api.*.read_key"], ["api.*.read_api"], ["api.\(scene.api).read_api", "api.api_x.read_key"],
            [scene.urn("keyspaces/\(scene.keyspace)/keys/*#read_key")],
            [scene.urn("keyspaces/\(scene.keyspace)#read_keyspace"), scene.urn("keyspaces/*/keys/key_1#read_key")],
            [scene.urn("keyspaces/\(scene.keyspace)#read_keyspace"), "api.*.read_key"],
        ]
        let unknown = try scene.refusal("apis.listKeys", params, as: scene.stranger())
        #expect(unknown.kind == .apiNotFound)
        for permissions in held {
            #expect(
                try scene.refusal("apis.listKeys", params, as: scene.holder(of: permissions)).bytes == unknown.bytes
            )
        }
        try scene.data("apis.deleteApi", ["apiId": .string(scene.api)])
        #expect(try scene.refusal("apis.listKeys", params).bytes == unknown.bytes)
    }

    @Test("listKeys: the two tuples, mixed, or the two URNs let a root key read")
    func permissions() throws {
        let ids = try keys(1)
        let keysURN = scene.urn("keyspaces/\(scene.keyspace)/keys/*#read_key")
        let held: [[String]] = [
            ["api.*.read_key", "api.*.read_api"], ["api.\(scene.api).read_key", "api.*.read_api"],
            ["api.*.read_key", "api.\(scene.api).read_api"],
            [keysURN, scene.urn("keyspaces/\(scene.keyspace)#read_keyspace")],
            [keysURN, scene.urn("keyspaces/*#read_keyspace")],
            [scene.urn("keyspaces/**#read_key"), scene.urn("keyspaces/**#read_keyspace")], [scene.urn("**#*")], ["*"],
        ]
        for permissions in held { #expect(try page(as: scene.holder(of: permissions)).ids == ids, "\(permissions)") }
    }
}
