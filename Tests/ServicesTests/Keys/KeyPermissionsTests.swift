import JSONSyntax
import ProtocolWire
import Testing

@Suite struct KeyPermissionsTests {
    private let scene: KeyScene
    private let id: JSONValue

    init() throws {
        scene = try KeyScene()
        try scene.role("Role", ["through.role"])
        id = try scene.key(["permissions": ["a", "b"], "roles": ["Role"]]).id
    }

    private func call(_ procedure: String, _ slugs: JSONValue, as key: String? = nil) throws -> JSONValue {
        try scene.data("keys.\(procedure)", ["keyId": id, "permissions": slugs], as: key)
    }

    private func slugs(_ procedure: String, _ slugs: JSONValue) throws -> [JSONValue?] {
        try call(procedure, slugs).each("slug")
    }

    @Test("the reply is the direct permissions after the call, by slug, never those of roles; [] when there are none")
    func reply() throws {
        try scene.data("permissions.createPermission", ["name": "Label", "slug": "Z", "description": "words"])
        let reply = try call("addPermissions", ["c", "z", "C", "a"])
        #expect(reply.each("slug") == ["Z", "a", "b", "c"])
        #expect(reply.array?[0]["name"] == "Label" && reply.array?[0]["description"] == "words")
        let made = try #require(reply.array?[3])
        #expect(made == ["id": made["id"] ?? .null, "name": "c", "slug": "c"])
        #expect(made["id"]?.string?.hasPrefix("perm_") == true)
        #expect(try call("setPermissions", []) == [])
        #expect(try call("removePermissions", ["a"]) == [])
        #expect(try scene.read(id)["permissions"] == ["through.role"])
    }

