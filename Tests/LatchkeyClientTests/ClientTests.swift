import Glibc
import JSONSyntax
import LatchkeyClient
import Testing

@Suite(.ownThreads, .timeLimit(.minutes(30)))
struct ClientTests {
    // MARK: Unreachable

    @Test("a socket that is not there is missing, also below a file")
    func missing() async throws {
        for path in [temporaryPath(), "/proc/version/api.sock"] {
            #expect(await reason(path) == .missing)
        }
    }

    @Test("a socket on which nobody listens refuses")
    func refused() async throws {
        let path = temporaryPath()
        close(try boundSocket(path))
        defer { unlink(path) }
        #expect(await reason(path) == .refused)
    }

    @Test("a socket whose queue is full is busy")
    func busy() async throws {
        let path = temporaryPath()
        let listener = try boundSocket(path)
        defer {
            close(listener)
            unlink(path)
        }
        try #require(listen(listener, 0) == 0)
        var waiting: [Int32] = []
        defer { for descriptor in waiting { close(descriptor) } }
        while true {
            let descriptor = newSocket()
            waiting.append(descriptor)
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            guard withAddress(path, { connect(descriptor, $0, $1) }) == 0 else { break }
        }
        try #require(errno == EAGAIN)
        #expect(await reason(path) == .busy)
    }

    @Test("a socket that its permissions close is denied", .enabled(if: geteuid() != 0))
    func denied() async throws {
        let path = temporaryPath()
        let listener = try boundSocket(path)
        defer {
            close(listener)
            unlink(path)
        }
        try #require(listen(listener, 1) == 0 && chmod(path, 0) == 0)
        #expect(await reason(path) == .denied)
    }

    @Test("a path that no socket can have says so")
    func longPath() async throws {
        let words = "the path is longer than the 107 bytes that a socket's may have"
        #expect(await reason("/tmp/" + String(repeating: "x", count: 103)) == .other(words))
        #expect(await reason("/tmp/" + String(repeating: "x", count: 102)) == .missing)
    }

    @Test("a client of a daemon that starts later finds it")
    func startsLater() async throws {
        let daemon = try FakeDaemon { peer, _ in peer.echo() }
        let hidden = daemon.path + ".hidden"
        rename(daemon.path, hidden)
        let client = LatchkeyClient(socket: daemon.path)
        #expect(await failure(of: client, "a.b") == .unreachable(socket: daemon.path, .missing))
        rename(hidden, daemon.path)
        try await expect(client, "a.b", [1], gives: [1])
        daemon.stop()
    }

    private func reason(_ path: String) async -> UnreachableReason? {
        let client = LatchkeyClient(socket: path)
        guard case .unreachable(path, let reason) = await failure(of: client, "a.b") else { return nil }
        return reason
    }

    // MARK: What is left behind

    @Test("no description, dump or error of a client shows its root key")
    func secret() async throws {
        let client = LatchkeyClient(socket: "/nowhere/api.sock", rootKey: "sesame")
        let failure = await failure(of: client, "a.b")
        var text =
            "\(client) \(String(reflecting: client)) \(String(describing: failure)) \(String(reflecting: failure))"
        dump(client, to: &text)
        dump(failure, to: &text)
        for child in Mirror(reflecting: client).children {
            text += "\(child) \(String(reflecting: child.value))"
            for grandchild in Mirror(reflecting: child.value).children { text += "\(grandchild)" }
        }
        #expect(!text.contains("sesame"))
    }

    @Test("a client that is released closes its connection and ends its thread")
    func descriptors() async throws {
        let clients = 200
        let daemon = try FakeDaemon { peer, _ in peer.echo() }
        let before = try descriptorCount()
        for _ in 0..<clients {
            // The daemon serves one connection after the other, so this is answered only when the last client is gone.
            try await expect(LatchkeyClient(socket: daemon.path), "a.b", [1], gives: [1])
        }
        // One leaked descriptor a client would show; other tests of this process open and close a few meanwhile.
        #expect(try descriptorCount() < before + clients * 3 / 4)
        daemon.stop()
    }

    private func descriptorCount() throws -> Int {
        let folder = try #require(opendir("/proc/self/fd"))
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count
    }
}
