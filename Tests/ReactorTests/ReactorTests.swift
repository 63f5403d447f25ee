import Glibc
import Testing

@testable import Reactor

@Suite struct ReactorInputTests {
    @Test("requests sent together are answered together, in order")
    func pipelining() throws {
        let fixture = try LineFixture()
        let (_, peer) = try fixture.connect()
        let lines = (0..<1_000).map { "line \($0)\n" }.joined()
        peer.send(lines)
        #expect(try fixture.turn(until: peer, has: lines.utf8.count))
        #expect(peer.text == lines)
    }

    @Test("a message that comes byte by byte is answered once it is whole")
    func byteByByte() throws {
        let fixture = try LineFixture()
        let (_, peer) = try fixture.connect()
        for character in "hello" {
            peer.send(String(character))
            try fixture.reactor.settle()
            peer.receive()
            #expect(peer.received.isEmpty)
        }
        peer.send("\nnext\n")
        #expect(try fixture.turn(until: peer, has: 11))
        #expect(peer.text == "hello\nnext\n")
    }

    @Test("what follows a held message waits for its answer, in order, and nothing more is read meanwhile")
    func hold() throws {
        let fixture = try LineFixture()
        let (connection, peer) = try fixture.connect()
        peer.send("a\nhold b\nc\nd\n")
        #expect(try fixture.turn(until: peer, has: 2))
        peer.send("e\n")
        try fixture.reactor.settle()
        peer.receive()
        #expect(peer.text == "a\n")
        #expect(fixture.service.lines == ["a", "hold b"])
        fixture.service.release(connection, fixture.reactor)
        #expect(try fixture.turn(until: peer, has: 10))
        #expect(peer.text == "a\nb\nc\nd\ne\n")
    }

    @Test("a peer that half-closes is answered what it sent, then the connection ends")
    func halfClose() throws {
        let fixture = try LineFixture()
        let (connection, peer) = try fixture.connect()
        peer.send("a\nhold b\nc\n")
        peer.finish()
        #expect(try fixture.turn(until: peer, has: 2))
        #expect(!connection.isHalfClosed, "the end is not looked at before what came before it")
        fixture.service.release(connection, fixture.reactor)
        #expect(try fixture.turnToEnd(of: peer))
        #expect(peer.text == "a\nb\nc\n")
        #expect(fixture.service.journal == ["finished", "closed: finished"])
    }

    @Test("what a peer sent before it vanished is still read, and its end is told once")
    func vanishedPeer() throws {
        let fixture = try LineFixture()
        let (connection, peer) = try fixture.connect()
        peer.send("hold a\nquiet b\n")
        #expect(try fixture.reactor.turn { fixture.service.lines == ["hold a"] })
        peer.close()
        try fixture.reactor.settle()
        #expect(connection.watched == nil, "a hang-up is reported without end, so the poller lets go of it")
        #expect(fixture.service.journal.isEmpty)
        connection.session.held = []
        fixture.reactor.resume(connection)
        #expect(try fixture.reactor.turn { fixture.reactor.connectionCount == 0 })
        #expect(fixture.service.lines == ["hold a", "quiet b"])
        #expect(fixture.service.journal == ["finished", "closed: finished"])
    }

    @Test("a service may drop a connection while it reads a message that came in pieces")
    func dropWhileReading() throws {
        let fixture = try LineFixture()
        let (_, peer) = try fixture.connect()
        peer.send("dr")
        try fixture.reactor.settle()
        peer.send("op\nnever read\n")
        #expect(try fixture.turnToEnd(of: peer))
        #expect(fixture.service.lines == ["drop"])
        #expect(fixture.service.journal == ["closed: dropped"])
        #expect(fixture.reactor.connectionCount == 0)
    }
}

@Suite struct ReactorOutputTests {
    @Test("a peer that does not read is not read either, until it has taken what waits for it")
    func backPressure() throws {
        let fixture = try LineFixture { $0.highWaterBytes = 1_000 }
        let (connection, peer) = try fixture.connect()
        peer.send(String(repeating: "big 600000\n", count: 5))
        #expect(try fixture.reactor.turn { connection.stallDeadline != nil })
        try fixture.reactor.settle()
        #expect(fixture.service.lines.count == 1)
        #expect(connection.output.count >= 1_000)
        let offers = fixture.service.offers
        peer.send("more\n")
        try fixture.reactor.settle()
        #expect(fixture.service.offers == offers, "what it sends stays in the socket")
        #expect(try fixture.turn(until: peer, has: 5 * 600_001 + 5))
        #expect(fixture.service.lines.count == 6)
        #expect(peer.received.suffix(5) == Array("more\n".utf8))
        #expect(connection.stallDeadline == nil)
    }

    @Test("a peer for which too much output waits is dropped")
    func overflow() throws {
        let fixture = try LineFixture {
            $0.highWaterBytes = 1_000
            $0.outputBytesMax = 2_000_000
        }
        let (connection, peer) = try fixture.connect()
        peer.send("big 1000000\n")
        #expect(try fixture.reactor.turn { connection.output.count > 0 })
        try fixture.reactor.settle()
        #expect(fixture.service.journal.isEmpty)
        // Replies of other threads come whether or not the peer reads.
        fixture.service.reply(String(repeating: "y", count: 2_000_000), connection, fixture.reactor)
        #expect(try fixture.reactor.turn { fixture.reactor.connectionCount == 0 })
        #expect(fixture.service.journal == ["closed: overflow"])
        #expect(try fixture.turnToEnd(of: peer))
    }