    @Test("add twice and remove twice change nothing the second time; set keeps the links that stay")
    func idempotent() throws {
        let (connect, disconnect) = (
            "authorization.connect_permission_and_key", "authorization.disconnect_permission_and_key"
        )
        #expect(
            try scene.events { _ = try call("addPermissions", ["new", "NEW", "a"]) } == ["permission.create", connect]
        )
        scene.bench.time += 1
        let stamped = try scene.read(id)["updatedAt"]
        let quiet = try scene.events {
            #expect(try slugs("addPermissions", ["new", "a"]) == ["a", "b", "new"])
            #expect(try slugs("setPermissions", ["New", "B", "a", "b"]) == ["a", "b", "new"])
            try scene.data("permissions.createPermission", ["name": "free", "slug": "free"])
            #expect(try slugs("removePermissions", ["FREE"]) == ["a", "b", "new"])
        }
        #expect(quiet == ["permission.create"])
        #expect(try scene.read(id)["updatedAt"] == stamped, "what changes nothing is not noted")
        #expect(try scene.events { _ = try slugs("removePermissions", ["a", "A"]) } == [disconnect])
        #expect(try scene.read(id)["updatedAt"] == .integer(scene.bench.time))
        #expect(try scene.events { _ = try slugs("setPermissions", ["b", "a"]) } == [connect, disconnect])
        #expect(try slugs("setPermissions", ["b", "a"]) == ["a", "b"])
        #expect(
            try scene.data("permissions.getPermission", ["permission": "new"])["slug"] == "new",
            "made permissions stay"
        )
    }

    @Test("add and set take slugs only; remove tries the slug first, then the identifier")
    func identifiers() throws {
        let row = try #require(try call("setPermissions", ["a"]).array?[0])
        let permission = try #require(row["id"])
        #expect(try slugs("addPermissions", [permission]) == ["a", permission])
        #expect(try slugs("removePermissions", [permission]) == ["a"], "the slug of that spelling")
        try scene.data("permissions.deletePermission", ["permission": permission])
        let b = try #require(try call("setPermissions", ["b"]).array?[0]["id"])
        #expect(try slugs("removePermissions", [b]) == [])
    }

    @Test("remove: one that does not exist is a 404 that names it, and nothing is removed")
    func unknown() throws {
        let before = try scene.read(id)
        for unknown in ["none", "perm_none"] {
            let problem = try scene.cleanRefusal(
                "keys.removePermissions",
                ["keyId": id, "permissions": ["a", .string(unknown), "other"]]
            )
            #expect(problem.kind == .permissionNotFound && problem.detail.contains("'\(unknown)'"))
        }
        #expect(try scene.read(id) == before)
        let stranger = try scene.stranger()
        _ = try scene.bench.call(
            "permissions.createPermission",
            ["name": "theirs", "slug": "theirs"],
            as: stranger
        )
        #expect(
            try scene.refusal("keys.removePermissions", ["keyId": id, "permissions": ["theirs"]]).kind
                == .permissionNotFound
        )
    }

    @Test(
        "an unknown slug needs the right to make it, known ones do not; without it nothing is added, the known ones neither"
    )
    func creating() throws {
        let update = ["api.*.update_key", "rbac.*.add_permission_to_key", "rbac.*.remove_permission_from_key"]
        let weak = try scene.holder(of: update)
        let before = try scene.read(id)
        for procedure in ["addPermissions", "setPermissions"] {
            let problem = try scene.cleanRefusal(
                "keys.\(procedure)",
                ["keyId": id, "permissions": ["through.role", "unknown"]],
                as: weak
            )
            #expect(problem.kind == .insufficientPermissions && problem.detail.contains("create_permission"))
        }
        #expect(try scene.read(id) == before)
        _ = try call("addPermissions", ["through.role"], as: weak)
        for right in ["rbac.*.create_permission", scene.urn("rbac/permissions/*#create_permission")] {
            let holder = try scene.holder(of: update + [right])
            _ = try call("addPermissions", [.string("made.by.\(right.count)")], as: holder)
            _ = try call("setPermissions", [.string("set.by.\(right.count)")], as: holder)
        }
        let one = try scene.holder(of: [scene.urn("keyspaces/\(scene.keyspace)/keys/\(id.string ?? "")#update_key")])
        _ = try call("addPermissions", ["a"], as: one)
        #expect(
            try scene.refusal("keys.addPermissions", ["keyId": id, "permissions": ["more"]], as: one).kind
                == .insufficientPermissions
        )
    }

    @Test("bounds: 1 to 1,000 slugs, for set 0 to 1,000; each fault in its place")
    func bounds() throws {
        func faults(_ procedure: String, _ slugs: JSONValue) throws -> [String] {
            try scene.faults("keys.\(procedure)", ["keyId": id, "permissions": slugs])
        }
        let most = KeyScene.list(1_000) { .string("p.\($0)") }
        let more = KeyScene.list(1_001) { .string("p.\($0)") }
        for procedure in ["addPermissions", "setPermissions", "removePermissions"] {
            #expect(try faults(procedure, most).isEmpty)
            #expect(try faults(procedure, more) == ["body.permissions"])
            #expect(try faults(procedure, .null) == ["body.permissions"])
            #expect(try faults(procedure, []) == (procedure == "setPermissions" ? [] : ["body.permissions"]))
            #expect(
                try faults(procedure, ["a", "", KeyScene.text(129), "é", 7])
                    == (1...4).map { "body.permissions[\($0)]" }
            )
            #expect(try scene.faults("keys.\(procedure)", ["keyId": id]) == ["body.permissions"])
            #expect(
                try scene.faults("keys.\(procedure)", ["keyId": id, "permissions": ["a"], "x": 1]) == ["body.x"]
            )
        }
    }
}

@Suite struct KeyRolesTests {
    private let scene: KeyScene
    private let id: JSONValue

    init() throws {
        scene = try KeyScene()
        try scene.role("Billing Admin", ["b", "a"])
        try scene.role("auditor")
        try scene.role("Zoo", ["z"])
        id = try scene.key(["permissions": ["direct"], "roles": ["Zoo"]]).id
    }

    private func call(_ procedure: String, _ names: JSONValue) throws -> JSONValue {
        try scene.data("keys.\(procedure)", ["keyId": id, "roles": names])
    }

