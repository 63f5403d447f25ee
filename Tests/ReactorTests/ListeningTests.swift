import Glibc
import Synchronization
import Testing

@testable import Reactor

@Suite struct ListeningTests {
    private func listen(on path: String, _ fixture: LineFixture) throws {
        try fixture.reactor.listen(on: try ListeningSocket(.unix(path: path))) { _ in LineService.Session() }
    }

    private func connect(_ path: String) throws -> Peer {
        Peer(try connectedSocket(to: .unix(path: path)))
    }

    @Test("peers of a socket file are served; with the reactor the file goes")
    func unixSocket() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.sock")
        do {
            let fixture = try LineFixture()
            try listen(on: path, fixture)
            let peers = try (0..<100).map { _ in try connect(path) }
            for (index, peer) in peers.enumerated() { peer.send("from \(index)\n") }
            for (index, peer) in peers.enumerated() {
                #expect(try fixture.turn(until: peer, has: "from \(index)\n".utf8.count))
                #expect(peer.text == "from \(index)\n")
            }
            #expect(access(path, F_OK) == 0)
        }
        #expect(access(path, F_OK) == -1)
    }

    @Test("peers of a port that the system chose are served", arguments: ["127.0.0.1", "::1"])
    func internetSocket(host: String) throws {
        let fixture = try LineFixture()
        let socket: ListeningSocket
        do throws(SystemError) {
            socket = try ListeningSocket(.internet(host: host, port: 0))
        } catch {
            // A machine without IPv6.
            try #require(host == "::1" && [ENOENT, EADDRNOTAVAIL, EAFNOSUPPORT].contains(error.code), "\(error)")
            return
        }
        let address = socket.address
        try fixture.reactor.listen(on: socket) { _ in LineService.Session() }
        let peer = Peer(try connectedSocket(to: address))
        var seen: [String?] = []
        var credentials: [PeerCredentials?] = []
        fixture.service.onLine = { _, connection, _ in
            seen.append(peerAddress(of: connection.descriptor))
            credentials.append(PeerCredentials(of: connection.descriptor))
        }
        #expect(try fixture.reactor.turn { peer.send("hello\n") == 6 })
        #expect(try fixture.turn(until: peer, has: 6))
        #expect(seen == [host])
        #expect(credentials == [nil], "only the Unix domain attests who its peers are")
    }

    @Test("the kernel says who is at the other end of a socket file")
    func credentials() throws {
        let (left, right) = try socketPair()
        let peers = [Peer(left), Peer(right)]
        let found = try #require(PeerCredentials(of: peers[0].descriptor))
        #expect(found.processID == getpid())
        #expect(found.userID == geteuid())
        #expect(peerAddress(of: left) == nil)
    }

    @Test("at the limit of connections the next one waits in the backlog, and is served when another ends")
    func connectionsMax() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.sock")
        let fixture = try LineFixture { $0.connectionsMax = 2 }
        try listen(on: path, fixture)
        let peers = try (0..<3).map { _ in try connect(path) }
        for peer in peers { peer.send("hello\n") }
        #expect(try fixture.turn(until: peers[1], has: 6))
        try fixture.reactor.settle()
        #expect(fixture.reactor.connectionCount == 2)
        #expect(fixture.reactor.areListenersPaused)
        // A listener that comes now is not polled before its time either.
        try listen(on: folder.file("b.sock"), fixture)
        let late = try connect(folder.file("b.sock"))
        late.send("late\n")
        try fixture.reactor.settle()
        #expect(fixture.reactor.connectionCount == 2)
        peers[0].close()
        peers[1].close()
        #expect(try fixture.turn(until: peers[2], has: 6))
        #expect(try fixture.turn(until: late, has: 5))
    }

    @Test("a peer without a session is turned away")
    func turnedAway() throws {
        let folder = try TemporaryFolder()
        let fixture = try LineFixture()
        let path = folder.file("a.sock")
        try fixture.reactor.listen(on: try ListeningSocket(.unix(path: path))) { _ in nil }
        let peer = try connect(path)
        #expect(try fixture.turnToEnd(of: peer))
        #expect(fixture.reactor.connectionCount == 0)
    }

    @Test("after the listening has ended, open connections are still served and new ones are refused")
    func stopListening() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.sock")
        let fixture = try LineFixture()
        try listen(on: path, fixture)
        let peer = try connect(path)
        peer.send("a\n")
        #expect(try fixture.turn(until: peer, has: 2))
        fixture.reactor.stopListening()
        #expect(throws: SystemError.self) { try connect(path) }
        peer.send("b\n")
        #expect(try fixture.turn(until: peer, has: 4))
    }

    @Test("the listening may end in the very turn in which a peer connects")
    func stopListeningWithPeerWaiting() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.sock")
        let fixture = try LineFixture()
        let reactor = fixture.reactor
        let mailbox = try Mailbox<Int>(capacity: 1, isPolled: true)
        // Ready first, so it is told of first.
        #expect(mailbox.post(1))
        try reactor.receive(from: mailbox) { _ in reactor.stopListening() }
        try listen(on: path, fixture)
        let peer = try connect(path)
        try reactor.settle()
        #expect(reactor.listeners.isEmpty)
        peer.receive()
        #expect(peer.isOver)
    }
}

