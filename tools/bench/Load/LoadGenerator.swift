import Bytes
import Glibc
import Reactor

/// Sends load from one thread over many connections, and measures it.
///
/// The same loop for each server: what differs, how requests and replies look, is the generic parameter. A request costs a
/// copy on the way out and a comparison on the way in, and a readiness one read, one look at the clock and one write.
///
/// Two ways to send. *Closed*: as soon as a reply has come, the next request goes. *Scheduled*: requests are due at fixed times
/// whatever the server does, and a request's latency counts from when it was due, so that a server that stands still is not
/// spared the requests that it kept from being sent (no coordinated omission).
struct LoadGenerator<W: Wire>: ~Copyable {
    private let poller: EpollSet
    /// The first group is measured, the others are there besides.
    private let groups: [LoadGroup]
    private let sources: UnsafeMutablePointer<RequestMix.Source>
    private let connections: UnsafeMutablePointer<LoadConnection>
    private let count: Int
    private let measuredCount: Int
    private let rate: Int
    private let checksData: Bool
    private var scheduleStart: UInt64 = 0
    private var scheduledTotal = 0
    private var windowStart = UInt64.max
    private var windowEnd = UInt64.max
    private var isStopping = false
    private var underWay = 0
    /// Time in which nothing had come, up to now.
    private(set) var idleNanoseconds: UInt64 = 0
    /// What was measured so far.
    var tally = Tally()

    /// What replies came in the measured time.
    struct Tally: ~Copyable {
        var latencies = Histogram()
        var errors = 0
        var firstError: String?
        /// Replies to the connections that are there besides.
        var backgroundReplies = 0
    }

    private static var interruptToken: UInt64 { .max }
    private static var readBytes: Int { 16 * 1_024 }

    /// Connects everything.
    ///
    /// - Parameters:
    ///   - address: The server.
    ///   - groups: At least one; the first is measured.
    ///   - checksData: Whether each reply must be the success that its request expects; false for the echo server.
    ///   - interrupt: Readable once the benchmark is to end.
    /// - Returns: A generator that has sent nothing yet.
    /// - Throws: When the server does not take so many connections.
    static func connect(
        to address: SocketAddress,
        groups: [LoadGroup],
        checksData: Bool,
        interrupt: Int32
    ) throws(BenchFailure) -> LoadGenerator {
        let poller = try during("Starting the load") { () throws(SystemError) in try EpollSet() }
        let sources = groups.compactMap(\.requests.source)
        guard sources.count == groups.count, !groups.isEmpty else {
            throw BenchFailure("A mix of no requests cannot be sent.")
        }
        var descriptors: [(descriptor: Int32, group: Int)] = []
        for (index, group) in groups.enumerated() {
            for _ in 0..<group.point.connections {
                descriptors.append((try connectedDescriptor(to: address), index))
            }
        }
        do throws(SystemError) {
            for (index, entry) in descriptors.enumerated() { try poller.add(entry.descriptor, token: UInt64(index)) }
            try poller.add(interrupt, token: Self.interruptToken)
        } catch {
            throw BenchFailure("Watching connections: \(error)")
        }
        return LoadGenerator(poller, groups, sources, descriptors, checksData: checksData)
    }

    private init(
        _ poller: consuming EpollSet,
        _ groups: [LoadGroup],
        _ sources: [RequestMix.Source],
        _ descriptors: [(descriptor: Int32, group: Int)],
        checksData: Bool
    ) {
        self.poller = poller
        self.groups = groups
        self.checksData = checksData
        self.sources = .allocate(capacity: groups.count)
        for (index, source) in sources.enumerated() { (self.sources + index).initialize(to: source) }
        count = descriptors.count
        connections = .allocate(capacity: count)
        for (index, entry) in descriptors.enumerated() {
            let slots = groups[entry.group].point.pipeline
            let connection = LoadConnection(descriptor: entry.descriptor, group: entry.group, slotCount: slots)
            (connections + index).initialize(to: connection)
        }
        measuredCount = groups[0].point.connections
        rate = groups[0].rate ?? 0
    }

    deinit {
        connections.deinitialize(count: count)
        connections.deallocate()
        sources.deallocate()
    }

    /// Sends the first requests, and keeps on for a time that is not measured.
    mutating func warmUp(nanoseconds: UInt64) throws(BenchFailure) {
        let now = nanosecondsNow()
        scheduleStart = now
        for index in 0..<count where !isScheduled(connections + index) {
            try refill(connections + index, now: now)
        }
        try turn(until: now + nanoseconds)
    }

    /// Keeps on, and records what is sent in this time.
    mutating func measure(nanoseconds: UInt64) throws(BenchFailure) {
        windowStart = nanosecondsNow()
        windowEnd = windowStart + nanoseconds
        try turn(until: windowEnd)
    }

    /// Sends no more (but what is due since before), and waits for the replies to what was sent.
    ///
    /// - Returns: How many of the measured requests got no reply in that time.
    mutating func drain(nanoseconds: UInt64) throws(BenchFailure) -> Int {
        isStopping = true
        try turn(until: nanosecondsNow() + nanoseconds)
        var missing = 0
        for index in 0..<measuredCount {
            missing += connections[index].slotCount - connections[index].freeCount
            missing += connections[index].scheduledDue - connections[index].scheduledSent
        }
        return missing
    }

    /// Never sleeps: a core that has gone idle takes longer to wake than a request takes, and that would be what is measured.
    private mutating func turn(until deadline: UInt64) throws(BenchFailure) {
        var now = nanosecondsNow()
        while now < deadline, !isStopping || underWay > 0 {
            let ready = try poll()
            if ready == 0 {
                let before = now
                now = nanosecondsNow()
                idleNanoseconds += now - before
            }
            for index in 0..<ready {
                let token = poller.token(index)
                if token == Self.interruptToken { throw BenchFailure("Interrupted.") }
                let connection = connections + Int(token)
                if poller.hasRoom(index) { try flush(connection) }
                if poller.hasBytes(index) { now = try serve(connection, previous: now) }
            }
            if rate > 0 { try sendDue(now) }
        }
    }

