import JSONSyntax
import ProtocolWire
import Testing

@Suite struct PermissionTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    // MARK: - Shapes

    @Test("a slug has 1 to 128 of its characters, any of them first; * is a plain one")
    func slugs() throws {
        func faults(_ slug: JSONValue) throws -> [String] {
            try scene.faults("createPermission", ["name": "n", "slug": slug])
        }
        for slug in ["a", "9", "*", "-", ".", ":", "_", "aZ09_:-.*", "invoices.*"] {
            #expect(try faults(.string(slug)).isEmpty, "\(slug)")
        }
        #expect(try faults(Scene.text(128)).isEmpty)
        for slug in ["", " ", "a b", "a/b", "a#b", "\u{E9}", "a\u{0}", "a\n"] {
            #expect(try faults(.string(slug)) == ["body.slug"], "\(slug)")
        }
        #expect(try faults(Scene.text(129)) == ["body.slug"])
        #expect(try faults(.null) == ["body.slug"])
        _ = try scene.data("createPermission", ["name": "n", "slug": "no.pattern"])
        #expect(try scene.refusal("getPermission", ["permission": "no.*"]).kind == .permissionNotFound)
    }

    @Test("a name has 1 to 512 code points, a description up to 512; neither is trimmed, null is refused")
    func texts() throws {
        var number = 0
        func faults(_ member: String, _ value: JSONValue) throws -> [String] {
            number += 1
            let members =
                [("name", "n"), ("slug", .string("s\(number)"))].filter { $0.0 != member } + [(member, value)]
            return try scene.faults(
                "createPermission",
                .object(members.map { JSONValue.Member(name: $0.0, value: $0.1) })
            )
        }
        #expect(try faults("name", "") == ["body.name"])
        #expect(try faults("name", Scene.text(512, of: "\u{1F511}")).isEmpty)
        #expect(try faults("name", Scene.text(513)) == ["body.name"])
        #expect(try faults("name", .null) == ["body.name"])
        #expect(try faults("description", "").isEmpty)
        #expect(try faults("description", Scene.text(512, of: "\u{E9}")).isEmpty)
        #expect(try faults("description", Scene.text(513)) == ["body.description"])
        #expect(try faults("description", .null) == ["body.description"])
        #expect(try faults("colour", "red") == ["body.colour"])
        let name: JSONValue = " e\u{301}\u{0}\u{1F511} "
        _ = try scene.data("createPermission", ["name": name, "slug": "exact"])
        let stored = try #require(try scene.data("getPermission", ["permission": "exact"])["name"]?.string)
        #expect(Array(stored.utf8) == Array((name.string ?? "").utf8))
    }

    @Test("every request object is closed, and what is required is required")
    func closed() throws {
        let methods: [(String, JSONValue, [String])] = [
            ("createPermission", ["x": 1], ["body.x", "body.name", "body.slug"]),
            ("getPermission", ["x": 1], ["body.x", "body.permission"]),
            ("listPermissions", ["x": 1], ["body.x"]),
            ("updatePermission", ["x": 1], ["body.x", "body.permission"]),
            ("deletePermission", ["x": 1], ["body.x", "body.permission"]),
            ("createRole", ["x": 1], ["body.x", "body.name"]),
            ("getRole", ["x": 1], ["body.x", "body.role"]),
            ("listRoles", ["x": 1], ["body.x"]),
            ("updateRole", ["x": 1], ["body.x", "body.role"]),
            ("deleteRole", ["x": 1], ["body.x", "body.role"]),
            ("setRolePermissions", ["x": 1], ["body.x", "body.permissions"]),
        ]
        for (method, params, locations) in methods {
            #expect(try scene.faults(method, params) == locations, "\(method)")
        }
    }

    @Test("addressing: the identifier is tried first and exactly, then the slug without regard to ASCII case")
    func addressing() throws {
        let id = try scene.permission("Invoices.Read")
        for text in ["Invoices.Read", "INVOICES.read", id.string ?? ""] {
            #expect(try scene.data("getPermission", ["permission": .string(text)])["id"] == id)
        }
        let shouted = (id.string ?? "").uppercased()
        #expect(try scene.refusal("getPermission", ["permission": .string(shouted)]).kind == .permissionNotFound)
        let other = try scene.permission(id.string ?? "")
        #expect(try scene.data("getPermission", ["permission": id])["id"] == id, "the identifier wins")
        let named = try scene.data("getPermission", ["permission": .string(shouted)])
        #expect(named["id"] == other, "in another case it is no identifier, but the other one's slug")
    }

    @Test("a description is shown only when it is not empty")
    func descriptions() throws {
        let id = try scene.permission("a", named: "A")
        #expect(try scene.data("getPermission", ["permission": id]) == ["id": id, "name": "A", "slug": "a"])
        let other = try scene.permission("b", named: "B", description: "more")
        #expect(
            try scene.data("getPermission", ["permission": other])
                == ["id": other, "name": "B", "slug": "b", "description": "more"]
        )
    }

    // MARK: - createPermission

    @Test(
        "createPermission: a taken slug is a 409 in any case and says that it already exists; the same name twice is fine"
    )
    func create() throws {
        let rows = try scene.audited {
            let id = try scene.permission("invoices.read", named: "Read")
            #expect(id.string?.hasPrefix("perm_") == true)
        }
        #expect(rows.count == 1 && rows[0].hasPrefix("permission.create perm_"))
        let refused = try scene.audited {
            for slug in ["invoices.read", "Invoices.READ"] {
                let refusal = try scene.refusal("createPermission", ["name": "Read", "slug": .string(slug)])
                #expect(refusal.kind == .permissionAlreadyExists && refusal.detail.contains("already exists"))
            }
        }
        #expect(refused.isEmpty)
        try scene.permission("invoices.write", named: "Read")
        let stranger = try scene.stranger()
        _ = try scene.data("createPermission", ["name": "Read", "slug": "INVOICES.read"], as: stranger)
    }

    @Test("createPermission: without the permission 403, before it is told that the slug is taken")
    func createRefused() throws {
        try scene.permission("invoices.read")
        let weak = try scene.holder(of: "rbac.*.read_permission", "rbac.*")
        for slug in ["invoices.read", "other"] {
            let refusal = try scene.refusal("createPermission", ["name": "n", "slug": .string(slug)], as: weak)
            #expect(refusal.kind == .insufficientPermissions)
            #expect(refusal.detail == "Missing permission: 'rbac.*.create_permission'")
        }
        #expect(try scene.data("listPermissions").array?.count == 1)
        let able = try scene.holder(of: "rbac.*.create_permission")
        _ = try scene.data("createPermission", ["name": "n", "slug": "other"], as: able)
    }

    // MARK: - getPermission

    @Test("getPermission: 403 before the look-up, and a missing, a deleted and another workspace's are one 404")
    func get() throws {
        let id = try scene.permission("invoices.read")
        let weak = try scene.holder(of: "rbac.*.read_role")
        let refused = try scene.refusal("getPermission", ["permission": id], as: weak)
        #expect(refused.kind == .insufficientPermissions)
        #expect(try scene.refusal("getPermission", ["permission": "none"], as: weak).bytes == refused.bytes)
        let foreign = try scene.refusal("getPermission", ["permission": id], as: scene.stranger())
        #expect(foreign.kind == .permissionNotFound)
        _ = try scene.data("deletePermission", ["permission": id])
        #expect(try scene.refusal("getPermission", ["permission": id]).bytes == foreign.bytes)
        let able = try scene.holder(of: "rbac.*.read_permission")
        #expect(try scene.refusal("getPermission", ["permission": id], as: able).bytes == foreign.bytes)
    }

    // MARK: - listPermissions

    @Test("listPermissions: by identifier, in pages of 1 to 100, 100 where nothing is said; a walk meets each one once")
    func list() throws {
        for number in 0..<101 { try scene.permission("slug-\(number)") }
        let whole = try scene.bench.call("permissions.listPermissions", as: scene.root)
        #expect(whole["data"]?.array?.count == 100 && whole["pagination"]?["hasMore"] == true)
        let all = try scene.walk("listPermissions", limit: 100)
        #expect(all.count == 101 && Set(all).count == 101)
        #expect(all == all.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        #expect(whole["pagination"]?["cursor"] == .string(all[100]), "the cursor is the first row of the next page")
        for limit in [1, 50, 99] { #expect(try scene.walk("listPermissions", limit: limit) == all, "limit \(limit)") }
        #expect(try scene.faults("listPermissions", ["limit": 0]) == ["body.limit"])
        #expect(try scene.faults("listPermissions", ["limit": 101]) == ["body.limit"])
        #expect(try scene.data("listPermissions", ["cursor": "", "limit": 1]).ids == [all[0]])
        #expect(try scene.data("listPermissions", ["cursor": "~"]) == [])
        #expect(try scene.faults("listPermissions", ["cursor": Scene.text(1_024)]).isEmpty)
        #expect(try scene.faults("listPermissions", ["cursor": Scene.text(1_025)]) == ["body.cursor"])
        #expect(try scene.faults("listPermissions", ["cursor": 7]) == ["body.cursor"])
        #expect(try scene.faults("listPermissions", ["cursor": .null]) == ["body.cursor"])
    }

    @Test("listPermissions: rows that come or go between two pages neither repeat nor hide others")
    func listWhileChanging() throws {
        for number in 0..<10 { try scene.permission("slug-\(number)") }
        let all = try scene.walk("listPermissions", limit: 100)
        let first = try scene.bench.call("permissions.listPermissions", ["limit": 4], as: scene.root)
        let cursor = try #require(first["pagination"]?["cursor"])
        #expect(cursor == .string(all[4]))
        for id in [all[0], all[4]] { _ = try scene.data("deletePermission", ["permission": .string(id)]) }
        #expect(try scene.data("listPermissions", ["cursor": cursor]).ids == Array(all[5...]))
    }

    @Test(
        "listPermissions: search is a literal piece of id, name, slug or description in any ASCII case; with the cursor too"
    )
    func search() throws {
        let one = try scene.permission("invoices.read", named: "100% sure")
        let two = try scene.permission("ledger_close", named: "Close", description: "the LEDGER of invoices")
        let three = try scene.permission("a-b", named: "1000 sure")
        func found(_ search: String) throws -> Set<String> {
            Set(try scene.data("listPermissions", ["search": .string(search)]).ids)
        }
        func ids(_ values: JSONValue...) -> Set<String> { Set(values.compactMap(\.string)) }
        #expect(try found("INVOICES") == ids(one, two))
        #expect(try found("  voices ") == ids(one, two))
        #expect(try found("100%") == ids(one))
        #expect(try found("r_c") == ids(two))
        #expect(try found("_") == ids(one, two, three), "every identifier has one")
        #expect(try found(one.string?.dropFirst(5).uppercased() ?? "") == ids(one))
        #expect(try found("%") == ids(one))
        #expect(try found("\\").isEmpty)
        for blank in ["", "  "] { #expect(try found(blank) == ids(one, two, three)) }
        #expect(try scene.walk("listPermissions", limit: 1, search: "sure") == ids(one, three).sorted())
        #expect(try scene.faults("listPermissions", ["search": Scene.text(256)]).isEmpty)
        #expect(try scene.faults("listPermissions", ["search": Scene.text(257)]) == ["body.search"])
        #expect(try scene.faults("listPermissions", ["search": .null]) == ["body.search"])
    }

    @Test(
        "listPermissions: 403 also when there is nothing to list; another workspace's and root keys' permissions are not on it"
    )
    func listRefused() throws {
        let empty: JSONValue = ["data": [], "pagination": ["hasMore": false]]
        #expect(try scene.bench.call("permissions.listPermissions", as: scene.root) == empty)
        let weak = try scene.holder(of: "rbac.*.create_permission")
        #expect(try scene.refusal("listPermissions", as: weak).kind == .insufficientPermissions)
        try scene.permission("invoices.read")
        #expect(try scene.bench.call("permissions.listPermissions", as: scene.stranger()) == empty)
    }

    // MARK: - updatePermission

    @Test("updatePermission: an omitted member stays, null or empty clears the description, a value sets")
    func update() throws {
        let id = try scene.permission("a", named: "A", description: "more")
        func update(_ members: (String, JSONValue)...) throws -> JSONValue {
            try scene.data(
                "updatePermission",
                .object(([("permission", id)] + members).map { JSONValue.Member(name: $0.0, value: $0.1) })
            )
        }
        #expect(try update(("name", "B")) == ["id": id, "name": "B", "slug": "a", "description": "more"])
        #expect(try update(("description", .null)) == ["id": id, "name": "B", "slug": "a"])
        #expect(try update(("description", "less")) == ["id": id, "name": "B", "slug": "a", "description": "less"])
        #expect(try update(("description", "")) == ["id": id, "name": "B", "slug": "a"])
        #expect(try update(("slug", "b")) == ["id": id, "name": "B", "slug": "b"])
        #expect(try scene.data("getPermission", ["permission": "b"]) == ["id": id, "name": "B", "slug": "b"])
        #expect(try scene.refusal("getPermission", ["permission": "a"]).kind == .permissionNotFound)
        for (member, value) in [("name", JSONValue.null), ("slug", .null), ("name", ""), ("slug", "")] {
            let params: JSONValue = .object([
                JSONValue.Member(name: "permission", value: id), JSONValue.Member(name: member, value: value),
            ])
            #expect(try scene.faults("updatePermission", params) == ["body.\(member)"])
        }
        for (member, length) in [("name", 512), ("slug", 128), ("description", 512)] {
            for (count, locations) in [(length, []), (length + 1, ["body.\(member)"])] {
                let params: JSONValue = .object([
                    JSONValue.Member(name: "permission", value: id),
                    JSONValue.Member(name: member, value: Scene.text(count)),
                ])
                #expect(try scene.faults("updatePermission", params) == locations)
            }
        }
    }

    @Test("updatePermission: nothing to change is a 200 without a write or an audit row")
    func updateNothing() throws {
        let id = try scene.permission("a", named: "A", description: "more")
        let whole: JSONValue = ["id": id, "name": "A", "slug": "a", "description": "more"]
        let rows = try scene.audited { () throws in
            #expect(try scene.data("updatePermission", ["permission": "A"]) == whole)
            #expect(
                try scene.data(
                    "updatePermission",
                    ["permission": id, "name": "A", "slug": "a", "description": "more"]
                ) == whole
            )
        }
        #expect(rows.isEmpty)
        let changed = try scene.audited { _ = try scene.data("updatePermission", ["permission": id, "name": "B"]) }
        #expect(changed == ["permission.update \(id.string ?? "")"])
    }

    @Test("updatePermission: an accent spelt in another way is a change")
    func updateSpelling() throws {
        let id = try scene.permission("a", named: "\u{E9}")
        let rows = try scene.audited {
            _ = try scene.data("updatePermission", ["permission": id, "name": "e\u{301}"])
        }
        #expect(rows.count == 1)
    }

    @Test("updatePermission: its own slug again, or in another case, is fine and the new spelling is stored")
    func updateCase() throws {
        let id = try scene.permission("invoices.read")
        #expect(
            try scene.data("updatePermission", ["permission": id, "slug": "Invoices.Read"])["slug"] == "Invoices.Read"
        )
        #expect(
            try scene.data("updatePermission", ["permission": "INVOICES.READ", "slug": "Invoices.Read"])["slug"]
                == "Invoices.Read"
        )
        #expect(try scene.data("getPermission", ["permission": id])["slug"] == "Invoices.Read")
    }

    @Test("updatePermission: another's slug in any case is a 409, and nothing changes, also not the name")
    func updateConflict() throws {
        try scene.permission("taken")
        let id = try scene.permission("mine", named: "old")
        let rows = try scene.audited {
            let refusal = try scene.refusal("updatePermission", ["permission": id, "slug": "TAKEN", "name": "new"])
            #expect(refusal.kind == .permissionAlreadyExists)
        }
        #expect(rows.isEmpty)
        #expect(try scene.data("getPermission", ["permission": id]) == ["id": id, "name": "old", "slug": "mine"])
    }

    @Test(
        "updatePermission: who may not write it gets the 404 of a missing one, to the byte, also where the slug is taken"
    )
    func updateMasked() throws {
        let id = try scene.permission("invoices.read")
        try scene.permission("taken")
        for text in [id, "invoices.read"] {
            let params: JSONValue = ["permission": text, "slug": "taken"]
            let weak = try scene.holder(
                of: "rbac.*.read_permission",
                "unkey:v1:\(scene.workspace):projects/default/rbac/permissions/perm_other#write"
            )
            let masked = try scene.refusal("updatePermission", params, as: weak)
            #expect(masked.kind == .permissionNotFound)
            #expect(try scene.refusal("updatePermission", params, as: scene.stranger()).bytes == masked.bytes)
        }
        let params: JSONValue = ["permission": id, "slug": "taken"]
        let masked = try scene.refusal("updatePermission", params, as: scene.holder())
        _ = try scene.data("deletePermission", ["permission": id])
        #expect(try scene.refusal("updatePermission", params).bytes == masked.bytes)
    }

    @Test("updatePermission: the URN on it, one that covers it, and rbac.*.update_permission each open it")
    func updateAllowed() throws {
        let id = try scene.permission("a").string ?? ""
        let head = "unkey:v1:\(scene.workspace):"
        let grants = [
            head + "projects/default/rbac/permissions/\(id)#write", head + "projects/*/rbac/permissions/*#write",
            head + "projects/**#write", head + "**#*", "rbac.*.update_permission",
        ]
        for (number, grant) in grants.enumerated() {
            let name = JSONValue.string("name \(number)")
            let reply = try scene.data(
                "updatePermission",
                ["permission": "A", "name": name],
                as: scene.holder(of: grant)
            )
            #expect(reply["name"] == name, "\(grant)")
        }
        for grant in [head + "projects/default/rbac/permissions/\(id)#read", head + "rbac/permissions/\(id)#write"] {
            #expect(
                try scene.refusal("updatePermission", ["permission": "a"], as: scene.holder(of: grant)).kind
                    == .permissionNotFound
            )
        }
    }

    @Test(
        "updatePermission: roles keep it and show the new slug; where the text is one's id and another's slug, the id wins"
    )
    func updateReferences() throws {
        let id = try scene.permission("old")
        let role = try scene.role("Role", ["old"])
        _ = try scene.data("updatePermission", ["permission": id, "slug": "new"])
        #expect(try scene.slugs(of: role) == ["new"])
        let namesake = try scene.permission(id.string ?? "")
        #expect(try scene.data("updatePermission", ["permission": id, "name": "won"])["id"] == id)
        #expect(try scene.data("getPermission", ["permission": namesake])["name"] == "label")
    }

    // MARK: - deletePermission

    @Test(
        "deletePermission: gone at once from every role, its slug is free, and a new one of that slug is attached to nothing"
    )
    func delete() throws {
        let role = try scene.role("Role", ["a", "b"])
        let id = try #require(try scene.data("getPermission", ["permission": "A"])["id"])
        let rows = try scene.audited { () throws in
            #expect(try scene.data("deletePermission", ["permission": id]) == [:])
        }
        #expect(rows == ["permission.delete \(id.string ?? "")"])
        #expect(try scene.slugs(of: role) == ["b"])
        #expect(try scene.data("listRoles").array?[0]["permissions"]?.array?.count == 1)
        #expect(try !scene.data("listPermissions").ids.contains(id.string ?? ""))
        let fresh = try scene.permission("A")
        #expect(fresh != id)
        #expect(try scene.slugs(of: role) == ["b"])
    }

    @Test("deletePermission: 403 before the look-up; missing, another workspace's and the second time 404")
    func deleteRefused() throws {
        let id = try scene.permission("a")
        let weak = try scene.holder(of: "rbac.*.update_permission")
        let refused = try scene.refusal("deletePermission", ["permission": id], as: weak)
        #expect(refused.kind == .insufficientPermissions)
        #expect(try scene.refusal("deletePermission", ["permission": "none"], as: weak).bytes == refused.bytes)
        #expect(try scene.refusal("deletePermission", ["permission": "none"]).kind == .permissionNotFound)
        let foreign = try scene.refusal("deletePermission", ["permission": id], as: scene.stranger())
        let able = try scene.holder(of: "rbac.*.delete_permission")
        #expect(try scene.data("deletePermission", ["permission": id], as: able) == [:])
        let rows = try scene.audited { () throws in
            #expect(try scene.refusal("deletePermission", ["permission": id]).bytes == foreign.bytes)
        }
        #expect(foreign.kind == .permissionNotFound && rows.isEmpty)
    }
}
