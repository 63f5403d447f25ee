import Testing

extension Programs {
    /// What the verbs promise (`protocol/verbs.md` §1), held against every procedure of both sockets by its declaration.
    @Suite struct TaxonomyTests {
        fileprivate func withProcedures(
            _ isMeant: (SampledProcedure) -> Bool,
            _ body: (SampledProcedure, DaemonProcess) throws -> Void
        ) throws {
            try withDaemon { daemon in
                let procedures = try Samples.procedures(in: try Scene(daemon)).filter(isMeant)
                #expect(!procedures.isEmpty)
                for procedure in procedures { try body(procedure, daemon) }
            }
        }

        /// Calls a procedure that has to succeed, and says whether anything has changed in the database, audit rows included.
        @discardableResult
        fileprivate func changes(
            _ procedure: SampledProcedure,
            _ params: JSON,
            _ daemon: DaemonProcess,
            _ location: SourceLocation = #_sourceLocation
        ) throws -> Bool {
            let before = try daemon.state()
            let reply = try procedure.call(params)
            #expect(reply.status == 200, "\(procedure) with \(params): \(reply.detail)", sourceLocation: location)
            return try daemon.state() != before
        }

        @Test("every procedure has a verb that is held to something here, or one of the domain")
        func verbs() throws {
            let standard: Set = ["create", "get", "list", "update", "delete", "add", "remove", "set"]
            try withProcedures { _ in
                true
            } _: { procedure, _ in
                let isPromised = procedure.answerToRepeat == "promised"
                #expect(standard.contains(procedure.verb) || isPromised, "\(procedure)")
                #expect(["same", "another", "refused", "promised"].contains(procedure.answerToRepeat), "\(procedure)")
                #expect((procedure.answerToRepeat == "refused") == (procedure.refusalOfRepeat != nil), "\(procedure)")
            }
        }

        @Test("create twice: one more thing, or the refusal that is declared, which changes nothing")
        func creating() throws {
            try withProcedures {
                $0.verb == "create"
            } _: { procedure, daemon in
                let params = try procedure.params()
                let first = try procedure.call(params)
                #expect(first.status == 200, "\(procedure): \(first.detail)")
                let once = try daemon.state()
                let second = try procedure.call(params)
                if procedure.answerToRepeat == "another" {
                    #expect(second.status == 200 && second.data != first.data, "\(procedure): \(second.detail)")
                    #expect(try daemon.state() != once, "\(procedure)")
                } else {
                    #expect(second.code == procedure.refusalOfRepeat && second.status == 409, "\(procedure)")
                    #expect(try daemon.state() == once, "\(procedure)")
                }
            }
        }

        @Test("delete twice: the first changes something, the second is answered as declared and changes nothing")
        func deleting() throws {
            try withProcedures {
                $0.verb == "delete"
            } _: { procedure, daemon in
                let params = try procedure.params()
                #expect(try changes(procedure, params, daemon), "\(procedure)")
                let once = try daemon.state()
                let second = try procedure.call(params)
                #expect(second.code == procedure.refusalOfRepeat && second.status == 404, "\(procedure)")
                #expect(try daemon.state() == once, "\(procedure)")
            }
        }

