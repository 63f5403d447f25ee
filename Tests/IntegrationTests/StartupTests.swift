import Foundation
import Glibc
import Testing

extension Programs {
    @Suite struct StartupTests {
        @Test("a file that is no database is refused by its name, and left as it is")
        func noDatabase() throws {
            let folder = try TemporaryFolder()
            try String(repeating: "no database ", count: 1_000).write(
                toFile: folder.path("db"),
                atomically: true,
                encoding: .utf8
            )
            let ending = try start(folder, database: folder.path("db"))
            #expect(ending.status == 1)
            #expect(ending.complaint.contains(folder.path("db")))
            #expect(ending.complaint.contains("not a database"))
            #expect(folder.text("db").hasPrefix("no database"))
        }

        @Test("a database of a newer program is refused: which version it has, which are known")
        func newerDatabase() throws {
            let folder = try makeDatabase()
            try python("c.execute('PRAGMA user_version = 999')", folder.path("db"))
            let ending = try start(folder, database: folder.path("db"))
            #expect(ending.status == 1)
            #expect(ending.complaint.contains("999"))
        }

        @Test("another program's database is refused and not touched")
        func foreignDatabase() throws {
            let folder = try TemporaryFolder()
            try python("c.execute('CREATE TABLE t (x)')", folder.path("db"))
            let before = folder.bytes("db")
            let ending = try start(folder, database: folder.path("db"))
            #expect(ending.status == 1)
            #expect(ending.complaint.contains("another program"))
            #expect(folder.bytes("db") == before)
        }

        @Test(
            "a folder that is not there, or cannot be written, is told with its path",
            arguments: ["/nonexistent/db", "/proc/db"]
        )
        func unusableFolder(path: String) throws {
            let ending = try start(try TemporaryFolder(), database: path)
            #expect(ending.status == 1)
            #expect(ending.complaint.contains(path))
        }

        @Test("a second daemon on one database is refused and says so; the first one goes on, with its sockets")
        func secondDaemon() throws {
            try withDaemon { daemon in
                let folder = try TemporaryFolder()
                for socket in [folder.path("api"), daemon.socket] {
                    let arguments = [
                        "--database", daemon.database, "--socket", socket, "--operator-socket", folder.path("op"),
                    ]
                    let ending = try Program.run("latchkeyd", arguments)
                    #expect(ending.status == 1)
                    #expect(ending.complaint.contains("Another daemon"))
                }
                #expect(try daemon.connect().call("system.getHealth").status == 200)
            }
        }

        @Test("a database has one lock, by whatever name it is reached")
        func symbolicLink() throws {
            try withDaemon { daemon in
                let folder = try TemporaryFolder()
                try FileManager.default.createSymbolicLink(
                    atPath: folder.path("link"),
                    withDestinationPath: daemon.database
                )
                let ending = try start(folder, database: folder.path("link"))
                #expect(ending.status == 1)
                #expect(ending.complaint.contains("Another daemon"))
            }
        }

        @Test("a database is not served under a second name: hard links are refused, and the first daemon goes on")
        func hardLink() throws {
            try withDaemon { daemon in
                let link = daemon.folder.path("link")
                try FileManager.default.linkItem(atPath: daemon.database, toPath: link)
                let ending = try start(try TemporaryFolder(), database: link)
                #expect(ending.status == 1)
                #expect(ending.complaint.contains(link) && ending.complaint.contains("hard links"))
                #expect(try daemon.connect().call("system.getHealth").status == 200)
            }
        }

        @Test("a socket that another daemon answers on is not taken from it")
        func takenSocket() throws {
            try withDaemon { daemon in
                let folder = try TemporaryFolder()
                let ending = try Program.run(
                    "latchkeyd",
                    [
                        "--database", folder.path("db"), "--socket", daemon.socket, "--operator-socket",
                        folder.path("op"),
                    ]
                )
                #expect(ending.status == 1)
                #expect(ending.complaint.contains(daemon.socket))
                #expect(try daemon.connect().call("system.getHealth").status == 200)
            }
        }

        @Test("a file that is no socket is not replaced by one")
        func fileInTheWay() throws {
            let folder = try TemporaryFolder()
            try "precious".write(toFile: folder.path("api"), atomically: true, encoding: .utf8)
            let ending = try start(folder, database: folder.path("db"))
            #expect(ending.status == 1)
            #expect(ending.complaint.contains(folder.path("api")))
            #expect(folder.text("api") == "precious")
        }