    @inline(__always)
    private func poll() throws(BenchFailure) -> Int {
        do throws(SystemError) { return try poller.wait(milliseconds: 0) } catch { throw BenchFailure("\(error)") }
    }

    @inline(__always)
    private func isScheduled(_ connection: UnsafeMutablePointer<LoadConnection>) -> Bool {
        rate > 0 && connection.pointee.group == 0
    }

    /// Reads once, settles what was answered, sends what is next.
    ///
    /// - Returns: The time of the read.
    private mutating func serve(
        _ connection: UnsafeMutablePointer<LoadConnection>,
        previous: UInt64
    ) throws(BenchFailure) -> UInt64 {
        let room = connection.pointee.input.spare(atLeast: Self.readBytes)
        let received = recv(connection.pointee.descriptor, room.baseAddress, room.count, 0)
        guard received > 0 else {
            if received < 0, errno == EAGAIN || errno == EINTR { return previous }
            throw BenchFailure("The server closed a connection. Its log may say why.")
        }
        connection.pointee.input.commit(received)
        let now = nanosecondsNow()
        while let reply = try W.front(of: connection.pointee.input.readable) {
            try settle(reply, of: connection, at: now)
            connection.pointee.input.consume(reply.length)
        }
        try refill(connection, now: now)
        return now
    }

    @inline(__always)
    private mutating func settle(
        _ reply: WireReply,
        of connection: UnsafeMutablePointer<LoadConnection>,
        at now: UInt64
    ) throws(BenchFailure) {
        guard let request = connection.pointee.settle(reply.slot) else {
            throw BenchFailure("A reply to no request: \(excerpt(reply.json))")
        }
        underWay -= 1
        let group = connection.pointee.group
        let expected = sources[group].templates[request.template].expectedData
        if checksData, !isExpected(reply, expected) {
            tally.errors += 1
            if tally.firstError == nil { tally.firstError = excerpt(reply.json) }
        } else if request.start >= windowStart, request.start < windowEnd {
            if group == 0 {
                tally.latencies.record(nanoseconds: now - request.start)
            } else {
                tally.backgroundReplies += 1
            }
        }
    }

    @inline(__always)
    private func isExpected(_ reply: WireReply, _ expected: UnsafeRawBufferPointer) -> Bool {
        guard reply.hasSuccessStatus, let base = reply.json.baseAddress, let wanted = expected.baseAddress else {
            return false
        }
        let offset = W.dataOffset
        if reply.json.count >= offset + expected.count, memcmp(base + offset, wanted, expected.count) == 0 {
            return true
        }
        return holdsElsewhere(reply.json, expected)
    }

    /// Sends as much as the connection may have under way.
    private mutating func refill(
        _ connection: UnsafeMutablePointer<LoadConnection>,
        now: UInt64
    ) throws(BenchFailure) {
        if isScheduled(connection) { return try sendScheduled(connection) }
        if isStopping { return }
        while connection.pointee.freeCount > 0 { send(connection, start: now) }
        try flush(connection)
    }

    /// Moves the schedule on to the present, and sends what has become due.
    private mutating func sendDue(_ now: UInt64) throws(BenchFailure) {
        // What becomes due after the measured time is nobody's.
        let horizon = min(now, windowEnd)
        while true {
            let connection = scheduledTotal % measuredCount
            let number = scheduledTotal / measuredCount
            let due = LoadGroup.due(number, of: connection, connections: measuredCount, rate: rate)
            guard scheduleStart + due < horizon else { return }
            scheduledTotal += 1
            connections[connection].scheduledDue += 1
            try sendScheduled(connections + connection)
        }
    }

    private mutating func sendScheduled(_ connection: UnsafeMutablePointer<LoadConnection>) throws(BenchFailure) {
        let place = connection - connections
        while connection.pointee.freeCount > 0, connection.pointee.scheduledSent < connection.pointee.scheduledDue {
            let number = connection.pointee.scheduledSent
            let due = LoadGroup.due(number, of: place, connections: measuredCount, rate: rate)
            connection.pointee.scheduledSent += 1
            send(connection, start: scheduleStart + due)
        }
        try flush(connection)
    }

    @inline(__always)
    private mutating func send(_ connection: UnsafeMutablePointer<LoadConnection>, start: UInt64) {
        let slot = connection.pointee.takeSlot()
        let source = sources[connection.pointee.group]
        let template = source.append(correlation: slot, to: &connection.pointee.output)
        connection.pointee.slots[slot] = LoadConnection.Slot(start: start, template: template)
        underWay += 1
    }

    private func flush(_ connection: UnsafeMutablePointer<LoadConnection>) throws(BenchFailure) {
        let bytes = connection.pointee.output.readable
        if bytes.isEmpty { return }
        let sent = Glibc.send(connection.pointee.descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        if sent < 0, errno != EAGAIN, errno != EINTR {
            throw BenchFailure("Sending a request: \(SystemError.current("send"))")
        }
        connection.pointee.output.consume(max(0, sent))
        let isBlocked = !connection.pointee.output.isEmpty
        if isBlocked == connection.pointee.isBlocked { return }
        connection.pointee.isBlocked = isBlocked
        try during("Watching a connection") { () throws(SystemError) in
            let token = UInt64(connection - connections)
            try poller.change(connection.pointee.descriptor, token: token, wantsRoom: isBlocked)
        }
    }
}
