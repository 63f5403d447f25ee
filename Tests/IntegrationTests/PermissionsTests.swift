import Testing

extension Programs {
    @Suite struct PermissionsTests {
        @Test("a permission is made, found by id and by slug in any case, changed, listed and deleted")
        func permission() throws {
            try withDaemon { daemon in
                let client = try daemon.connect(try daemon.tenant().rootKey)
                let params: JSON = ["name": "Read invoices", "slug": "invoices.read", "description": "é\u{1F511}"]
                let id = try #require(try client.data("permissions.createPermission", params)["permissionId"])
                let stored = params.with("id", id)
                #expect(try client.data("permissions.getPermission", ["permission": "INVOICES.read"]) == stored)
                try client.refusal(409, "permission_already_exists", "permissions.createPermission", params)
                let change: JSON = ["permission": id, "slug": "invoices.view", "description": nil]
                let changed = stored.with("slug", "invoices.view").with("description", nil)
                #expect(try client.data("permissions.updatePermission", change) == changed)
                #expect(try client.data("permissions.listPermissions", ["search": "INVOICES"]) == [changed])
                #expect(try client.data("permissions.deletePermission", ["permission": id]) == [:])
                try client.refusal(404, "permission_not_found", "permissions.deletePermission", ["permission": id])
                #expect(try client.data("permissions.listPermissions") == [])
            }
        }

        @Test("a role is made with permissions, takes a new set, and goes")
        func role() throws {
            try withDaemon { daemon in
                let client = try daemon.connect(try daemon.tenant().rootKey)
                let params: JSON = [
                    "name": "Accounting", "permissions": ["invoices.read", "Invoices.READ", "ledger.close"],
                ]
                let id = try #require(try client.data("permissions.createRole", params)["roleId"])
                let role = try client.data("permissions.getRole", ["role": "accounting"])
                #expect(
                    role["permissions"]?.list?.compactMap { $0["slug"]?.text } == ["invoices.read", "ledger.close"]
                )
                let set: JSON = ["role": id, "permissions": ["ledger.close"]]
                let left = try client.data("permissions.setRolePermissions", set)
                #expect(left.list?.compactMap { $0["slug"]?.text } == ["ledger.close"])
                #expect(try client.data("permissions.setRolePermissions", set) == left)
                let renamed = try client.data("permissions.updateRole", ["role": "ACCOUNTING", "name": "Bookkeeping"])
                #expect(renamed == ["id": id, "name": "Bookkeeping"])
                #expect(try client.call("permissions.listRoles").rows.map { $0["id"] } == [id])
                try client.data("permissions.deleteRole", ["role": "Bookkeeping"])
                try client.refusal(404, "role_not_found", "permissions.getRole", ["role": id])
            }
        }

        @Test("changes of permissions and roles are there after kill -9, and parallel creations share a new permission")
        func durability() throws {
            let daemon = try DaemonProcess()
            let tenant = try daemon.tenant()
            let roles = try concurrently(16) { number in
                try daemon.connect(tenant.rootKey).data(
                    "permissions.createRole",
                    ["name": .text("role \(number)"), "permissions": ["shared", .text("own.\(number)")]]
                )
            }
            daemon.killNow()
            try daemon.start()
            let client = try daemon.connect(tenant.rootKey)
            #expect(try client.call("permissions.listRoles").rows.count == roles.count)
            #expect(try client.call("permissions.listPermissions").rows.count == roles.count + 1)
            try daemon.stop()
        }
    }
}