        @Test(
            "what is idempotent is the same after two calls as after one; where a repeat succeeds, with the same reply"
        )
        func repeating() throws {
            try withProcedures {
                $0.isChanging && $0.declaration["idempotency"] == "idempotent"
            } _: { procedure, daemon in
                let params = try procedure.params()
                let before = try daemon.state()
                let first = try procedure.call(params)
                #expect(first.status == 200, "\(procedure): \(first.detail)")
                let once = try daemon.state()
                #expect(once != before, "\(procedure) has done nothing")
                let second = try procedure.call(params)
                #expect(try daemon.state() == once, "\(procedure)")
                if procedure.answerToRepeat == "same" { #expect(second.data == first.data, "\(procedure)") }
            }
        }

        @Test("what only reads changes nothing at all, whether it finds something or not, and says the same twice")
        func reading() throws {
            try withProcedures {
                !$0.isChanging
            } _: { procedure, daemon in
                #expect(["get", "list"].contains(procedure.verb), "\(procedure)")
                let params = try procedure.params()
                let before = try daemon.state()
                let replies = try (0..<2).map { _ in try procedure.call(params) }
                #expect(replies[0].status == 200 && replies[0].data == replies[1].data, "\(procedure)")
                _ = try procedure.call(procedure.misses())
                #expect(try daemon.state() == before, "\(procedure)")
            }
        }

        @Test("set: what was there is replaced and gone, and comes back when it is set again")
        func setting() throws {
            try withProcedures {
                $0.verb == "set"
            } _: { procedure, daemon in
                let (params, others) = (try procedure.params(), try procedure.params())
                let replacing = (procedure.declaration["contract"]?["replacedBy"]?.list ?? []).compactMap(\.text)
                #expect(!replacing.isEmpty && procedure.required.isSuperset(of: replacing), "\(procedure)")
                let other = replacing.reduce(params) { $0.with($1, different(params[$1], others[$1])) }
                let first = try procedure.call(params)
                let once = try daemon.state()
                let second = try procedure.call(other)
                #expect(second.status == 200, "\(procedure): \(second.detail)")
                #expect(try daemon.state() != once, "\(procedure)")
                for name in replacing {
                    let gone = (params[name]?.list ?? []).compactMap(\.text)
                    let shown = String(decoding: try second.data?.bytes ?? [], as: UTF8.self)
                    #expect(!gone.contains { shown.contains("\"\($0)\"") }, "\(procedure)")
                }
                #expect(try changes(procedure, params, daemon), "\(procedure)")
                #expect(try procedure.call(params).data == first.data, "\(procedure)")
                #expect(try !changes(procedure, params, daemon), "\(procedure)")
            }
        }

        private func different(_ value: JSON?, _ other: JSON?) -> JSON? {
            if value == other, let integer = value?.integer { .integer(integer + 1) } else { other }
        }
    }
}

// Updates.
extension Programs.TaxonomyTests {
    @Test(
        "update: a value sets, the same value again does nothing, an omitted member keeps its value, null clears or is a 400"
    )
    func updating() throws {
        try withProcedures {
            $0.verb == "update" && $0.answerToRepeat == "same"
        } _: { procedure, daemon in
            let settings = procedure.members.keys.filter { !procedure.required.contains($0) }.sorted()
            #expect(!settings.isEmpty)
            for name in settings {
                // Of a new thing, each time.
                let params = try procedure.params()
                let target = procedure.required.reduce([:] as JSON) { $0.with($1, params[$1]) }
                let value = try #require(params[name], "the line of \(procedure.method) in Samples sets no \(name)")
                try updateNothing(of: target, procedure, daemon)
                try set(name, to: value, of: target, procedure, daemon)
                try keep(name, at: value, of: target, while: settings, become: params, procedure, daemon)
                let isNullable = procedure.members[name]?["type"]?.list?.contains("null") == true
                guard isNullable else {
                    try refuseNull(for: name, of: target, procedure, daemon)
                    continue
                }
                try clear(name, of: target, procedure, daemon)
                try keep(name, at: .null, of: target, while: settings, become: params, procedure, daemon)
                try set(name, to: value, of: target, procedure, daemon)
            }
        }
    }

    /// An update without a member to change is refused, or changes nothing.
    private func updateNothing(of target: JSON, _ procedure: SampledProcedure, _ daemon: DaemonProcess) throws {
        let before = try daemon.state()
        let reply = try procedure.call(target)
        #expect(reply.status == 200 || reply.code == "invalid_input", "\(procedure): \(reply.detail)")
        #expect(try daemon.state() == before, "\(procedure)")
    }

    private func set(
        _ name: String,
        to value: JSON,
        of target: JSON,
        _ procedure: SampledProcedure,
        _ daemon: DaemonProcess
    ) throws {
        let params = target.with(name, value)
        #expect(try changes(procedure, params, daemon), "\(procedure): \(name) is set")
        #expect(try !changes(procedure, params, daemon), "\(procedure): \(name) has that value")
        guard let shown = try procedure.call(params).data?[name], shown.list == nil else { return }
        #expect(shown == value, "\(procedure): \(name)")
    }

    /// After changes of all others the member is what it was: the same once more does nothing.
    private func keep(
        _ name: String,
        at value: JSON,
        of target: JSON,
        while settings: [String],
        become values: JSON,
        _ procedure: SampledProcedure,
        _ daemon: DaemonProcess
    ) throws {
        for other in settings where other != name {
            let reply = try procedure.call(target.with(other, values[other]))
            #expect(reply.status == 200, "\(procedure): \(other): \(reply.detail)")
        }
        let isChanged = try changes(procedure, target.with(name, value), daemon)
        #expect(!isChanged, "\(procedure): \(name) was omitted, and kept")
    }

    private func clear(
        _ name: String,
        of target: JSON,
        _ procedure: SampledProcedure,
        _ daemon: DaemonProcess
    ) throws {
        let params = target.with(name, .null)
        #expect(try changes(procedure, params, daemon), "\(procedure): \(name) is cleared")
        #expect(try !changes(procedure, params, daemon), "\(procedure): \(name) is clear")
        let shown = try procedure.call(params).data?[name]
        #expect(shown == nil || shown == .null, "\(procedure): \(name)")
    }