    @Test("the reply is all roles after the call, by name, with their permissions by slug; [] when there are none")
    func reply() throws {
        let reply = try call("addRoles", ["auditor", "BILLING ADMIN", "Billing Admin"])
        #expect(reply.each("name") == ["Billing Admin", "Zoo", "auditor"])
        let first = try #require(reply.array?[0])
        #expect(first["permissions"]?.each("slug") == ["a", "b"] && first["id"]?.string?.hasPrefix("role_") == true)
        #expect(
            first["permissions"]?.array?[0]["id"]?.string?.hasPrefix("perm_") == true && first["description"] == nil
        )
        #expect(reply.array?[2]["permissions"] == nil)
        #expect(try scene.read(id)["permissions"] == ["a", "b", "direct", "z"])
        #expect(try call("setRoles", []) == [])
        #expect(try call("removeRoles", ["Zoo"]) == [])
        #expect(try scene.read(id)["permissions"] == ["direct"], "direct permissions are untouched")
    }

    @Test(
        "add present and remove missing change nothing, without audit row and without updatedAt; set keeps what stays"
    )
    func idempotent() throws {
        let (connect, disconnect) = ("authorization.connect_role_and_key", "authorization.disconnect_role_and_key")
        #expect(
            try scene.events {
                _ = try call("addRoles", ["zoo"])
                _ = try call("removeRoles", ["auditor"])
                _ = try call("setRoles", ["ZOO", "Zoo"])
            } == []
        )
        #expect(try scene.read(id)["updatedAt"] == nil)
        scene.bench.time += 1
        #expect(try scene.events { _ = try call("addRoles", ["auditor", "AUDITOR", "zoo"]) } == [connect])
        #expect(try scene.read(id)["updatedAt"] == .integer(scene.bench.time))
        #expect(try scene.events { _ = try call("setRoles", ["auditor", "Billing Admin"]) } == [connect, disconnect])
        #expect(try scene.events { _ = try call("removeRoles", ["Auditor", "zoo"]) } == [disconnect])
        #expect(try call("removeRoles", ["zoo"]).each("name") == ["Billing Admin"])
    }

    @Test(
        "the first unknown name is a 404 that names it, and nothing changes; an identifier is an unknown name, roles are never made"
    )
    func unknown() throws {
        _ = try scene.bench.call("permissions.createRole", ["name": "Theirs"], as: scene.stranger())
        let role = try #require(try call("addRoles", ["Zoo"]).array?[0]["id"]?.string)
        let before = try scene.read(id)
        for procedure in ["addRoles", "removeRoles", "setRoles"] {
            for unknown in ["Nobody's", "Theirs", role] {
                let problem = try scene.cleanRefusal(
                    "keys.\(procedure)",
                    ["keyId": id, "roles": ["auditor", .string(unknown), "later"]]
                )
                #expect(problem.kind == .roleNotFound && problem.detail.contains("'\(unknown)'"))
            }
        }
        #expect(try scene.read(id) == before)
    }

    @Test("bounds: 1 to 100 names of 1 to 128 characters, for set 0 to 100; each fault in its place")
    func bounds() throws {
        func faults(_ procedure: String, _ names: JSONValue) throws -> [String] {
            try scene.faults("keys.\(procedure)", ["keyId": id, "roles": names])
        }
        for procedure in ["addRoles", "removeRoles", "setRoles"] {
            #expect(try faults(procedure, KeyScene.list(100) { _ in "Zoo" }).isEmpty)
            #expect(try faults(procedure, KeyScene.list(101) { _ in "Zoo" }) == ["body.roles"])
            #expect(try faults(procedure, .null) == ["body.roles"])
            #expect(try faults(procedure, []) == (procedure == "setRoles" ? [] : ["body.roles"]))
            #expect(try faults(procedure, ["Zoo", "", KeyScene.text(129), 7]) == (1...3).map { "body.roles[\($0)]" })
            #expect(try scene.faults("keys.\(procedure)", ["keyId": id, "roles": ["Zoo"], "x": 1]) == ["body.x"])
        }
        #expect(
            try scene.refusal("keys.addRoles", ["keyId": id, "roles": [KeyScene.text(128, of: "\u{1F511}")]]).kind
                == .roleNotFound
        )
    }

    @Test("a key shows its roles by the bytes of their names, code point for code point")
    func unicode() throws {
        for name in ["e\u{301}", "\u{E9}", "a\u{0}b"] { try scene.role(name) }
        let reply = try call("setRoles", ["e\u{301}", "\u{E9}", "a\u{0}b"])
        #expect(
            reply.each("name").map { Array($0?.string?.utf8 ?? "".utf8) }
                == ["a\u{0}b", "e\u{301}", "\u{E9}"].map { Array($0.utf8) }
        )
    }
}
