import Testing

extension Programs {
    @Suite struct TrashTests {
        private static let hours48 = 48 * 60 * 60 * 1_000

        private struct Stock {
            let client: Client
            let desk: Client
            let workspace: JSON
            let api: JSON
            let keyID: JSON
            let key: JSON

            /// A tenant with an API and a key.
            init(_ daemon: DaemonProcess) throws {
                let tenant = try daemon.tenant()
                client = try daemon.connect(tenant.rootKey)
                desk = try daemon.operate()
                workspace = ["workspaceId": .text(tenant.workspace)]
                api = try #require(try client.data("apis.createApi", ["name": "billing"])["apiId"])
                let created = try client.data("keys.createKey", ["apiId": api])
                keyID = try #require(created["keyId"])
                key = try #require(created["key"])
            }

            func item(_ type: String, _ id: JSON) -> JSON { workspace.with("type", .text(type)).with("id", id) }

            func code(_ client: Client) throws -> String? {
                try client.data("keys.verifyKey", ["key": key])["code"]?.text
            }
        }

        @Test("an API is restored with its keys, and every connection sees it; its name taken, it is a 409")
        func restore() throws {
            try withDaemon { daemon in
                let stock = try Stock(daemon)
                let others = try (0..<4).map { _ in try daemon.connect(stock.client.auth) }
                #expect(try others.allSatisfy { try stock.code($0) == "VALID" })
                for _ in 0..<20 {
                    try stock.client.data("apis.deleteApi", ["apiId": stock.api])
                    #expect(try others.allSatisfy { try stock.code($0) == "NOT_FOUND" })
                    let items = try stock.desk.call("trash.listItems", stock.workspace).rows
                    #expect(items.map { $0["id"] } == [stock.api])
                    try stock.desk.data("trash.restoreItem", stock.item("api", stock.api))
                    #expect(try others.allSatisfy { try stock.code($0) == "VALID" })
                    try stock.desk.refusal(404, "api_not_found", "trash.restoreItem", stock.item("api", stock.api))
                }
                try stock.client.data("apis.deleteApi", ["apiId": stock.api])
                try stock.client.data("apis.createApi", ["name": "billing"])
                try stock.desk.refusal(409, "api_already_exists", "trash.restoreItem", stock.item("api", stock.api))
            }
        }

        @Test("the trash is the operator's: there is no such procedure on the API socket")
        func operatorOnly() throws {
            try withDaemon { daemon in
                let stock = try Stock(daemon)
                let calls = [("trash.listItems", stock.workspace), ("trash.restoreItem", stock.item("api", stock.api))]
                for (method, params) in calls { try stock.client.refusal(404, "procedure_not_found", method, params) }
            }
        }

        @Test("what was deleted 48 hours ago is purged by the daemon, with all it had; what was deleted later is not")
        func purge() throws {
            let daemon = try DaemonProcess()
            let stock = try Stock(daemon)
            let kept = try #require(try stock.client.data("apis.createApi", ["name": "kept"])["apiId"])
            try stock.client.data("keys.createKey", ["apiId": kept])
            for id in [stock.api, kept] { try stock.client.data("apis.deleteApi", ["apiId": id]) }
            let gone = try daemon.tenant()
            let inside = try daemon.connect(gone.rootKey)
            let api = try #require(try inside.data("apis.createApi", ["name": "billing"])["apiId"])
            for _ in 0..<5 { try inside.data("keys.createKey", ["apiId": api]) }
            try inside.data("identities.createIdentity", ["externalId": "acct"])
            try inside.data("permissions.createRole", ["name": "Accounting", "permissions": ["invoices.read"]])
            try stock.desk.data("workspaces.deleteWorkspace", ["workspaceId": .text(gone.workspace)])
            try daemon.stop()

            let age = "SET deleted_at_ms = deleted_at_ms - \(Self.hours48) WHERE id IN"
            try change(daemon.database, "UPDATE apis \(age) ('\(stock.api.text ?? "")')")
            try change(daemon.database, "UPDATE workspaces \(age) ('\(gone.workspace)')")
            try change(
                daemon.database,
                "UPDATE apis SET deleted_at_ms = deleted_at_ms - \(Self.hours48 - 600_000) WHERE id = '\(kept.text ?? "")'"
            )
            try daemon.start()
            let counted = ["apis", "keys", "workspaces", "identities", "roles", "permissions", "root_keys"]
            let query = "SELECT " + counted.map { "(SELECT count(*) FROM \($0))" }.joined(separator: " || ' ' || ")
            #expect(try eventually { try sqlite(daemon.database, query) == "1 1 1 0 0 0 1" })
            let desk = try daemon.operate()
            let client = try daemon.connect(stock.client.auth)
            try desk.refusal(404, "api_not_found", "trash.restoreItem", stock.item("api", stock.api))
            try desk.data("trash.restoreItem", stock.item("api", kept))
            #expect(try client.data("apis.getApi", ["apiId": kept])["name"] == "kept")
            #expect(try stock.code(client) == "NOT_FOUND")
            let audited =
                "SELECT count(*) FROM audit_log WHERE event IN ('api.delete', 'workspace.delete', 'api.restore')"
            #expect(try sqlite(daemon.database, audited) == "4")
            try daemon.connect(gone.rootKey).refusal(401, "key_not_found", "apis.createApi", ["name": "nobody"])
            try daemon.stop()
        }

        @Test("a key that was deleted is restored, but not before its API; verified on every connection")
        func key() throws {
            let daemon = try DaemonProcess()
            let stock = try Stock(daemon)
            try stock.client.data("apis.deleteApi", ["apiId": stock.api])
            try daemon.stop()
            try change(daemon.database, "UPDATE keys SET deleted_at_ms = (SELECT max(deleted_at_ms) FROM apis)")
            try daemon.start()
            let desk = try daemon.operate()
            let client = try daemon.connect(stock.client.auth)
            let item = try #require(try desk.call("trash.listItems", stock.workspace.with("type", "key")).rows.first)
            #expect(item["id"] == stock.keyID && item["start"]?.text?.isEmpty == false)
            let refusal = try desk.refusal(
                412,
                "precondition_failed",
                "trash.restoreItem",
                stock.item("key", stock.keyID)
            )
            #expect(refusal.detail.contains(stock.api.text ?? "?"))
            try desk.data("trash.restoreItem", stock.item("api", stock.api))
            #expect(try stock.code(client) == "NOT_FOUND")
            try desk.data("trash.restoreItem", stock.item("key", stock.keyID))
            #expect(try stock.code(client) == "VALID")
            try daemon.stop()
        }
    }
}

/// Changes a database that no daemon has open, through Python's own SQLite.
private func change(_ path: String, _ statement: String) throws {
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
    let ending = try Program.run("/usr/bin/python3", ["-c", script, path, statement])
    guard ending.status == 0 else { throw Failure(ending.complaint) }
}
