import Foundation
import Glibc
import Synchronization
import Testing

extension Programs {
    @Suite struct StorageTests {
        @Test("a full disk refuses changes and says so, loses nothing, and goes on reading and verifying")
        func fullDisk() throws {
            // 1,024 units of 512 bytes or of 1,024, as the shell has it: room for the schema and some hundred rows.
            let daemon = try DaemonProcess(fileBlocksMax: 1_024)
            let tenant = try daemon.tenant()
            let client = try daemon.connect(tenant.rootKey)
            var kept: [String: String] = [:]
            var refusal: Reply?
            while refusal == nil {
                let name = "n\(kept.count)" + String(repeating: "x", count: 200)
                let reply = try client.call("apis.createApi", ["name": .text(name)])
                if let id = reply.data?["apiId"]?.text { kept[id] = name } else { refusal = reply }
                guard kept.count < 20_000 else { throw Failure("the limit does not hold") }
            }
            #expect(refusal?.status == 500)
            #expect(refusal?.detail.contains("could not be stored") == true)
            #expect(try client.data("system.getHealth")["status"]?.text == "degraded")
            #expect(daemon.log.contains("commit_failed"))
            let first = try #require(kept.first)
            #expect(try client.data("apis.getApi", ["apiId": .text(first.key)])["name"]?.text == first.value)
            #expect(try client.data("keys.verifyKey", ["key": "unknown"])["code"]?.text == "NOT_FOUND")
            try daemon.stop()

            try daemon.start()
            let after = try daemon.connect(tenant.rootKey)
            for (id, name) in kept {
                #expect(try after.data("apis.getApi", ["apiId": .text(id)])["name"]?.text == name)
            }
            #expect(try after.data("system.getHealth")["status"]?.text == "ok")
            try after.data("apis.createApi", ["name": "room-again"])
            try daemon.stop()
        }

        @Test("a backup during writes is whole, private, and a database to start from")
        func backup() throws {
            let daemon = try DaemonProcess()
            let tenant = try daemon.tenant()
            let client = try daemon.connect(tenant.rootKey)
            let before = try #require(try client.data("apis.createApi", ["name": "before"])["apiId"]?.text)
            let isOver = Mutex(false)
            let threads = DispatchGroup()
            for writer in 0..<4 {
                let client = try daemon.connect(tenant.rootKey)
                threads.enter()
                Thread {
                    defer { threads.leave() }
                    for number in 0..<100_000 where !isOver.withLock({ $0 }) {
                        _ = try? client.call("apis.createApi", ["name": .text("w\(writer)-\(number)")])
                    }
                }.start()
            }
            let copy = daemon.folder.path("copy")
            let ending = try Program.run("latchkeyd", ["backup", "--database", daemon.database, "--to", copy])
            isOver.withLock { $0 = true }
            threads.wait()
            #expect(ending.status == 0, "\(ending.complaint)")
            #expect(try Program.run("latchkeyd", ["check", "--database", copy]).output.contains("is sound"))
            try daemon.stop()

            let second = try DaemonProcess()
            try second.stop()
            try FileManager.default.removeItem(atPath: second.database)
            try FileManager.default.copyItem(atPath: copy, toPath: second.database)
            try second.start()
            let data = try second.connect(tenant.rootKey).data("apis.getApi", ["apiId": .text(before)])
            #expect(data["name"]?.text == "before")
            try second.stop()
        }

        @Test("a backup stays one file when it is checked, and the next one takes its place")
        func repeatedBackup() throws {
            try withDaemon { daemon in
                let folder = try TemporaryFolder()
                let copy = folder.path("copy")
                for _ in 0..<2 {
                    let made = try Program.run("latchkeyd", ["backup", "--database", daemon.database, "--to", copy])
                    #expect(made.status == 0, "\(made.complaint)")
                    let check = try Program.run("latchkeyd", ["check", "--database", copy])
                    #expect(check.output.contains("is sound"))
                    #expect(folder.files == ["copy"])
                }
            }
        }

