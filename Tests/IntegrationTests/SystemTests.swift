import Testing

extension Programs {
    @Suite struct SystemTests {
        @Test("getHealth answers anyone, on both sockets, and ignores the credential")
        func health() throws {
            try withDaemon { daemon in
                for client in [try daemon.connect(), try daemon.operate(), try daemon.connect("wrong")] {
                    let data = try client.data("system.getHealth")
                    #expect(data["status"] == "ok")
                    #expect((data["startedAt"]?.integer ?? 0) > 1_700_000_000_000)
                }
                try daemon.connect().refusal(400, "invalid_input", "system.getHealth", ["verbose": true])
            }
        }

        @Test("listProcedures tells each socket its own procedures, and the operator's do not exist on the API socket")
        func sockets() throws {
            try withDaemon { daemon in
                let api = try daemon.connect().data("system.listProcedures").list ?? []
                let operating = try daemon.operate().data("system.listProcedures").list ?? []
                let apiMethods = Set(api.compactMap { $0["method"]?.text })
                let operatorMethods = Set(operating.compactMap { $0["method"]?.text })
                #expect(apiMethods.isSuperset(of: ["apis.createApi", "keys.verifyKey", "rootKeys.createKey"]))
                #expect(!apiMethods.contains { $0.hasPrefix("workspaces.") })
                #expect(operatorMethods.isSuperset(of: ["workspaces.createWorkspace", "rootKeys.createKey"]))
                let shared = operatorMethods.filter { $0.hasPrefix("apis.") || $0.hasPrefix("keys.") }
                #expect(shared == ["apis.updateApi"])

                let tenant = try daemon.tenant()
                let caller = try daemon.connect(tenant.rootKey)
                for method in operatorMethods.subtracting(apiMethods) {
                    try caller.refusal(404, "procedure_not_found", method)
                }
                for method in apiMethods.subtracting(operatorMethods) {
                    try daemon.operate().refusal(404, "procedure_not_found", method)
                }
            }
        }

        @Test("an unknown method is a 404, case and all")
        func unknownMethod() throws {
            try withDaemon { daemon in
                let client = try daemon.connect()
                for method in ["apis.createapi", "APIS.createApi", "apis", "", "apis.createApi ", "nothing.here"] {
                    try client.refusal(404, "procedure_not_found", method)
                }
            }
        }

        @Test("request identifiers are new for each request, also on refusals")
        func requestIdentifiers() throws {
            try withDaemon { daemon in
                let client = try daemon.connect()
                var seen: Set<String> = []
                for index in 0..<200 {
                    seen.insert(try client.call(index.isMultiple(of: 2) ? "system.getHealth" : "no.such").requestID)
                }
                #expect(seen.count == 200)
            }
        }
    }
}