    @Test("a peer that takes nothing for the stall time-out is dropped; its neighbour is served meanwhile")
    func stall() throws {
        let fixture = try LineFixture { $0.stallMilliseconds = 5 }
        let (_, stalled) = try fixture.connect()
        let (_, neighbour) = try fixture.connect()
        stalled.send("big 3000000\n")
        neighbour.send("hello\n")
        #expect(try fixture.reactor.turn { fixture.reactor.connectionCount == 1 })
        #expect(fixture.service.journal == ["closed: stalled"])
        #expect(try fixture.turn(until: neighbour, has: 6))
    }

    @Test("the last reply arrives whole although the peer goes on sending what nobody reads")
    func lingering() throws {
        let fixture = try LineFixture()
        let (connection, peer) = try fixture.connect()
        peer.send("bye " + String(repeating: "z", count: 100_000) + "\n")
        #expect(try fixture.reactor.turn { connection.state == .lingering || connection.output.count > 0 })
        peer.send(String(repeating: "ignored\n", count: 1_000))
        #expect(try fixture.turnToEnd(of: peer))
        #expect(peer.received.count == 100_001)
        #expect(connection.state == .lingering)
        peer.send("ignored still\n")
        try fixture.reactor.settle()
        #expect(fixture.service.lines.count == 1)
        peer.close()
        #expect(try fixture.reactor.turn { fixture.reactor.connectionCount == 0 })
        #expect(fixture.service.journal == ["closed: finished"])
    }

    @Test("a peer that never closes is closed upon when its lingering time is up")
    func lingeringEnds() throws {
        let fixture = try LineFixture()
        let (connection, peer) = try fixture.connect()
        peer.send("bye\n")
        #expect(try fixture.turnToEnd(of: peer))
        #expect(connection.deadline != nil)
        // Instead of waiting for two seconds.
        connection.deadline = fixture.reactor.now
        connection.armedTimer = nil
        fixture.reactor.armTimer(connection)
        #expect(try fixture.reactor.turn { fixture.reactor.connectionCount == 0 })
        #expect(fixture.service.journal == ["closed: finished"])
    }

    @Test("a reply that the end of another connection causes is sent")
    func replyFromClosed() throws {
        let fixture = try LineFixture()
        let (waiting, waitingPeer) = try fixture.connect()
        let (leaving, leavingPeer) = try fixture.connect()
        let service = fixture.service
        service.onClosed = { _, reactor in service.reply("your partner is gone", waiting, reactor) }
        leavingPeer.close()
        // The flush finds out that the peer is gone.
        service.reply("for nobody", leaving, fixture.reactor)
        #expect(try fixture.turn(until: waitingPeer, has: 21))
        #expect(waitingPeer.text == "your partner is gone\n")
        #expect(service.journal.last == "closed: peer_gone")
    }
}

@Suite struct ReactorLifeTests {
    @Test("a connection that is gone is not found, although its slot is used again")
    func generations() throws {
        let fixture = try LineFixture()
        let (first, _) = try fixture.connect()
        let old = first.id
        #expect(fixture.reactor.connection(old) === first)
        fixture.reactor.drop(first)
        #expect(fixture.reactor.connection(old) == nil)
        let (second, _) = try fixture.connect()
        #expect(second.id.slot == old.slot)
        #expect(second.id != old)
        #expect(fixture.reactor.connection(old) == nil)
        #expect(fixture.reactor.connection(second.id) === second)
        fixture.reactor.drop(first)
        #expect(fixture.reactor.connection(second.id) === second, "dropping twice drops nobody else")
    }

    @Test("a reactor that is released closes its connections")
    func release() throws {
        var peers: [Peer] = []
        var names: [String] = []
        do {
            let fixture = try LineFixture()
            for _ in 0..<20 {
                let (connection, peer) = try fixture.connect()
                peers.append(peer)
                names.append(socketName(of: connection.descriptor))
            }
            #expect(fixture.reactor.connectionCount == 20)
        }
        for peer in peers {
            peer.receive()
            #expect(peer.isOver)
        }
        #expect(Set(openDescriptors()).isDisjoint(with: names))
    }

    @Test("connections that come and go leave no descriptor behind")
    func descriptors() throws {
        let fixture = try LineFixture()
        var names: [String] = []
        for word in ["hello", "bye", "drop", "big 2000000", "hold x"] {
            let (connection, peer) = try fixture.connect()
            names.append(socketName(of: connection.descriptor))
            peer.send(word + "\n")
            try fixture.reactor.settle()
            peer.close()
            try fixture.reactor.settle()
            if fixture.reactor.connection(connection.id) != nil { fixture.service.release(connection, fixture.reactor) }
            #expect(try fixture.reactor.turn { fixture.reactor.connectionCount == 0 }, "\(word)")
        }
        #expect(Set(openDescriptors()).isDisjoint(with: names))
    }

    @Test("each connection is visited")
    func forEach() throws {
        let fixture = try LineFixture()
        let connections = try (0..<5).map { _ in try fixture.connect() }
        fixture.reactor.drop(connections[2].connection)
        var seen: [UInt32] = []
        fixture.reactor.forEachConnection { seen.append($0.id.slot) }
        #expect(seen == [0, 1, 3, 4])
    }
}
