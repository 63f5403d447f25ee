import Testing

extension Programs {
    /// `conventions.md` §9, on each list that can grow.
    @Suite struct PagingTests {
        private func ids(_ rows: [JSON]) -> [String] {
            rows.compactMap { ($0["workspaceId"] ?? $0["keyId"])?.text }
        }

        private func check(_ method: String, _ base: JSON, on desk: Client, whole: [String]) throws {
            let sorted = whole.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(ids(try desk.call(method, base).rows) == sorted)
            for limit in [1, 2, whole.count - 1, whole.count, whole.count + 1] {
                var shown: [String] = []
                var cursor: JSON?
                repeat {
                    let page = try desk.call(method, base.with("limit", .integer(Int64(limit))).with("cursor", cursor))
                    #expect(page.rows.count <= limit)
                    if page.hasMore { #expect(page.rows.count == limit) }
                    shown += ids(page.rows)
                    cursor = page.cursor.map(JSON.text)
                    if let next = page.cursor {
                        #expect(sorted.dropFirst(shown.count).first == next, "the next page's first row")
                    }
                } while cursor != nil
                #expect(shown == sorted)
            }
            let end = try desk.call(method, base.with("cursor", "zzzz"))
            #expect(end.rows.isEmpty && !end.hasMore)
            #expect(ids(try desk.call(method, base.with("cursor", "")).rows) == sorted)
            let faults: [(String, JSON)] = [
                ("limit", 0), ("limit", 101), ("limit", "1"), ("limit", nil), ("limit", .number(1.5)), ("cursor", 1),
                ("cursor", nil),
            ]
            for (name, value) in faults {
                #expect(
                    try desk.refusal(400, "invalid_input", method, base.with(name, value)).locations == ["body.\(name)"]
                )
            }
        }

        @Test("pages are in the order of identifiers, whole, without repeats; a made-up cursor is a lower bound")
        func pages() throws {
            try withDaemon { daemon in
                let desk = try daemon.operate()
                let empty = try desk.call("workspaces.listWorkspaces")
                #expect(empty.rows.isEmpty && !empty.hasMore)
                let workspaces = try (0..<7).map { _ in
                    try desk.data("workspaces.createWorkspace", ["name": "w"])["workspaceId"]?.text ?? ""
                }
                try check("workspaces.listWorkspaces", [:], on: desk, whole: workspaces)
                let base: JSON = ["workspaceId": .text(workspaces[0])]
                let keys = try (0..<7).map { _ in
                    try desk.data("rootKeys.createKey", base.with("permissions", []))["keyId"]?.text ?? ""
                }
                try check("rootKeys.listKeys", base, on: desk, whole: keys)
            }
        }

        @Test("a made-up cursor is a lower bound however long it is, save where the page of the reference bounds it")
        func longCursors() throws {
            try withDaemon { daemon in
                let scene = try Scene(daemon)
                let workspace: JSON = ["workspaceId": .text(scene.tenant.workspace)]
                let api = try scene.api()
                try scene.caller.data("keys.createKey", ["apiId": api])
                try scene.caller.data("apis.deleteApi", ["apiId": try scene.api()])
                _ = try (scene.identity(), scene.migration(), scene.permission(), scene.role())
                let namespace = try scene.override(for: "a")
                for (client, method, params) in [
                    (scene.caller, "apis.listKeys", ["apiId": api]), (scene.caller, "identities.listIdentities", [:]),
                    (scene.caller, "ratelimit.listOverrides", ["namespace": namespace]),
                    (scene.desk, "workspaces.listWorkspaces", [:]),
                    (scene.desk, "migrations.listMigrations", workspace), (scene.desk, "trash.listItems", workspace),
                ] as [(Client, String, JSON)] {
                    let before = try client.call(method, params.with("cursor", Self.text("0", 100_000)))
                    #expect(before.rows.count == 1, "\(method)")
                    let behind = try client.call(method, params.with("cursor", Self.text("~", 100_000)))
                    #expect(behind.status == 200 && behind.rows.isEmpty && !behind.hasMore, "\(method)")
                }
                for (method, charactersMax) in [
                    ("permissions.listPermissions", 1_024), ("permissions.listRoles", 1_024),
                    ("rootKeys.listKeys", 256),
                ] {
                    let before = try scene.caller.call(method, ["cursor": Self.text("0", charactersMax)])
                    #expect(before.rows.count == 1, "\(method)")
                    let long: JSON = ["cursor": Self.text("0", charactersMax + 1)]
                    let refusal = try scene.caller.refusal(400, "invalid_input", method, long)
                    #expect(refusal.locations == ["body.cursor"], "\(method)")
                }
            }
        }

        private static func text(_ character: Character, _ count: Int) -> JSON {
            .text(String(repeating: character, count: count))
        }

        @Test("a page has 100 rows at most and by default; a row deleted between pages hides no other")
        func defaults() throws {
            try withDaemon { daemon in
                let desk = try daemon.operate()
                for id in 0..<205 {
                    try desk.send("workspaces.createWorkspace", ["name": "w"], id: .integer(Int64(id)))
                }
                let all = try (0..<205).map { _ in try desk.receive().data?["workspaceId"]?.text ?? "" }.sorted()
                let first = try desk.call("workspaces.listWorkspaces")
                #expect(ids(first.rows) == Array(all[..<100]))
                #expect(first.cursor == all[100])
                try desk.data("workspaces.deleteWorkspace", ["workspaceId": .text(all[100])])
                try desk.data("workspaces.deleteWorkspace", ["workspaceId": .text(all[50])])
                let second = try desk.call("workspaces.listWorkspaces", ["limit": 100, "cursor": .text(all[100])])
                #expect(ids(second.rows) == Array(all[101..<201]))
                let third = try desk.call("workspaces.listWorkspaces", ["cursor": .text(second.cursor ?? "")])
                #expect(ids(third.rows) == Array(all[201...]))
                #expect(third.cursor == nil)
            }
        }
    }
}
