import Bytes
import Glibc
public import JSONSyntax

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
        json.endObject()
        json.buffer.append(UInt8(ascii: "\n"))
        // One write a line, so that lines of two threads do not mix. A log that fails must not stop the program.
        let line = json.buffer.readable
        _ = Glibc.write(descriptor, line.baseAddress, line.count)
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
