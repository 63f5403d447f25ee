import Bytes
import Glibc
public import JSONSyntax
import Synchronization

/// Writes one JSON object a line to standard error, one line an event.
///
/// No secret is ever among its members.
public struct Log: Sendable {
    /// How much an event matters.
    public enum Level: String, CaseIterable, Sendable, Comparable {
        /// For finding mistakes.
        case debug
        /// What happens anyway: start, stop, a slow moment.
        case info
        /// Something to look into soon.
        case warning
        /// Something failed.
        case error

        /// The less important level is the smaller one.
        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// Events below this level are not written.
    public let level: Level
    private let program: String
    private let descriptor: Int32
    private let drops = Drops()

    /// A log of a program.
    ///
    /// - Parameters:
    ///   - program: Its name, in each line.
    ///   - level: Events below it are not written.
    ///   - descriptor: Where lines go; standard error.
    public init(program: String, level: Level, descriptor: Int32 = 2) {
        self.program = program
        self.level = level
        self.descriptor = descriptor
    }

    /// Writes an event.
    ///
    /// - Parameters:
    ///   - level: How much it matters.
    ///   - event: Its name, the same for each event of the kind.
    ///   - members: What it is about.
    public func write(_ level: Level, _ event: StaticString, _ members: KeyValuePairs<String, JSONValue> = [:]) {
        guard level >= self.level else { return }
        var json = JSONWriter(capacity: 256)
        json.beginObject()
        json.name("time")
        json.integer(Self.now())
        json.name("level")
        json.string(level.rawValue)
        json.name("program")
        json.string(program)
        json.name("event")
        json.string(event)
        for (name, value) in members {
            json.name(name)
            json.value(value)
        }
        let dropped = drops.take()
        if dropped > 0 {
            json.name("linesDropped")
            json.integer(dropped)
        }
        json.endObject()
        json.buffer.append(UInt8(ascii: "\n"))
        // One write a line, so that lines of two threads do not mix. A log that nobody reads, or that fails, must not stop the
        // program: a pipe that is ready takes 4,096 bytes without waiting (pipe(7), PIPE_BUF), and what is not ready gets none.
        let line = json.buffer.readable
        guard isReady else { return drops.note(dropped + 1) }
        _ = Glibc.write(descriptor, line.baseAddress, min(line.count, 4_096))
    }

    private var isReady: Bool {
        var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&watched, 1, 0) == 1
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// Lines that were not written since the last one that was.
private final class Drops: Sendable {
    private let count = Atomic<Int>(0)

    func note(_ lines: Int) {
        count.add(lines, ordering: .relaxed)
    }

    func take() -> Int {
        count.exchange(0, ordering: .relaxed)
    }
}