@Suite struct ListeningSocketTests {
    private func code(_ body: () throws -> Void) -> Int32? {
        do {
            try body()
            return nil
        } catch {
            return (error as? SystemError)?.code
        }
    }

    @Test("a socket file that nobody answers on is replaced, and has the mode that was asked for")
    func stale() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.sock")
        let old = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try SocketAddress.unix(path: path).withSystemAddress { address, length throws(SystemError) in
            _ = try system("bind") { Glibc.bind(old, address, length) }
        }
        close(old)
        var status = stat()
        #expect(lstat(path, &status) == 0)
        let socket = try ListeningSocket(.unix(path: path), mode: 0o600)
        #expect(lstat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        Peer(try connectedSocket(to: socket.address)).close()
    }

    @Test("a socket file that a server answers on is refused, and its server goes on")
    func live() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.sock")
        let first = try ListeningSocket(.unix(path: path))
        #expect(code { _ = try ListeningSocket(.unix(path: path)) } == EADDRINUSE)
        Peer(try connectedSocket(to: first.address)).close()
    }

    @Test("a file that is no socket is refused and left alone")
    func otherFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("precious")
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        #expect(code { _ = try ListeningSocket(.unix(path: path)) } == EEXIST)
        #expect(access(path, F_OK) == 0)
    }

    @Test("a server that ends leaves the socket file of another server alone")
    func replacedFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.sock")
        func end(_ socket: consuming ListeningSocket) {}
        let first = try ListeningSocket(.unix(path: path))
        // By hand, which no server does.
        unlink(path)
        let second = try ListeningSocket(.unix(path: path))
        end(first)
        Peer(try connectedSocket(to: second.address)).close()
    }

    @Test("paths that cannot be are refused: empty, with a NUL, over 107 bytes, in no folder")
    func paths() throws {
        let folder = try TemporaryFolder()
        func code(_ path: String) -> Int32? { self.code { _ = try ListeningSocket(.unix(path: path)) } }
        #expect(code("") == EINVAL)
        #expect(code("a\0b") == EINVAL)
        #expect(code(folder.file("missing/a.sock")) == ENOENT)
        let longest = folder.path + "/" + String(repeating: "a", count: 106 - folder.path.utf8.count)
        #expect(longest.utf8.count == 107)
        #expect(code(longest) == nil)
        #expect(code(longest + "a") == ENAMETOOLONG)
    }

    @Test("a listening socket of a parent process is taken over; a descriptor of another kind is refused")
    func inherited() throws {
        let folder = try TemporaryFolder()
        let address = SocketAddress.unix(path: folder.file("a.sock"))
        let parents = try ListeningSocket(address)
        let passed = dup(parents.descriptor)
        #expect(fcntl(passed, F_SETFL, 0) == 0)
        let fixture = try LineFixture()
        let socket = try ListeningSocket(inherited: passed, as: address)
        #expect(fcntl(passed, F_GETFL) & O_NONBLOCK != 0)
        #expect(fcntl(passed, F_GETFD) == FD_CLOEXEC)
        try fixture.reactor.listen(on: socket) { _ in LineService.Session() }
        let peer = Peer(try connectedSocket(to: address))
        peer.send("hello\n")
        #expect(try fixture.turn(until: peer, has: 6))

        let (left, right) = try socketPair()
        let file = open("/dev/null", O_RDONLY)
        defer { for descriptor in [left, right, file] { close(descriptor) } }
        #expect(code { _ = try ListeningSocket(inherited: left, as: address) } == EINVAL)
        #expect(code { _ = try ListeningSocket(inherited: file, as: address) } == ENOTSOCK)
        #expect(code { _ = try ListeningSocket(inherited: -1, as: address) } == EBADF)
    }

    @Test("connecting where nobody listens says so")
    func refused() throws {
        let folder = try TemporaryFolder()
        #expect(code { _ = try connectedSocket(to: .unix(path: folder.file("a.sock"))) } == ENOENT)
    }
}

@Suite struct SocketAddressTests {
    @Test(
        "host and port are read from text",
        arguments: [
            ("127.0.0.1:80", SocketAddress.internet(host: "127.0.0.1", port: 80)),
            ("localhost:0", .internet(host: "localhost", port: 0)),
            ("[::1]:65535", .internet(host: "::1", port: 65_535)),
            ("::1:80", nil), ("127.0.0.1:65536", nil), ("127.0.0.1", nil), (":80", nil), ("[]:80", nil), ("a:", nil),
            ("a:-1", nil), ("", nil),
        ]
    )
    func hostAndPort(text: String, address: SocketAddress?) {
        #expect(SocketAddress(hostAndPort: text) == address)
        if let address { #expect(address.description == text) }
    }
}