    private func refuseNull(
        for name: String,
        of target: JSON,
        _ procedure: SampledProcedure,
        _ daemon: DaemonProcess
    ) throws {
        let before = try daemon.state()
        let refusal = try procedure.call(target.with(name, .null))
        #expect(refusal.status == 400 && refusal.locations == ["body.\(name)"], "\(procedure): \(name)")
        #expect(try daemon.state() == before, "\(procedure): \(name)")
    }
}

// Lists.
extension Programs.TaxonomyTests {
    @Test(
        "a list that can grow is the same by pages of any size as in one piece; what comes later moves nothing that was there"
    )
    func walking() throws {
        try withDaemon { daemon in
            let procedures = try Samples.procedures(in: try Scene(daemon))
            for list in procedures where list.declaration["paged"] == true {
                let params = try list.params()
                let base = list.required.reduce([:] as JSON) { $0.with($1, params[$1]) }
                let source = try #require(list.declaration["contract"]?["grownBy"]?.text, "\(list)")
                let sources = procedures.filter { $0.method == source }
                let grow = try #require(
                    sources.first { $0.isOnOperatorSocket == list.isOnOperatorSocket } ?? sources.first,
                    "\(list) grows by \(source), which there is not"
                )
                for _ in 0..<3 { try self.grow(by: grow, what: base) }
                let whole = try walk(list, base, by: 100)
                #expect(whole.count >= 3 && Set(whole).count == whole.count, "\(list)")
                for limit in [1, 2, whole.count - 1, whole.count, whole.count + 1] {
                    #expect(try walk(list, base, by: limit) == whole, "\(list) by \(limit)")
                }
                try self.grow(by: grow, what: base)
                let grown = try walk(list, base, by: 100)
                #expect(grown.count == whole.count + 1, "\(list)")
                #expect(grown.filter(whole.contains) == whole, "\(list)")
                try lookAtCursors(list, base, grown)
            }
        }
    }

    @Test("a list that cannot grow comes whole")
    func fixedLists() throws {
        try withProcedures {
            $0.verb == "list" && $0.declaration["paged"] == false
        } _: { procedure, _ in
            let reply = try procedure.call(try procedure.params())
            #expect(reply.pagination == nil && !reply.rows.isEmpty, "\(procedure)")
            #expect(procedure.members["limit"] == nil && procedure.members["cursor"] == nil, "\(procedure)")
        }
    }

    /// Puts one thing more into a list, by the parameters that both know.
    private func grow(by source: SampledProcedure, what base: JSON) throws {
        let params = (base.object ?? [:]).filter { source.members[$0.key] != nil }
            .reduce(try source.params()) { $0.with($1.key, $1.value) }
        let reply = try source.call(params)
        #expect(reply.status == 200, "\(source): \(reply.detail)")
    }

    private func walk(_ list: SampledProcedure, _ base: JSON, by limit: Int) throws -> [JSON] {
        var rows: [JSON] = []
        var cursor: JSON?
        repeat {
            let page = try list.call(base.with("limit", .integer(Int64(limit))).with("cursor", cursor))
            #expect(page.status == 200, "\(list): \(page.detail)")
            #expect(page.hasMore ? page.rows.count == limit : page.rows.count <= limit, "\(list)")
            // There is more only where there is: the last page is never an empty one behind a full one.
            #expect(cursor == nil || !page.rows.isEmpty, "\(list)")
            rows += page.rows
            try #require(rows.count <= 1_000, "\(list) by \(limit) comes to no end")
            cursor = page.cursor.map(JSON.text)
        } while cursor != nil
        return rows
    }

    /// A cursor is a lower bound that belongs to the page; one that nobody was given is no error.
    private func lookAtCursors(_ list: SampledProcedure, _ base: JSON, _ whole: [JSON]) throws {
        let whole = whole[...]
        let page = try list.call(base.with("limit", 1))
        let cursor = try #require(page.cursor)
        for _ in 0..<2 {
            #expect(try list.call(base.with("cursor", .text(cursor))).rows[...] == whole.dropFirst(), "\(list)")
        }
        #expect(try list.call(base.with("cursor", "")).rows[...] == whole, "\(list)")
        for made in ["zzzz", "0", "-1", "key_nothere00", "' OR 1", "\u{1F511}"] {
            let reply = try list.call(base.with("cursor", .text(made)))
            #expect(reply.status == 200, "\(list) from \(made): \(reply.detail)")
            #expect(reply.rows[...] == whole.suffix(reply.rows.count), "\(list) from \(made)")
        }
    }
}