        @Test("a damaged database is told and replaces no backup")
        func damagedBackup() throws {
            let daemon = try DaemonProcess()
            let tenant = try daemon.tenant()
            let client = try daemon.connect(tenant.rootKey)
            for number in 0..<200 { try client.data("apis.createApi", ["name": .text("api-\(number)")]) }
            try daemon.stop()
            let copy = daemon.folder.path("copy")
            let words = ["backup", "--database", daemon.database, "--to", copy]
            #expect(try Program.run("latchkeyd", words).status == 0)
            let good = daemon.folder.bytes("copy")
            let place = try #require(daemon.folder.bytes("db/latchkey.db").range(of: Data("api-150".utf8))).lowerBound
            let handle = try #require(FileHandle(forUpdatingAtPath: daemon.database))
            try handle.seek(toOffset: UInt64(place / 4_096 * 4_096))
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 4_096))
            try handle.close()
            let ending = try Program.run("latchkeyd", words)
            #expect(ending.status == 1 && ending.output.isEmpty)
            #expect(ending.complaint.contains("the copy of \(daemon.database) is damaged"), "\(ending.complaint)")
            #expect(ending.complaint.contains("Run latchkeyd check --database \(daemon.database)"))
            #expect(ending.complaint.split(separator: "\n").count == 1)
            #expect(daemon.folder.bytes("copy") == good)
            #expect(daemon.folder.files.filter { $0.hasPrefix("copy") } == ["copy"])
        }

        @Test("a backup onto the database itself, or of a file that is not there, is refused")
        func refusedBackups() throws {
            try withDaemon { daemon in
                let onto = try Program.run(
                    "latchkeyd",
                    ["backup", "--database", daemon.database, "--to", daemon.database]
                )
                #expect(onto.status == 1)
                #expect(onto.complaint.contains("is the database itself"))
                let missing = try Program.run(
                    "latchkeyd",
                    ["backup", "--database", daemon.folder.path("nothing"), "--to", daemon.folder.path("copy")]
                )
                #expect(
                    missing.status == 1 && missing.complaint.contains("No such file or directory. Name the database")
                )
                let nowhere = try Program.run(
                    "latchkeyd",
                    ["backup", "--database", daemon.database, "--to", daemon.folder.path("no/copy")]
                )
                #expect(nowhere.status == 1 && nowhere.complaint.contains("No such file or directory. The backup was"))
                #expect(!FileManager.default.fileExists(atPath: daemon.folder.path("copy")))
            }
        }

        @Test("check and backup refuse a database of another program, and the backup that was there stays")
        func foreignDatabase() throws {
            let folder = try TemporaryFolder()
            let script =
                "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('CREATE TABLE t (x)'); c.commit()"
            let made = try Program.run("/usr/bin/python3", ["-c", script, folder.path("theirs")])
            #expect(made.status == 0, "\(made.complaint)")
            try "precious".write(toFile: folder.path("copy"), atomically: true, encoding: .utf8)
            for words in [["check"], ["backup", "--to", folder.path("copy")]] {
                let ending = try Program.run("latchkeyd", words + ["--database", folder.path("theirs")])
                #expect(ending.status == 1 && ending.output.isEmpty)
                #expect(ending.complaint.contains("another program") && ending.complaint.contains("--database"))
            }
            #expect(folder.text("copy") == "precious")
        }

        @Test("a result that cannot be written is a failure, not a lost secret")
        func unwritableOutput() throws {
            for (program, words) in [
                ("latchkeyd", "generate-secret"), ("latchkeyd", "describe openapi"), ("latchkey-http", "--help"),
            ] {
                let ending = try Program.run(
                    "/bin/bash",
                    ["-c", "\"$PROGRAM\" \(words) > /dev/full"],
                    environment: ["PROGRAM": Program.path(program)]
                )
                #expect(ending.status == 1, "\(words)")
                #expect(ending.complaint.contains("No space left on device"), "\(words): \(ending.complaint)")
            }
        }

        @Test("a secret whose reader has gone is a failure; a page whose reader has seen enough is none")
        func closedPipe() throws {
            let script = """
                import os, subprocess, sys
                reader, writer = os.pipe()
                os.close(reader)
                sys.exit(subprocess.run(sys.argv[1:], stdout=writer).returncode)
                """
            let words = ["-c", script, Program.path("latchkeyd")]
            let secret = try Program.run("/usr/bin/python3", words + ["generate-secret"])
            #expect(secret.status == 1)
            #expect(secret.complaint.contains("Broken pipe. The secret is lost"), "\(secret.complaint)")
            let page = try Program.run("/usr/bin/python3", words + ["describe", "openapi"])
            #expect(page.status == 0 && page.complaint.isEmpty, "\(page.complaint)")
        }

        @Test("check tells a damaged file from a sound one")
        func damagedDatabase() throws {
            let daemon = try DaemonProcess()
            let tenant = try daemon.tenant()
            let client = try daemon.connect(tenant.rootKey)
            for number in 0..<200 { try client.data("apis.createApi", ["name": .text("api-\(number)")]) }
            try daemon.stop()
            let handle = try #require(FileHandle(forUpdatingAtPath: daemon.database))
            try handle.seek(toOffset: 3 * 4_096)
            try handle.write(contentsOf: Data(repeating: 0xA5, count: 4 * 4_096))
            try handle.close()
            let ending = try Program.run("latchkeyd", ["check", "--database", daemon.database])
            #expect(ending.status == 1)
        }

        @Test("no secret is in any file of the daemon, the write-ahead log and its own log included")
        func secrets() throws {
            let daemon = try DaemonProcess(["--log-level", "debug"])
            let tenant = try daemon.tenant()
            let client = try daemon.connect(tenant.rootKey)
            let api = try #require(try client.data("apis.createApi", ["name": "billing"])["apiId"]?.text)
            var secrets = [tenant.rootKey]
            for _ in 0..<20 {
                let key = try client.data("keys.createKey", ["apiId": .text(api), "prefix": "eu"])
                secrets.append(try #require(key["key"]?.text))
                let rootKey = try client.data("rootKeys.createKey", ["permissions": ["api.*.read_api"]])
                secrets.append(try #require(rootKey["key"]?.text))
            }
            for secret in secrets { _ = try client.call("keys.verifyKey", ["key": .text(secret)]) }
            _ = try client.with(auth: "latchkey_wrong").call("apis.createApi", ["name": .text(secrets[1])])
            try expectNone(of: secrets, in: daemon.folder)
            try daemon.stop()
            try expectNone(of: secrets, in: daemon.folder)
        }

        private func expectNone(of secrets: [String], in folder: TemporaryFolder) throws {
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            #expect(files.contains { $0.hasSuffix(".db") })
            for file in files {
                let bytes = folder.bytes(file)
                // The first four characters behind the prefix are shown on purpose; the rest is nowhere.
                for secret in secrets { #expect(bytes.range(of: Data(secret.dropFirst(13).utf8)) == nil, "\(file)") }
            }
        }
    }
}
