import JSONSyntax
import ProtocolWire
import Testing

@Suite struct RoleTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    // MARK: - Shapes

    @Test("a role's name has 1 to 128 code points, any of them; what is stored is what was sent")
    func names() throws {
        for name in ["a", " ", "Billing Admin", "\u{1F511}\u{0}\n", String(repeating: "\u{1F511}", count: 128)] {
            let id = try scene.role(name)
            let stored = try #require(try scene.data("getRole", ["role": .string(name)])["name"]?.string)
            #expect(Array(stored.utf8) == Array(name.utf8))
            #expect(try scene.data("deleteRole", ["role": id]) == [:])
        }
        for name in [JSONValue.string(""), Scene.text(129), .null, 7] {
            #expect(try scene.faults("createRole", ["name": name]) == ["body.name"])
        }
        for text in [JSONValue.string(""), Scene.text(129), .null] {
            #expect(try scene.faults("getRole", ["role": text]) == ["body.role"])
            #expect(try scene.faults("updateRole", ["role": text]) == ["body.role"])
            #expect(try scene.faults("deleteRole", ["role": text]) == ["body.role"])
        }
    }

    @Test(
        "names are unique without regard to ASCII case only: an accent, a Kelvin sign or what is behind a NUL makes another"
    )
    func uniqueness() throws {
        for name in ["caf\u{E9}", "caf\u{C9}", "cafe\u{301}", "k", "\u{212A}", "n\u{0}b", "n\u{0}c", "n"] {
            try scene.role(name)
        }
        for name in ["CAF\u{E9}", "K", "N\u{0}B"] {
            #expect(try scene.refusal("createRole", ["name": .string(name)]).kind == .roleAlreadyExists)
        }
        #expect(try scene.data("getRole", ["role": "N\u{0}C"])["name"] == "n\u{0}c")
    }

    @Test("addressing: the identifier is tried first and exactly, then the name without regard to ASCII case")
    func addressing() throws {
        let id = try scene.role("Accounting")
        for text in ["Accounting", "aCCOUNTING", id.string ?? ""] {
            #expect(try scene.data("getRole", ["role": .string(text)])["id"] == id)
        }
        let other = try scene.role(id.string ?? "")
        #expect(try scene.data("getRole", ["role": id])["id"] == id)
        #expect(try scene.data("getRole", ["role": .string((id.string ?? "").uppercased())])["id"] == other)
    }

    @Test(
        "a role shows description and permissions only where it has some, the permissions by the bytes of their slugs"
    )
    func shape() throws {
        let empty = try scene.role("Empty")
        #expect(try scene.data("getRole", ["role": empty]) == ["id": empty, "name": "Empty"])
        try scene.permission("b", named: "Label", description: "more")
        let full = try scene.role("Full", ["a", "B", "A.x", "b.c"], description: "words")
        let reply = try scene.data("getRole", ["role": full])
        #expect(reply["description"] == "words")
        #expect(try scene.slugs(of: full) == ["A.x", "a", "b", "b.c"])
        let members = try #require(reply["permissions"]?.array?[2])
        let id = try #require(members["id"])
        #expect(members == ["id": id, "name": "Label", "slug": "b", "description": "more"])
        #expect(try scene.data("listRoles", ["search": "full"]) == [reply])
    }

    // MARK: - createRole

    @Test(
        "createRole: unknown slugs become permissions named as they are spelt; duplicates count once, the first spelling wins"
    )
    func create() throws {
        let known = try scene.permission("Invoices.Read", named: "Read")
        let rows = try scene.audited {
            let id = try scene.role(
                "Accounting",
                ["invoices.read", "Ledger.Close", "LEDGER.close", "INVOICES.READ", "a.*"]
            )
            #expect(id.string?.hasPrefix("role_") == true)
        }
        let reply = try #require(try scene.data("getRole", ["role": "accounting"])["permissions"]?.array)
        #expect(reply.compactMap { $0["slug"]?.string } == ["Invoices.Read", "Ledger.Close", "a.*"])
        #expect(reply[0]["id"] == known && reply[0]["name"] == "Read")
        #expect(reply[1]["name"] == "Ledger.Close" && reply[1]["description"] == nil)
        #expect(
            rows.map { String($0.prefix { $0 != " " }) } == [
                "permission.create", "permission.create", "role.create",
                "authorization.connect_permission_and_role", "authorization.connect_permission_and_role",
                "authorization.connect_permission_and_role",
            ]
        )
        let role = try #require(try scene.data("getRole", ["role": "accounting"])["id"]?.string)
        #expect(rows[3] == "authorization.connect_permission_and_role \(known.string ?? "") \(role)")
    }

    @Test("createRole: an identifier among the permissions is a slug of that spelling")
    func createByIdentifier() throws {
        let known = try scene.permission("a")
        let role = try scene.role("Role", [known.string ?? ""])
        let slugs = try scene.slugs(of: role)
        #expect(slugs == [known.string ?? ""])
        #expect(try scene.data("getRole", ["role": role])["permissions"]?.array?[0]["id"] != known)
    }

    @Test("createRole: any number of permissions, each with its own place in the refusal")
    func createMany() throws {
        let many = (0..<2_000).map { "slug.\($0)" }
        let role = try scene.role("Large", many)
        #expect(try scene.slugs(of: role).count == 2_000)
        #expect(
            try scene.faults("createRole", ["name": "r", "permissions": ["a", "", "b", "c d", 7]]) == [
                "body.permissions[1]", "body.permissions[3]", "body.permissions[4]",
            ]
        )
        #expect(
            try scene.faults("createRole", ["name": "r", "permissions": [Scene.text(128), Scene.text(129)]])
                == ["body.permissions[1]"]
        )
        #expect(try scene.faults("createRole", ["name": "r", "permissions": .null]) == ["body.permissions"])
        #expect(try scene.faults("createRole", ["name": "r", "description": .null]) == ["body.description"])
        #expect(try scene.faults("createRole", ["name": "r", "description": Scene.text(513)]) == ["body.description"])
        #expect(try scene.faults("createRole", ["name": "r", "description": Scene.text(512)]).isEmpty)
    }

    @Test(
        "createRole: the permissions it needs, one after the other, then the name; what is refused leaves nothing behind"
    )
    func createRefused() throws {
        try scene.permission("known")
        try scene.role("Taken")
        let create = "rbac.*.create_role"
        let add = "rbac.*.add_permission_to_role"
        let make = "rbac.*.create_permission"
        func refusal(_ slugs: JSONValue, _ grants: [String]) throws -> String {
            let key = try scene.bench.rootKey(in: scene.workspace, grants).secret
            let refusal = try scene.refusal("createRole", ["name": "TAKEN", "permissions": slugs], as: key)
            return refusal.kind == .insufficientPermissions ? refusal.detail : refusal.kind.code
        }
        #expect(try refusal([], [add, make]) == "Missing permission: '\(create)'")
        #expect(try refusal([], [create]) == "role_already_exists")
        #expect(try refusal(["known"], [create, make]) == "Missing permission: '\(add)'")
        #expect(try refusal(["known"], [create, add]) == "role_already_exists")
        #expect(try refusal(["new", "known"], [create, add]) == "Missing permission: '\(make)'")
        #expect(
            try refusal(["new"], [create, add, "unkey:v1:\(scene.workspace):rbac/permissions/*#create_permission"])
                == "Missing permission: '\(make)'"
        )
        #expect(try refusal(["new", "known"], [create, add, make]) == "role_already_exists")
        #expect(try scene.data("listPermissions").array?.count == 1)
        #expect(try scene.data("listRoles").array?.count == 1)
        #expect(try scene.slugs(of: "Taken").isEmpty)
        #expect(
            try scene.bench.events().filter { !$0.hasPrefix("rootKey.") && !$0.hasPrefix("workspace.") } == [
                "permission.create", "role.create",
            ]
        )
    }

    @Test(
        "createRole: two that need the same new slug share one permission; another workspace's of that slug is not taken"
    )
    func createShared() throws {
        let one = try scene.role("One", ["shared"])
        let two = try scene.role("Two", ["SHARED"])
        let shared = try scene.data("getRole", ["role": one])["permissions"]
        #expect(try scene.data("getRole", ["role": two])["permissions"] == shared)
        let stranger = try scene.stranger()
        let theirs = try scene.data("createRole", ["name": "One", "permissions": ["shared"]], as: stranger)
        let role = try scene.data("getRole", ["role": try #require(theirs["roleId"])], as: stranger)
        #expect(role["permissions"]?.array?[0]["id"] != shared?.array?[0]["id"])
    }

    // MARK: - getRole, listRoles

    @Test("getRole: 403 before the look-up, and a missing, a deleted and another workspace's are one 404")
    func get() throws {
        let id = try scene.role("Role", ["a"])
        let weak = try scene.holder(of: "rbac.*.read_permission")
        let refused = try scene.refusal("getRole", ["role": id], as: weak)
        #expect(refused.kind == .insufficientPermissions)
        #expect(try scene.refusal("getRole", ["role": "none"], as: weak).bytes == refused.bytes)
        let foreign = try scene.refusal("getRole", ["role": id], as: scene.stranger())
        #expect(foreign.kind == .roleNotFound)
        let able = try scene.holder(of: "rbac.*.read_role")
        #expect(try scene.data("getRole", ["role": id], as: able)["permissions"]?.array?.count == 1)
        _ = try scene.data("deleteRole", ["role": id])
        #expect(try scene.refusal("getRole", ["role": id]).bytes == foreign.bytes)
    }

    @Test("listRoles: with permissions, by identifier, in pages of 1 to 100; a walk meets each one once")
    func list() throws {
        for number in 0..<101 { try scene.role("Role \(number)", number % 2 == 0 ? [] : ["a", "b"]) }
        let all = try scene.walk("listRoles", limit: 100)
        #expect(all.count == 101 && Set(all).count == 101)
        #expect(all == all.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        for limit in [1, 50] { #expect(try scene.walk("listRoles", limit: limit) == all) }
        let whole = try scene.bench.call("permissions.listRoles", as: scene.root)
        #expect(whole["pagination"] == ["hasMore": true, "cursor": .string(all[100])])
        for role in try #require(whole["data"]?.array) {
            #expect(try scene.data("getRole", ["role": try #require(role["id"])]) == role)
        }
        #expect(try scene.faults("listRoles", ["limit": 0]) == ["body.limit"])
        #expect(try scene.faults("listRoles", ["limit": 101]) == ["body.limit"])
        #expect(try scene.data("listRoles", ["cursor": "~"]) == [])
        #expect(try scene.faults("listRoles", ["cursor": 7]) == ["body.cursor"])
    }

    @Test("listRoles: search is a literal piece of id, name or description in any ASCII case, not of the permissions")
    func search() throws {
        let one = try scene.role("50% Off", ["needle"])
        let two = try scene.role("Sales", description: "half OFF, or 500")
        func found(_ search: String) throws -> [String] { try scene.walk("listRoles", limit: 1, search: search) }
        #expect(try found(" off ") == [one, two].compactMap(\.string).sorted())
        #expect(try found("50%") == [one.string ?? ""])
        #expect(try found("needle").isEmpty)
        #expect(try found(two.string?.dropFirst(5).lowercased() ?? "") == [two.string ?? ""])
        #expect(try scene.faults("listRoles", ["search": Scene.text(256)]).isEmpty)
        #expect(try scene.faults("listRoles", ["search": Scene.text(257)]) == ["body.search"])
    }

    @Test("listRoles: 403 also when there is nothing to list, never a 404; another workspace's roles are not on it")
    func listRefused() throws {
        let empty: JSONValue = ["data": [], "pagination": ["hasMore": false]]
        #expect(try scene.bench.call("permissions.listRoles", as: scene.root) == empty)
        #expect(
            try scene.refusal("listRoles", as: scene.holder(of: "rbac.*.read_permission")).kind
                == .insufficientPermissions
        )
        try scene.role("Role")
        #expect(try scene.bench.call("permissions.listRoles", as: scene.stranger()) == empty)
    }

    // MARK: - updateRole

    @Test(
        "updateRole: an omitted member stays, null or empty clears the description, a value sets; permissions are not shown"
    )
    func update() throws {
        let id = try scene.role("Old", ["a"], description: "more")
        func update(_ member: String, _ value: JSONValue) throws -> JSONValue {
            try scene.data(
                "updateRole",
                .object([JSONValue.Member(name: "role", value: id), JSONValue.Member(name: member, value: value)])
            )
        }
        #expect(try update("name", "New") == ["id": id, "name": "New", "description": "more"])
        #expect(try update("description", .null) == ["id": id, "name": "New"])
        #expect(try update("description", "less") == ["id": id, "name": "New", "description": "less"])
        #expect(try update("description", "") == ["id": id, "name": "New"])
        #expect(try scene.slugs(of: "new") == ["a"])
        #expect(try scene.refusal("getRole", ["role": "Old"]).kind == .roleNotFound)
        #expect(try scene.faults("updateRole", ["role": id, "permissions": []]) == ["body.permissions"])
        #expect(try scene.faults("updateRole", ["role": id, "name": .null]) == ["body.name"])
        #expect(try scene.faults("updateRole", ["role": id, "name": ""]) == ["body.name"])
        #expect(try scene.faults("updateRole", ["role": id, "name": Scene.text(129)]) == ["body.name"])
        #expect(try scene.faults("updateRole", ["role": id, "name": Scene.text(128)]).isEmpty)
        #expect(try scene.faults("updateRole", ["role": id, "description": Scene.text(513)]) == ["body.description"])
        #expect(try scene.faults("updateRole", ["role": id, "description": Scene.text(512)]).isEmpty)
    }

    @Test(
        "updateRole: nothing to change is a 200 without a write or an audit row; only the casing of its name is a change"
    )
    func updateNothing() throws {
        let id = try scene.role("Role", description: "more")
        let rows = try scene.audited { () throws in
            for params: JSONValue in [["role": "ROLE"], ["role": id, "name": "Role", "description": "more"]] {
                #expect(try scene.data("updateRole", params) == ["id": id, "name": "Role", "description": "more"])
            }
        }
        #expect(rows.isEmpty)
        let changed = try scene.audited { () throws in
            #expect(try scene.data("updateRole", ["role": id, "name": "ROLE"])["name"] == "ROLE")
        }
        #expect(changed == ["role.update \(id.string ?? "")"])
    }

    @Test("updateRole: another's name in any case is a 409, and nothing changes")
    func updateConflict() throws {
        try scene.role("Taken")
        let id = try scene.role("Mine")
        let rows = try scene.audited {
            let refusal = try scene.refusal("updateRole", ["role": id, "name": "tAKEN", "description": "new"])
            #expect(refusal.kind == .roleAlreadyExists && refusal.detail.contains("already exists"))
        }
        #expect(rows.isEmpty)
        #expect(try scene.data("getRole", ["role": id]) == ["id": id, "name": "Mine"])
    }

    @Test("updateRole: who may not write it gets the 404 of a missing one, to the byte, also where the name is taken")
    func updateMasked() throws {
        let id = try scene.role("Role")
        try scene.role("Taken")
        let params: JSONValue = ["role": id, "name": "Taken"]
        let weak = try scene.holder(
            of: "rbac.*.read_role",
            "unkey:v1:\(scene.workspace):projects/default/rbac/roles/role_other#write"
        )
        let masked = try scene.refusal("updateRole", params, as: weak)
        #expect(masked.kind == .roleNotFound)
        #expect(try scene.refusal("updateRole", params, as: scene.stranger()).bytes == masked.bytes)
        for grant in [
            "rbac.*.update_role", "unkey:v1:\(scene.workspace):projects/default/rbac/roles/\(id.string ?? "")#write",
        ] {
            #expect(try scene.refusal("updateRole", params, as: scene.holder(of: grant)).kind == .roleAlreadyExists)
        }
        _ = try scene.data("deleteRole", ["role": id])
        #expect(try scene.refusal("updateRole", params).bytes == masked.bytes)
    }

    // MARK: - deleteRole

    @Test("deleteRole: its name is free at once, a new role of that name has nothing, and the permissions stay")
    func delete() throws {
        let id = try scene.role("Role", ["a", "b"])
        let rows = try scene.audited { () throws in #expect(try scene.data("deleteRole", ["role": "ROLE"]) == [:]) }
        #expect(rows == ["role.delete \(id.string ?? "")"])
        #expect(try scene.data("listRoles") == [])
        #expect(try scene.data("listPermissions").array?.count == 2)
        let fresh = try scene.role("role")
        #expect(fresh != id)
        #expect(try scene.slugs(of: fresh).isEmpty)
    }

    @Test("deleteRole: 403 before the look-up; missing, another workspace's and the second time 404")
    func deleteRefused() throws {
        let id = try scene.role("Role")
        let weak = try scene.holder(of: "rbac.*.update_role")
        let refused = try scene.refusal("deleteRole", ["role": id], as: weak)
        #expect(refused.kind == .insufficientPermissions)
        #expect(try scene.refusal("deleteRole", ["role": "none"], as: weak).bytes == refused.bytes)
        let foreign = try scene.refusal("deleteRole", ["role": id], as: scene.stranger())
        #expect(try scene.data("deleteRole", ["role": id], as: scene.holder(of: "rbac.*.delete_role")) == [:])
        let rows = try scene.audited { () throws in
            #expect(try scene.refusal("deleteRole", ["role": id]).bytes == foreign.bytes)
        }
        #expect(foreign.kind == .roleNotFound && rows.isEmpty)
    }
}
