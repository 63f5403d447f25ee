import Testing

extension Programs {
    /// Every declaration of the registry, held to what it says, through the wire.
    @Suite struct DeclarationsTests {
        private struct Subject {
            let method: String
            let parameters: JSON
            let examples: [JSON]
            let client: Client
            /// Members that the socket wants besides.
            let base: JSON

            /// The schema of an item, where the parameters are an array.
            var items: JSON? { parameters["items"] }
            var properties: [String: JSON] { (items ?? parameters)["properties"]?.object ?? [:] }
            var required: [String] { ((items ?? parameters)["required"]?.list ?? []).compactMap(\.text) }
            /// Parameters that the schema takes, or an item of them.
            func example(_ index: Int = 0) -> JSON {
                let params = examples[index]["params"] ?? [:]
                return (base.object ?? [:]).reduce(params[0] ?? params) { $0.with($1.key, $1.value) }
            }
            /// The parameters, of one item where they are an array.
            func params(_ members: JSON) -> JSON { items == nil ? members : [members] }
            /// Where a member's fault is told.
            func place(_ name: String) -> String { items == nil ? "body.\(name)" : "body[0].\(name)" }
        }

        private func subjects(_ daemon: DaemonProcess) throws -> [Subject] {
            let tenant = try daemon.tenant([])
            return try [(daemon.socket, tenant.rootKey as String?), (daemon.operatorSocket, nil)].flatMap {
                path,
                auth in
                let client = try Client(path, auth: auth)
                return try Contract.list(on: path).map { procedure in
                    let parameters = procedure["parameters"] ?? nil
                    let isInWorkspace = parameters["properties"]?["workspaceId"] != nil
                    return Subject(
                        method: procedure["method"]?.text ?? "",
                        parameters: parameters,
                        examples: procedure["examples"]?.list ?? [],
                        client: client,
                        base: isInWorkspace ? ["workspaceId": "ws_nothere00"] : [:]
                    )
                }
            }
        }

        /// A value of another type than the schema's.
        private func misfit(_ schema: JSON) -> JSON {
            let types = schema["type"]?.list?.compactMap(\.text) ?? [schema["type"]?.text ?? ""]
            return types.contains("object") ? [] : types.contains("array") ? [:] : [[:]]
        }

        @Test("each example is accepted by the schema, and shows a reply that its schema accepts")
        func examples() throws {
            try withDaemon { daemon in
                for subject in try subjects(daemon) {
                    #expect(!subject.examples.isEmpty)
                    for (index, example) in subject.examples.enumerated() {
                        let params = subject.params(subject.example(index))
                        #expect(SchemaCheck.faults(of: params, subject.parameters, at: subject.method).isEmpty)
                        let reply = try subject.client.call(subject.method, params)
                        #expect(reply.status != 400, "\(subject.method): \(reply.detail)")
                        let declared = try Contract.list(on: daemon.operatorSocket) + Contract.list(on: daemon.socket)
                        let schema = declared.first { $0["method"] == .text(subject.method) }?["reply"] ?? nil
                        #expect(SchemaCheck.faults(of: example["data"] ?? nil, schema, at: subject.method).isEmpty)
                    }
                }
            }
        }

        @Test("a missing member is a 400 at that member")
        func missing() throws {
            try withDaemon { daemon in
                for subject in try subjects(daemon) {
                    for name in subject.required {
                        let params = subject.params(subject.example().with(name, nil))
                        let refusal = try subject.client.refusal(400, "invalid_input", subject.method, params)
                        #expect(refusal.locations == [subject.place(name)], "\(subject.method)")
                    }
                }
            }
        }

        @Test("an unknown member is a 400 at that member, whatever else is right")
        func unknown() throws {
            try withDaemon { daemon in
                for subject in try subjects(daemon) {
                    for name in ["colour", "", "Name", "workspace"] {
                        let params = subject.params(subject.example().with(name, 1))
                        let refusal = try subject.client.refusal(400, "invalid_input", subject.method, params)
                        #expect(refusal.locations == [subject.place(name)], "\(subject.method)")
                    }
                }
            }
        }

        @Test("null is a 400 where the schema does not say null, and is none where it does")
        func null() throws {
            try withDaemon { daemon in
                for subject in try subjects(daemon) {
                    for (name, schema) in subject.properties {
                        let isNullable = schema["type"]?.list?.contains("null") == true
                        let reply = try subject.client.call(
                            subject.method,
                            subject.params(subject.example().with(name, .null))
                        )
                        if isNullable {
                            #expect(reply.status != 400, "\(subject.method) \(name)")
                        } else {
                            #expect(reply.locations == [subject.place(name)], "\(subject.method)")
                        }
                    }
                }
            }
        }

        @Test("a value of another type is a 400 at its member, and all members' faults come at once")
        func types() throws {
            try withDaemon { daemon in
                for subject in try subjects(daemon) {
                    var wrong = subject.example()
                    for (name, schema) in subject.properties {
                        let params = subject.params(subject.example().with(name, misfit(schema)))
                        let refusal = try subject.client.refusal(400, "invalid_input", subject.method, params)
                        #expect(refusal.locations == [subject.place(name)], "\(subject.method)")
                        wrong = wrong.with(name, misfit(schema))
                    }
                    guard !subject.properties.isEmpty else { continue }
                    let refusal = try subject.client.refusal(
                        400,
                        "invalid_input",
                        subject.method,
                        subject.params(wrong)
                    )
                    #expect(
                        Set(refusal.locations) == Set(subject.properties.keys.map(subject.place)),
                        "\(subject.method)"
                    )
                    #expect(refusal.detail.hasPrefix("\(subject.properties.count) fault"))
                }
            }
        }

        @Test("each number's and text's bounds hold on both sides")
        func bounds() throws {
            try withDaemon { daemon in
                for subject in try subjects(daemon) {
                    for (name, schema) in subject.properties {
                        for value in outside(schema) {
                            let params = subject.params(subject.example().with(name, value))
                            let refusal = try subject.client.refusal(400, "invalid_input", subject.method, params)
                            #expect(
                                refusal.locations.first?.hasPrefix(subject.place(name)) == true,
                                "\(subject.method)"
                            )
                        }
                    }
                }
            }
        }

        private func outside(_ schema: JSON) -> [JSON] {
            var values: [JSON] = []
            if let least = schema["minimum"]?.integer { values.append(.integer(least - 1)) }
            // What is above all of int64 has a test of its own.
            if let most = schema["maximum"]?.integer, most < .max { values.append(.integer(most + 1)) }
            if let least = schema["minLength"]?.integer, least > 0 {
                values.append(.text(String(repeating: "a", count: Int(least) - 1)))
            }
            if let most = schema["maxLength"]?.integer {
                values.append(.text(String(repeating: "a", count: Int(most) + 1)))
            }
            if let most = schema["maxItems"]?.integer {
                values.append(.list(Array(repeating: "a", count: Int(most) + 1)))
            }
            return values
        }
    }
}
