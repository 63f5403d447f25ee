import Foundation
import Glibc
import Synchronization

/// The built programs, beside the test bundle.
enum Program {
    static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    static func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// How a program ended, and what it printed.
    struct Ending: Sendable {
        let status: Int32
        let output: String
        let complaint: String
    }

    /// Runs a program to its end.
    static func run(
        _ name: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        input: String = ""
    ) throws -> Ending {
        let folder = try TemporaryFolder()
        try input.write(toFile: folder.path("in"), atomically: false, encoding: .utf8)
        let process = try start(
            [name.contains("/") ? name : path(name)] + arguments,
            environment: environment,
            files: [folder.path("in"), folder.path("out"), folder.path("err")]
        )
        let status = try wait(for: process, seconds: 60)
        return Ending(status: status, output: folder.text("out"), complaint: folder.text("err"))
    }

    /// Starts a program with files for its standard streams; nothing else of this process reaches it.
    static func start(_ words: [String], environment: [String: String], files: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, files[0], O_RDONLY, 0)
        for number in 1...2 {
            posix_spawn_file_actions_addopen(
                &actions,
                Int32(number),
                files[number],
                O_WRONLY | O_CREAT | O_APPEND,
                0o600
            )
        }
        let variables = ["PATH=/usr/bin:/bin"] + environment.map { "\($0.key)=\($0.value)" }
        var process = pid_t()
        let executable = words[0]
        let error = withStrings(words) { words in
            withStrings(variables) { variables in posix_spawn(&process, executable, &actions, nil, words, variables) }
        }
        guard error == 0 else { throw Failure("\(executable) cannot be started: errno \(error)") }
        return process
    }

    /// The exit status of a program; minus the signal where one ended it.
    static func wait(for process: pid_t, seconds: Int) throws -> Int32 {
        for _ in 0..<seconds * 500 {
            if let status = try ending(of: process) { return status }
            usleep(2_000)
        }
        kill(process, SIGKILL)
        _ = waitpid(process, nil, 0)
        throw Failure("the program did not end within \(seconds) s")
    }

    /// The exit status, if the program has ended.
    static func ending(of process: pid_t) throws -> Int32? {
        var status: Int32 = 0
        let result = waitpid(process, &status, Int32(WNOHANG))
        if result == 0 { return nil }
        guard result == process else { throw Failure("waitpid: errno \(errno)") }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : -signal
    }

    private static func withStrings<Result>(
        _ texts: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}

/// A folder that goes away with the last reference.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        // Short, because a socket path has at most 107 bytes.
        var template = Array("/tmp/lk-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure("mkdtemp: errno \(errno)") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }  // What is left over is only litter.

    func path(_ name: String) -> String { path + "/" + name }

    func text(_ name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

    func bytes(_ name: String) -> Data { FileManager.default.contents(atPath: path(name)) ?? Data() }

    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}

/// Waits for something that happens elsewhere.
///
/// - Returns: Whether it happened within the time that no machine is too slow for.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<15_000 {
        if try condition() { return true }
        usleep(2_000)
    }
    return false
}

/// Runs a body on threads of its own, and gives what each returned.
func concurrently<Result: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Result) throws -> [Result]
{
    let results = Mutex<[Int: Swift.Result<Result, any Error>]>([:])
    let group = DispatchGroup()
    for index in 0..<count {
        group.enter()
        let thread = Thread {
            let result = Swift.Result { try body(index) }
            results.withLock { $0[index] = result }
            group.leave()
        }
        thread.start()
    }
    group.wait()
    return try results.withLock { results in try (0..<count).compactMap { try results[$0]?.get() } }
}
