import Foundation
import Testing

extension Programs {
    /// Where replies are kept, how long, and who can read them.
    @Suite struct IdempotencyStorageTests: IdempotencyChecks {
        @Test("a caller that went away before the reply finds it when it comes back, and the change made once")
        func lostReply() throws {
            try withScene { scene, _ in
                let before = try sqlite(scene.daemon.database, "SELECT count(*) FROM apis")
                for _ in 0..<20 {
                    let (key, params): (String, JSON) = (freshKey(), ["name": scene.name()])
                    try scene.daemon.connect(scene.tenant.rootKey)
                        .send("apis.createApi", params, idempotencyKey: key)
                    let isAnswered = try eventually {
                        let reply = try scene.caller.call("apis.createApi", params, idempotencyKey: key)
                        #expect(reply.status == 200 || reply.code == "idempotency_in_progress", "\(reply.detail)")
                        return reply.status == 200
                    }
                    #expect(isAnswered)
                }
                let after = try sqlite(scene.daemon.database, "SELECT count(*) FROM apis")
                #expect(try Int(after) == #require(Int(before)) + 20)
            }
        }

        @Test("after kill -9 and a restart the reply is still there, secrets included, and none of them is in any file")
        func crash() throws {
            let daemon = try DaemonProcess(["--log-level", "debug"])
            let scene = try Scene(daemon)
            let writes = try Samples.procedures(in: scene).filter(\.isChanging)
            var made: [(procedure: SampledProcedure, params: JSON, key: String, data: JSON?)] = []
            for procedure in writes {
                let (key, params) = (freshKey(), try procedure.params())
                let reply = try procedure.client.call(procedure.method, params, idempotencyKey: key)
                expectSuccess(reply, isReplayed: false, procedure)
                made.append((procedure, params, key, reply.data))
            }
            let secrets = made.compactMap { $0.data?["key"]?.text } + made.map(\.key) + [scene.tenant.rootKey]
            // createKey and rerollKey of keys, and of root keys on both sockets.
            #expect(secrets.count >= 6 + made.count + 1)
            try expectNone(of: secrets, in: daemon.folder)
            daemon.killNow()
            try expectNone(of: secrets, in: daemon.folder)
            try daemon.start()
            let before = try daemon.state()
            for call in made {
                let reply = try call.procedure.connect()
                    .call(call.procedure.method, call.params, idempotencyKey: call.key)
                expectSuccess(reply, isReplayed: true, call.procedure)
                #expect(reply.data == call.data, "\(call.procedure)")
            }
            #expect(try daemon.state() == before)
            try expectNone(of: secrets, in: daemon.folder)
            try daemon.stop()
            try expectNone(of: secrets, in: daemon.folder)
        }

        private func expectNone(of secrets: [String], in folder: TemporaryFolder) throws {
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            #expect(files.contains { $0.hasSuffix(".db") })
            for file in files {
                let bytes = folder.bytes(file)
                for secret in secrets {
                    // Of a key the first characters are shown on purpose; the rest is nowhere.
                    #expect(bytes.range(of: Data(secret.dropFirst(13).utf8)) == nil, "\(file)")
                }
            }
        }

        @Test("a copy of the database alone opens none of the operator's replies, and the operator is told so")
        func operatorSecret() throws {
            let daemon = try DaemonProcess()
            let scene = try Scene(daemon)
            let params: JSON = ["workspaceId": .text(scene.tenant.workspace), "permissions": ["*"]]
            let first = try scene.desk.call("rootKeys.createKey", params, idempotencyKey: "1")
            #expect(try scene.desk.call("rootKeys.createKey", params, idempotencyKey: "1").data == first.data)
            try daemon.stop()
            try FileManager.default.removeItem(atPath: daemon.database + ".operator-secret")
            try daemon.start()
            let desk = try daemon.operate()
            let refusal = try desk.call("rootKeys.createKey", params, idempotencyKey: "1")
            #expect(refusal.status == 422 && refusal.code == "idempotency_mismatch")
            #expect(refusal.detail.contains("cannot be opened"))
            #expect(try desk.call("rootKeys.createKey", params, idempotencyKey: "2").status == 200)
            try daemon.stop()
        }

        @Test("a reply of more than 24 hours is forgotten, and the request carried out again")
        func expiry() throws {
            let daemon = try DaemonProcess()
            let scene = try Scene(daemon)
            let (key, params): (String, JSON) = (freshKey(), ["permissions": [], "name": "backup"])
            let first = try scene.caller.call("rootKeys.createKey", params, idempotencyKey: key)
            for (hours, isReplayed) in [(23, true), (25, false)] {
                try daemon.stop()
                try age(daemon, hours: hours)
                try daemon.start()
                let reply = try daemon.connect(scene.tenant.rootKey)
                    .call("rootKeys.createKey", params, idempotencyKey: key)
                #expect(reply.isReplayed == isReplayed)
                #expect((reply.data == first.data) == isReplayed)
            }
            try daemon.stop()
        }

        @Test("replies of more than 24 hours go by themselves, younger ones stay")
        func purge() throws {
            let daemon = try DaemonProcess()
            let scene = try Scene(daemon)
            for _ in 0..<10 {
                _ = try scene.caller.call("apis.createApi", ["name": scene.name()], idempotencyKey: freshKey())
            }
            try daemon.stop()
            try age(daemon, hours: 25)
            try daemon.start()
            let client = try daemon.connect(scene.tenant.rootKey)
            let key = freshKey()
            let params: JSON = ["name": "young"]
            _ = try client.call("apis.createApi", params, idempotencyKey: key)
            #expect(try eventually { try sqlite(daemon.database, "SELECT count(*) FROM idempotency_keys") == "1" })
            #expect(try client.call("apis.createApi", params, idempotencyKey: key).isReplayed)
            try daemon.stop()
        }

        /// Makes the stored replies of a stopped daemon older.
        private func age(_ daemon: DaemonProcess, hours: Int) throws {
            let script = """
                import sqlite3, sys, time
                database = sqlite3.connect(sys.argv[1])
                then = int((time.time() - 3600 * int(sys.argv[2])) * 1000)
                database.execute("UPDATE idempotency_keys SET stored_at_ms = ?", (then,))
                database.commit()
                """
            let ending = try Program.run("/usr/bin/python3", ["-c", script, daemon.database, "\(hours)"])
            guard ending.status == 0 else { throw Failure(ending.complaint) }
        }
    }
}
