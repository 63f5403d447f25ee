import Testing

extension Programs {
    /// Who learns that a thing exists: each declaration held to its rule of access (`keys.md` §1), by what the wire says.
    @Suite struct MaskingTests {
        /// What a caller without permissions gets, for something that there is and for something that there is not.
        private enum Rule {
            /// Everybody may; or each sees only what it may see.
            case unmasked
            /// 403 both times, in the same words.
            case refusedAlike
            /// In both cases what one gets for something that there is not.
            case masked
            /// 404 where it is not there, 403 where it is.
            case lookedUp
        }

        /// The sentences of `access` in `system.listProcedures`.
        private static let rules: [String: Rule] = [
            "Anyone; no root key is looked at.": .unmasked,
            "Any root key; it sees what it has the permission for.": .unmasked,
            "A root key with the permission, which is checked before anything is looked up.": .refusedAlike,
            "A root key with the permission; without it the answer is the same 403 whether the thing exists or not.":
                .refusedAlike,
            "A root key with the permission; without it the answer is the same as if the thing did not exist.": .masked,
            "A root key with the permission, which is checked when the thing has been found.": .lookedUp,
        ]

        /// Any root key gets a page without rows; a row that it may not see makes the whole page a 403 (`identities.md` §4).
        private static let tellsOfRows = "identities.listIdentities"

        /// A namespace that is not there is made, which needs a permission of its own: 403 both times (`ratelimit.md` §4).
        private static let makeWhatIsMissing: Set = ["ratelimit.limit", "ratelimit.multiLimit"]

        private struct Subject {
            let method: String
            let rule: Rule
            let isCreate: Bool
            let probe: Probe?
        }

        private typealias Answer = (reply: Reply, text: String)

        private func subjects(_ scene: Scene) throws -> [Subject] {
            try Contract.list(on: scene.daemon.socket).map { declaration in
                let method = try #require(declaration["method"]?.text)
                let access = try #require(declaration["access"]?.text)
                let rule = try #require(Self.rules[access], "\(method): no rule is known for the access \"\(access)\"")
                let line = try #require(Probes.table[method], "\(method) has no line in Probes")
                let isCreate = declaration["verb"] == "create" || Self.makeWhatIsMissing.contains(method)
                return Subject(method: method, rule: rule, isCreate: isCreate, probe: try line(scene))
            }
        }

        /// The bytes of a reply, without what differs on purpose: its identifier, and the name that the caller sent.
        private func reply(_ client: Client, _ method: String, _ params: JSON, sent: JSON) throws -> Answer {
            try client.send(method, params)
            let bytes = try #require(try client.frames.receive())
            let reply = try Reply(try JSON(parsing: bytes))
            var text = String(decoding: bytes, as: UTF8.self).replacing(reply.requestID, with: "(id)")
            for name in [sent] + (sent.list ?? []) {
                if let name = name.text { text = text.replacing(name, with: "(sent)") }
            }
            return (reply, text)
        }

        @Test("a root key without permissions learns of what exists exactly what the declaration lets it")
        func withoutPermissions() throws {
            try withDaemon { daemon in
                let scene = try Scene(daemon)
                let weak = try scene.caller.data("rootKeys.createKey", ["permissions": []])["key"]?.text
                let client = try daemon.connect(weak)
                for subject in try subjects(scene) {
                    guard let probe = subject.probe else { continue }
                    for (index, exchange) in probe.exchanges.enumerated() {
                        let present = try reply(client, subject.method, probe.params, sent: exchange.present)
                        let absent = try reply(client, subject.method, probe.without(exchange), sent: exchange.absent)
                        check(subject, present, absent, isLookedUp: index == 0, "\(subject.method), \(exchange.member)")
                    }
                }
            }
        }

        private func check(
            _ subject: Subject,
            _ present: Answer,
            _ absent: Answer,
            isLookedUp: Bool,
            _ what: String
        ) {
            let statuses = [present.reply.status, absent.reply.status]
            switch subject.rule {
            case .unmasked:
                break
            case .refusedAlike where subject.method == Self.tellsOfRows:
                #expect(statuses == [403, 200] && absent.reply.rows == [], "\(what)")
            case .lookedUp where isLookedUp && Self.makeWhatIsMissing.contains(subject.method):
                #expect(statuses == [403, 403], "\(what): \(present.text) \(absent.text)")
            case .lookedUp where isLookedUp:
                #expect(statuses == [403, 404], "\(what): \(present.text) \(absent.text)")
            case .refusedAlike, .lookedUp:
                #expect(statuses == [403, 403], "\(what): \(present.text) \(absent.text)")
                #expect(present.text == absent.text, "\(what)")
            case .masked:
                #expect(present.reply.status != 403 && present.text == absent.text, "\(what)")
            }
        }

        @Test("what belongs to another workspace looks as if it did not exist, whatever the caller may do in its own")
        func otherWorkspaces() throws {
            try withDaemon { daemon in
                let scene = try Scene(daemon)
                let client = try daemon.connect(try daemon.tenant().rootKey)
                for subject in try subjects(scene) {
                    guard let probe = subject.probe, let exchange = probe.exchanges.first else { continue }
                    let present = try reply(client, subject.method, probe.params, sent: exchange.present)
                    let absent = try reply(client, subject.method, probe.without(exchange), sent: exchange.absent)
                    #expect(present.reply.status == absent.reply.status, "\(subject.method): \(present.text)")
                    // A creation that succeeds gives a new identifier each time, and time goes on.
                    guard absent.reply.error != nil || !subject.isCreate else { continue }
                    #expect(present.text == absent.text, "\(subject.method)")
                }
            }
        }

        @Test("every line of Probes belongs to a procedure of the API socket")
        func outdated() throws {
            try withDaemon { daemon in
                let methods = try Contract.list(on: daemon.socket).compactMap { $0["method"]?.text }
                #expect(Set(Probes.table.keys).subtracting(methods) == [])
            }
        }
    }
}
