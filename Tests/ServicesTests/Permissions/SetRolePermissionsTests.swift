import JSONSyntax
import ProtocolWire
import Testing

@Suite struct SetRolePermissionsTests {
    private let scene: Scene
    private let role: JSONValue

    init() throws {
        scene = try Scene()
        role = try scene.role("Accounting", ["invoices.export", "Invoices.Read"])
    }

    private func set(_ slugs: JSONValue, as key: String? = nil) throws -> JSONValue {
        try scene.data("setRolePermissions", ["role": role, "permissions": slugs], as: key)
    }

    private func slugs(_ reply: JSONValue) -> [String] {
        reply.array?.compactMap { $0["slug"]?.string } ?? []
    }

    @Test("role or roleId, identifier or name in any case; neither or both is a fault at body.role")
    func addressing() throws {
        for member in ["role", "roleId"] {
            for text in [role, "Accounting", "aCCOUNTING"] {
                let params: JSONValue = .object([
                    JSONValue.Member(name: member, value: text), JSONValue.Member(name: "permissions", value: ["a"]),
                ])
                #expect(try slugs(scene.data("setRolePermissions", params)) == ["a"])
            }
        }
        #expect(try scene.faults("setRolePermissions", ["permissions": []]) == ["body.role"])
        #expect(
            try scene.faults("setRolePermissions", ["role": role, "roleId": role, "permissions": []]) == ["body.role"]
        )
        for value in [JSONValue.string(""), Scene.text(129), .null] {
            #expect(try scene.faults("setRolePermissions", ["role": value, "permissions": []]) == ["body.role"])
            #expect(try scene.faults("setRolePermissions", ["roleId": value, "permissions": []]) == ["body.roleId"])
        }
        #expect(try scene.faults("setRolePermissions", ["role": role]) == ["body.permissions"])
        #expect(try scene.faults("setRolePermissions", ["role": role, "permissions": .null]) == ["body.permissions"])
        #expect(try scene.faults("setRolePermissions", ["role": role, "permissions": [""]]) == ["body.permissions[0]"])
    }

    @Test(
        "the whole set is replaced; the reply is what the role has now, in the stored spelling, by slug, without pagination"
    )
    func replace() throws {
        let reply = try scene.bench.call(
            "permissions.setRolePermissions",
            ["role": role, "permissions": ["zebra", "INVOICES.read", "Apple", "ZEBRA", "apple"]],
            as: scene.root
        )
        #expect(reply["pagination"] == nil)
        let data = try #require(reply["data"])
        #expect(slugs(data) == ["Apple", "Invoices.Read", "zebra"])
        #expect(data.array?[2]["name"] == "zebra" && data.array?[2]["description"] == nil)
        #expect(try scene.data("getRole", ["role": role])["permissions"] == data)
        #expect(try set([]) == [])
        #expect(try scene.data("getRole", ["role": role])["permissions"] == nil)
        #expect(try scene.data("listPermissions").array?.count == 4, "permissions stay when they leave a role")
    }

    @Test("an identifier among the permissions is a slug of that spelling")
    func identifiers() throws {
        let id = try #require(try scene.data("getPermission", ["permission": "invoices.export"])["id"])
        let data = try set([id])
        #expect(slugs(data) == [id.string ?? ""] && data.array?[0]["id"] != id)
    }

    @Test("one audit row for each permission that comes or goes, on one request; a repeat writes none")
    func audit() throws {
        func id(_ slug: String) throws -> String {
            try scene.data("getPermission", ["permission": .string(slug)])["id"]?.string ?? ""
        }
        let rows = try scene.audited { _ = try set(["invoices.read", "ledger.close"]) }
        let name = role.string ?? ""
        #expect(
            try rows == [
                "permission.create \(id("ledger.close"))",
                "authorization.connect_permission_and_role \(id("ledger.close")) \(name)",
                "authorization.disconnect_permission_and_role \(id("invoices.export")) \(name)",
            ]
        )
        let requests = try scene.bench.requests(of: rows.count)
        #expect(Set(requests).count == 1)
        #expect(try scene.audited { _ = try set(["LEDGER.close", "invoices.READ", "ledger.close"]) }.isEmpty)
    }

    @Test("adding and removing are needed both, also to clear or to add only; creating only where a slug is unknown")
    func refused() throws {
        let add = "rbac.*.add_permission_to_role"
        let remove = "rbac.*.remove_permission_from_role"
        func refusal(_ role: JSONValue, _ slugs: JSONValue, _ grants: [String]) throws -> Problem {
            let key = try scene.bench.rootKey(in: scene.workspace, grants).secret
            return try scene.refusal("setRolePermissions", ["role": role, "permissions": slugs], as: key)
        }
        for role in [role, "nobody"] {
            for slugs: JSONValue in [[], ["invoices.read"]] {
                #expect(try refusal(role, slugs, [remove]).detail == "Missing permission: '\(add)'")
                #expect(try refusal(role, slugs, [add]).detail == "Missing permission: '\(remove)'")
            }
        }
        #expect(try refusal("nobody", ["new"], [add, remove]).kind == .roleNotFound)
        let rows = try scene.audited {
            let uncreated = try refusal(role, ["invoices.read", "new"], [add, remove])
            #expect(
                uncreated.detail == "Missing permission: 'rbac.*.create_permission' or "
                    + "'unkey:v1:\(scene.workspace):rbac/permissions/*#create_permission'"
            )
        }
        #expect(rows.allSatisfy { $0.hasPrefix("rootKey.create") })
        #expect(try scene.slugs(of: role) == ["Invoices.Read", "invoices.export"])
        #expect(try scene.data("listPermissions").array?.count == 2)
        #expect(try slugs(set(["invoices.READ"], as: scene.holder(of: add, remove))) == ["Invoices.Read"])
        let creating = ["rbac.*.create_permission", "unkey:v1:\(scene.workspace):rbac/permissions/*#create_permission"]
        for (number, grant) in creating.enumerated() {
            let reply = try set([.string("new.\(number)")], as: scene.holder(of: add, remove, grant))
            #expect(slugs(reply) == ["new.\(number)"])
        }
    }

    @Test("another workspace's role is a missing one, to the byte")
    func foreign() throws {
        let params: JSONValue = ["role": role, "permissions": ["new"]]
        let foreign = try scene.refusal("setRolePermissions", params, as: scene.stranger())
        #expect(foreign.kind == .roleNotFound)
        _ = try scene.data("deleteRole", ["role": role])
        #expect(try scene.refusal("setRolePermissions", params).bytes == foreign.bytes)
        #expect(try scene.data("listPermissions", ["search": "new"]) == [])
    }
}