        @Test("a socket path has at most 107 bytes")
        func longSocketPath() throws {
            let folder = try TemporaryFolder()
            let arguments = ["--database", folder.path("db"), "--operator-socket", folder.path("op"), "--socket"]
            let path = folder.path(String(repeating: "s", count: 107 - folder.path.utf8.count))
            let ending = try Program.run("latchkeyd", arguments + [path])
            #expect(ending.status == 2)
            #expect(ending.complaint.contains("107"))
        }

        @Test(
            "sockets that a service manager passes are known by their names; one of another name is refused, and a second of one name"
        )
        func passedSockets() throws {
            let folder = try TemporaryFolder()
            for (names, status, text) in [
                ("api:operator", 0, "\"status\":\"ok\""), ("api:operators", 2, "FileDescriptorName="), ("", 2, "''"),
                ("api:api", 2, "two sockets"),
            ] as [(String, Int32, String)] {
                let words = ["-c", Self.serviceManager, names, folder.path, Program.path("latchkeyd")]
                let ending = try Program.run("/usr/bin/python3", words)
                #expect(ending.status == status, "\(names): \(ending.complaint)")
                #expect((ending.output + ending.complaint).contains(text), "\(names): \(ending.complaint)")
            }
        }

        /// Opens two sockets, has the daemon serve them, asks for its health on the first, and ends it.
        private static let serviceManager = """
            import os, signal, socket, struct, sys
            names, folder, program = sys.argv[1:]
            sockets = []
            for number, name in enumerate(["api", "op"]):
                path = f"{folder}/{name}"
                if os.path.exists(path): os.unlink(path)
                sockets.append(socket.socket(socket.AF_UNIX))
                sockets[-1].bind(path)
                sockets[-1].listen()
            child = os.fork()
            if child == 0:
                for number, passed in enumerate(sockets): os.dup2(passed.fileno(), 20 + number)
                for number in range(2): os.dup2(20 + number, 3 + number)
                os.execve(program, [program, "--database", f"{folder}/db", "--socket", f"{folder}/api",
                    "--operator-socket", f"{folder}/op"],
                    {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "2", "LISTEN_FDNAMES": names})
            if names == "api:operator":
                caller = socket.socket(socket.AF_UNIX)
                caller.connect(f"{folder}/api")
                frame = b'{"method":"system.getHealth"}'
                caller.sendall(struct.pack(">I", len(frame)) + frame)
                print(caller.recv(4096)[4:].decode())
                os.kill(child, signal.SIGTERM)
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """

