import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

extension Programs {
    @Suite struct DurabilityTests {
        @Test("kill -9 under concurrent writes, 20 times: every acknowledged change is there, and no half one")
        func crashes() throws {
            var seed = SeededGenerator.announced("crashes")
            let daemon = try DaemonProcess()
            let tenant = try daemon.tenant()
            var acknowledged: [String: String] = [:]
            for _ in 0..<20 {
                let count = Int.random(in: 1...100, using: &seed)
                for (name, id) in try writing(daemon, tenant, untilCount: count, then: daemon.killNow) {
                    acknowledged[name] = id
                }
                try daemon.start()
                let client = try daemon.connect(tenant.rootKey)
                for (name, id) in acknowledged.shuffled().prefix(200) {
                    #expect(try client.call("apis.getApi", ["apiId": .text(id)]).data?["name"]?.text == name)
                }
            }
            let client = try daemon.connect(tenant.rootKey)
            for (name, id) in acknowledged {
                let data = try client.data("apis.getApi", ["apiId": .text(id)])
                #expect(data["name"]?.text == name)
            }
            // What was not acknowledged is there whole or not at all: an API without its audit row would be half a change.
            try daemon.stop()
            let counts = try sqlite(
                daemon.database,
                "SELECT (SELECT count(*) FROM apis) || ' ' || (SELECT count(*) FROM audit_log WHERE event = 'api.create')"
            )
            let numbers = counts.split(separator: " ").compactMap { Int($0) }
            #expect(numbers.count == 2)
            #expect(numbers.first == numbers.last)
            #expect((numbers.first ?? 0) >= acknowledged.count)
        }

        @Test("a daemon that was killed starts again, replaces its sockets, and is not kept out by its own lock")
        func restart() throws {
            let daemon = try DaemonProcess()
            daemon.killNow()
            #expect(FileManager.default.fileExists(atPath: daemon.socket))
            try daemon.start()
            #expect(try daemon.connect().call("system.getHealth").status == 200)
            try daemon.stop()
            #expect(!FileManager.default.fileExists(atPath: daemon.socket))
        }

        @Test("SIGTERM answers what was asked before it ends: each call is acknowledged and kept, or refused")
        func draining() throws {
            let daemon = try DaemonProcess()
            let tenant = try daemon.tenant()
            let written = try writing(daemon, tenant, untilCount: 50) { kill(daemon.identifier, SIGTERM) }
            try daemon.stop()
            try daemon.start()
            let client = try daemon.connect(tenant.rootKey)
            #expect(!written.isEmpty)
            for (name, id) in written {
                #expect(try client.data("apis.getApi", ["apiId": .text(id)])["name"]?.text == name)
            }
            try daemon.stop()
        }

        /// Creates APIs on 16 connections, ends the daemon once that many are acknowledged, and gives by name what was acknowledged until then.
        private func writing(
            _ daemon: DaemonProcess,
            _ tenant: Tenant,
            untilCount count: Int,
            then end: () -> Void
        ) throws -> [String: String] {
            let acknowledged = Mutex<[String: String]>([:])
            let threads = DispatchGroup()
            for _ in 0..<16 {
                let client = try daemon.connect(tenant.rootKey)
                threads.enter()
                Thread {
                    defer { threads.leave() }
                    while true {
                        let name = "n" + UUID().uuidString
                        let reply = client.callUnlessEnded("apis.createApi", ["name": .text(name)])
                        guard let id = reply?.data?["apiId"]?.text else { return }
                        acknowledged.withLock { $0[name] = id }
                    }
                }.start()
            }
            let reached = eventually { acknowledged.withLock { $0.count >= count } }
            end()
            threads.wait()
            #expect(reached, "\(count) changes take too long")
            return acknowledged.withLock { $0 }
        }
    }
}

/// Asks a database through Python's own SQLite, which shares nothing with the product's.
func sqlite(_ path: String, _ query: String) throws -> String {
    let script = "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])"
    let ending = try Program.run("/usr/bin/python3", ["-c", script, path, query])
    guard ending.status == 0 else { throw Failure(ending.complaint) }
    return ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
}
