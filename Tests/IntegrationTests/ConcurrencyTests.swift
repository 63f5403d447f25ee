import Foundation
import Synchronization
import Testing

extension Programs {
    @Suite struct ConcurrencyTests {
        @Test("of 64 concurrent creations of one name one succeeds, and the others get 409")
        func uniqueName() throws {
            try withDaemon { daemon in
                let tenant = try daemon.tenant()
                let statuses = try concurrently(64) { _ in
                    try daemon.connect(tenant.rootKey).call("apis.createApi", ["name": "billing"]).status
                }
                #expect(statuses.count { $0 == 200 } == 1)
                #expect(statuses.count { $0 == 409 } == 63)
            }
        }

        @Test("after the reply to deleteApi no verification on any connection says VALID")
        func deletedAPI() throws {
            try hammer { client, setting in
                try client.data("apis.deleteApi", ["apiId": .text(setting.api)])
            } expecting: { reply in
                reply.data?["code"]?.text == "NOT_FOUND"
            }
        }

        @Test(
            "after the reply to disabling a root key every connection gets 403 with it, also one that has just used it"
        )
        func disabledRootKey() throws {
            try hammer { client, setting in
                try client.data("rootKeys.updateKey", ["keyId": .text(setting.tenant.rootKeyID), "enabled": false])
            } expecting: { reply in
                reply.status == 403 && reply.code == "key_disabled"
            }
        }

        @Test("after the reply to deleting a root key every connection gets 401 with it")
        func deletedRootKey() throws {
            try hammer { client, setting in
                try client.data("rootKeys.deleteKey", ["keyId": .text(setting.tenant.rootKeyID)])
            } expecting: { reply in
                reply.status == 401 && reply.code == "key_not_found"
            }
        }

        @Test("after the reply to taking all permissions away a verification finds nothing")
        func strippedRootKey() throws {
            try hammer { client, setting in
                try client.data("rootKeys.updateKey", ["keyId": .text(setting.tenant.rootKeyID), "permissions": []])
            } expecting: { reply in
                reply.data?["code"]?.text == "NOT_FOUND"
            }
        }

        @Test("after the reply to disabling a workspace every connection gets 403 in it")
        func disabledWorkspace() throws {
            try hammer { _, setting in
                let params: JSON = ["workspaceId": .text(setting.tenant.workspace), "enabled": false]
                try setting.desk.data("workspaces.updateWorkspace", params)
            } expecting: { reply in
                reply.status == 403 && reply.code == "workspace_disabled"
            }
        }

        /// A tenant with an API and a key in it.
        private struct Setting {
            let tenant: Tenant
            let api: String
            let key: String
            let desk: Client
        }

        /// Verifies one key on eight connections without pause, makes a change in between, and looks at what each connection
        /// was told by calls that it began after the reply to the change.
        private func hammer(
            _ change: (Client, Setting) throws -> Void,
            expecting isRight: @escaping @Sendable (Reply) -> Bool
        ) throws {
            try withDaemon { daemon in
                for _ in 0..<3 {
                    let setting = try setting(daemon)
                    let (tenant, key) = (setting.tenant, setting.key)
                    let isChanged = Mutex(false)
                    let isStarted = DispatchSemaphore(value: 0)
                    let verdicts = Mutex<[Bool]>([])
                    let threads = DispatchGroup()
                    for _ in 0..<8 {
                        let client = try daemon.connect(tenant.rootKey)
                        threads.enter()
                        Thread {
                            defer { threads.leave() }
                            var isTold = false
                            for call in 0..<1_000_000 where !isTold {
                                let isAfter = isChanged.withLock { $0 }
                                guard let reply = try? client.call("keys.verifyKey", ["key": .text(key)]) else {
                                    return
                                }
                                if call == 10 { isStarted.signal() }
                                guard isAfter else { continue }
                                verdicts.withLock { $0.append(isRight(reply)) }
                                isTold = true
                            }
                        }.start()
                    }
                    for _ in 0..<8 { isStarted.wait() }
                    try change(try daemon.connect(tenant.rootKey), setting)
                    isChanged.withLock { $0 = true }
                    threads.wait()
                    #expect(verdicts.withLock { $0 } == Array(repeating: true, count: 8))
                }
            }
        }

        private func setting(_ daemon: DaemonProcess) throws -> Setting {
            // Full access, spelt as a key that may strip itself.
            let tenant = try daemon.tenant()
            let client = try daemon.connect(tenant.rootKey)
            let api = try #require(try client.data("apis.createApi", ["name": "billing"])["apiId"]?.text)
            let key = try #require(try client.data("keys.createKey", ["apiId": .text(api)])["key"]?.text)
            return Setting(tenant: tenant, api: api, key: key, desk: try daemon.operate())
        }
    }
}