        @Test("started without standard streams, a program keeps its log out of its files and sockets")
        func closedStreams() throws {
            try withDaemon { daemon in
                let folder = try TemporaryFolder()
                let mine = folder.path("api")
                let daemonWords = [
                    "--database", folder.path("db"), "--socket", mine, "--operator-socket", folder.path("op"),
                ]
                let adapterWords = ["--listen", "127.0.0.1:0", "--socket", daemon.socket]
                for (name, words) in [("latchkeyd", daemonWords), ("latchkey-http", adapterWords)] {
                    let process = try Program.start(
                        ["/bin/bash", "-c", "exec \"$0\" \"$@\" 0<&- >&- 2>&-", Program.path(name)] + words,
                        environment: [:],
                        files: ["/dev/null", folder.path("out"), folder.path("err")]
                    )
                    let isRunning = eventually { openFiles(of: process).values.contains("anon_inode:[signalfd]") }
                    #expect(isRunning, "\(name)")
                    for stream in 0...2 { #expect(openFiles(of: process)[stream] == "/dev/null", "\(name): \(stream)") }
                    kill(process, SIGTERM)
                    #expect(try Program.wait(for: process, seconds: 30) == 0)
                }
            }
        }

        /// What each descriptor of a process is.
        private func openFiles(of process: pid_t) -> [Int: String] {
            let folder = "/proc/\(process)/fd"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.reduce(into: [:]) { files, name in
                guard let descriptor = Int(name) else { return }
                files[descriptor] = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
            }
        }

        @Test("the API socket has mode 0660, the operator socket and the database 0600")
        func modes() throws {
            try withDaemon { daemon in
                #expect(mode(daemon.socket) == 0o660)
                #expect(mode(daemon.operatorSocket) == 0o600)
                #expect(mode(daemon.database) == 0o600)
            }
        }

        @Test(
            "a command line that makes no sense ends with status 2 and names the word",
            arguments: [
                (["--nonsense"], "--nonsense"), (["--database"], "--database"), (["frobnicate"], "frobnicate"),
                (["--database", "x", "--database", "y"], "twice"), (["--readers", "0"], "--readers"),
                (["--log-level", "loud"], "loud"), ([], "--database"), (["describe", "everything"], "everything"),
                (["backup", "--database", "x"], "--to"), (["--databse", "x"], "'--databse'"),
                (["backup", "--database", "x", "--too", "y"], "'--too'"), (["check", "--databse", "x"], "'--databse'"),
                (["describe"], "Name one of"), (["--socket", "z", "--database", "x"], "name one path"),
            ]
        )
        func usage(arguments: [String], word: String) throws {
            let isTyped = arguments.contains("--socket")
            let complete = arguments.first.map { $0.hasPrefix("--") && !$0.hasPrefix("--datab") } ?? false
            let paths =
                isTyped
                ? ["--operator-socket", "z"]
                : complete ? ["--database", "x", "--socket", "y", "--operator-socket", "z"] : []
            let ending = try Program.run("latchkeyd", arguments + paths)
            #expect(ending.status == 2, "\(ending.complaint)")
            #expect(ending.complaint.contains(word), "\(ending.complaint)")
        }

        @Test("a bound of waiting bytes under the longest frame is refused, and both options are named")
        func waitingBytes() throws {
            let folder = try TemporaryFolder()
            let paths = [
                "--database", folder.path("db"), "--socket", folder.path("api"), "--operator-socket", folder.path("op"),
            ]
            for (bounds, waiting, frame) in [
                (["--waiting-bytes-max", "2000"], 2_000, 10_485_760),
                (["--waiting-bytes-max", "2000", "--frame-bytes-max", "2001"], 2_000, 2_001),
                (["--frame-bytes-max", "300000000"], 268_435_456, 300_000_000),
            ] {
                let ending = try Program.run("latchkeyd", paths + bounds)
                #expect(ending.status == 2)
                #expect(ending.complaint.contains("--waiting-bytes-max (\(waiting))"), "\(ending.complaint)")
                #expect(ending.complaint.contains("(--frame-bytes-max, \(frame))"), "\(ending.complaint)")
                #expect(ending.complaint.contains("Raise --waiting-bytes-max to \(frame)"), "\(ending.complaint)")
            }
            #expect(folder.files.isEmpty, "nothing was made")
        }

        @Test("--help and --version end with status 0")
        func help() throws {
            let help = try Program.run("latchkeyd", ["--help"])
            #expect(help.status == 0)
            #expect(help.output.contains("--operator-socket"))
            for (command, option) in [
                ("backup", "--to PATH  "), ("check", "--database PATH  "), ("generate-secret", "0600"),
            ] {
                let help = try Program.run("latchkeyd", [command, "--help"])
                #expect(help.status == 0 && help.output.contains(option), "\(help.output)")
            }
            let version = try Program.run("latchkeyd", ["--version"])
            #expect(version.status == 0)
            #expect(version.output.hasPrefix("latchkeyd "))
        }

        private func start(_ folder: TemporaryFolder, database: String) throws -> Program.Ending {
            try Program.run(
                "latchkeyd",
                ["--database", database, "--socket", folder.path("api"), "--operator-socket", folder.path("op")]
            )
        }

        /// A folder with a database that a daemon has made.
        private func makeDatabase() throws -> TemporaryFolder {
            let folder = try TemporaryFolder()
            let daemon = try DaemonProcess()
            try daemon.stop()
            try FileManager.default.copyItem(atPath: daemon.database, toPath: folder.path("db"))
            return folder
        }

        private func python(_ statement: String, _ path: String) throws {
            let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); \(statement); c.commit()"
            let ending = try Program.run("/usr/bin/python3", ["-c", script, path])
            #expect(ending.status == 0, "\(ending.complaint)")
        }

        private func mode(_ path: String) -> mode_t {
            var status = stat()
            return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
        }
    }
}
