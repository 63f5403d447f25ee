import Foundation
import Glibc
import Testing

extension Programs {
    @Suite struct RecoveryTests {
        private let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
        }

        /// A new secret in a file of its own.
        private func secret(_ name: String) throws -> String {
            let ending = try Program.run("latchkeyd", ["generate-secret", "--to", folder.path(name)])
            #expect(ending.status == 0, "\(ending.complaint)")
            return folder.path(name)
        }

        private func serve(_ options: [String]) throws -> Program.Ending {
            let paths = [
                "--database", folder.path("db"), "--socket", folder.path("a"), "--operator-socket", folder.path("o"),
            ]
            return try Program.run("latchkeyd", paths + options)
        }

        @Test(
            "generate-secret writes 64 hexadecimal digits, each time others, for nobody else's eyes, and never over a file"
        )
        func generate() throws {
            let path = try secret("one")
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
            let text = folder.text("one")
            #expect(text.count == 65 && text.hasSuffix("\n") && text.dropLast().allSatisfy { $0.isHexDigit })
            let again = try Program.run("latchkeyd", ["generate-secret", "--to", path])
            #expect(again.status == 2 && again.complaint.contains(path), "\(again.complaint)")
            #expect(folder.text("one") == text)
            let printed = try Program.run("latchkeyd", ["generate-secret"])
            #expect(printed.status == 0 && printed.output.count == 65 && printed.output != text)
            #expect(try Program.run("latchkeyd", ["generate-secret", "--to", folder.path("no/such")]).status == 2)
            #expect(try Program.run("latchkeyd", ["generate-secret", "--tp", path]).status == 2)
        }

        @Test(
            "a secret file that is missing, readable by others, or no secret is refused with its path and the way out"
        )
        func refusedFiles() throws {
            let path = try secret("one")
            let cases: [(String, mode_t, String)] = [
                ("missing", 0, "generate-secret"), ("open", 0o644, "chmod 600"), ("group", 0o640, "chmod 600"),
                ("garbage", 0o600, "64 hexadecimal digits"), ("short", 0o600, "64 hexadecimal digits"),
                ("long", 0o600, "64 hexadecimal digits"), ("empty", 0o600, "64 hexadecimal digits"),
            ]
            let texts = [
                "open": folder.text("one"), "group": folder.text("one"), "garbage": String(repeating: "z", count: 64),
                "short": String(repeating: "a", count: 62), "long": String(repeating: "a", count: 66), "empty": "",
            ]
            for (name, mode, hint) in cases {
                if let text = texts[name] {
                    try text.write(toFile: folder.path(name), atomically: false, encoding: .utf8)
                    #expect(chmod(folder.path(name), mode) == 0)
                }
                for options in [
                    ["--recovery-secret-file", folder.path(name)],
                    ["--recovery-secret-file", path, "--previous-recovery-secret-file", folder.path(name)],
                ] {
                    let ending = try serve(options)
                    #expect(ending.status == 2, "\(name)")
                    #expect(
                        ending.complaint.contains(folder.path(name)) && ending.complaint.contains(hint),
                        "\(ending.complaint)"
                    )
                    #expect(!ending.complaint.contains(folder.text("one").prefix(16)), "a secret is told")
                }
            }
            #expect(!folder.files.contains("db"), "it starts nothing before it has its secrets")
        }

        @Test("the same secret twice, or only the one before, is refused")
        func refusedPairs() throws {
            let path = try secret("one")
            try folder.text("one").write(toFile: folder.path("copy"), atomically: false, encoding: .utf8)
            #expect(chmod(folder.path("copy"), 0o600) == 0)
            for other in [path, folder.path("copy")] {
                let ending = try serve(["--recovery-secret-file", path, "--previous-recovery-secret-file", other])
                #expect(ending.status == 2 && ending.complaint.contains("same secret"), "\(ending.complaint)")
            }
            let alone = try serve(["--previous-recovery-secret-file", path])
            #expect(alone.status == 2 && alone.complaint.contains("--recovery-secret-file"), "\(alone.complaint)")
        }

        @Test("without a secret no key is recoverable, and the refusal names the option")
        func without() throws {
            try withDaemon { daemon in
                let client = try daemon.connect(try daemon.tenant().rootKey)
                let api = try #require(try client.data("apis.createApi", ["name": "billing"])["apiId"])
                let made = try client.data("keys.createKey", ["apiId": api])
                let calls: [(String, JSON)] = [
                    ("keys.createKey", ["apiId": api, "recoverable": true]),
                    ("keys.getKey", ["keyId": made["keyId"] ?? nil, "decrypt": true]),
                    ("apis.listKeys", ["apiId": api, "decrypt": true]),
                ]
                for (method, params) in calls {
                    let reply = try client.refusal(412, "precondition_failed", method, params)
                    #expect(reply.detail.contains("--recovery-secret-file"))
                }
            }
        }

        @Test("a second secret takes over: all copies are sealed anew, that is told once, and then it is enough alone")
        func rotation() throws {
            let (old, new) = (try secret("old"), try secret("new"))
            let home = try TemporaryFolder()
            func daemon(_ options: [String]) throws -> DaemonProcess { try DaemonProcess(options, folder: home) }

            var process = try daemon(["--recovery-secret-file", old])
            let tenant = try process.tenant()
            var client = try process.connect(tenant.rootKey)
            let api = try #require(try client.data("apis.createApi", ["name": "billing"])["apiId"])
            try client.data("apis.updateApi", ["apiId": api, "keyRecovery": true])
            // More than are sealed anew at a time.
            var secrets: [JSON: JSON] = [:]
            for _ in 0..<120 {
                let made = try client.data("keys.createKey", ["apiId": api, "recoverable": true])
                secrets[made["keyId"] ?? nil] = made["key"]
            }
            func shown() throws -> [JSON: JSON] {
                var shown: [JSON: JSON] = [:]
                var cursor: String? = ""
                while let from = cursor {
                    let page = try client.call("apis.listKeys", ["apiId": api, "decrypt": true, "cursor": .text(from)])
                    for key in page.rows { shown[key["keyId"] ?? nil] = key["plaintext"] }
                    cursor = page.cursor
                }
                return shown
            }
            #expect(try shown() == secrets)
            try process.stop()

            process = try daemon(["--recovery-secret-file", new, "--previous-recovery-secret-file", old])
            client = try process.connect(tenant.rootKey)
            #expect(try shown() == secrets)
            #expect(eventually { process.log.contains(Self.renewed) })
            try process.stop()
            #expect(process.log.components(separatedBy: Self.renewed).count == 2, "told once")

            process = try daemon(["--recovery-secret-file", new])
            client = try process.connect(tenant.rootKey)
            #expect(try shown() == secrets)
            try process.stop()

            #expect(!process.log.contains("recovery_secret_unknown"))
            process = try daemon(["--recovery-secret-file", old])
            #expect(process.log.contains("recovery_secret_unknown"), "what cannot be opened is told at the start")
            client = try process.connect(tenant.rootKey)
            #expect(try shown().isEmpty, "the old secret opens nothing any more")
            try process.stop()
            #expect(process.log.components(separatedBy: Self.renewed).count == 2, "nothing to renew, nothing told")
            for text in secrets.values { #expect(!process.log.contains(text.text ?? "")) }
        }

        private static let renewed = #""event":"recovery_secrets_renewed""#
    }
}
