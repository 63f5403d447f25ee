import Glibc
import Reactor

/// A server that the benchmark started, and ends.
final class ChildProcess {
    let name: String
    let processID: pid_t
    private let logPath: String
    private var isRunning = true

    /// Starts a program on a core; what it writes goes to a file.
    ///
    /// - Parameters:
    ///   - name: For messages, and for the file of what it writes.
    ///   - program: Path of the executable.
    ///   - arguments: Without the program's name.
    ///   - cores: The child's, and the one that this process goes back to.
    ///   - folder: Where the file is made.
    /// - Throws: When a core or the program is not there.
    init(
        _ name: String,
        program: String,
        arguments: [String],
        cores: Cores,
        folder: String
    ) throws(BenchFailure) {
        self.name = name
        logPath = "\(folder)/\(name).log"
        // A child inherits the core of the thread that starts it, with all threads that it starts in turn.
        try pin(toCore: cores.server)
        let outcome = Self.spawn(program, arguments, logPath)
        try pin(toCore: cores.client)
        guard outcome.error == 0 else {
            throw BenchFailure(
                "\(program) cannot be started: \(SystemError("posix_spawn", code: outcome.error)). Build it."
            )
        }
        processID = outcome.processID
    }

    deinit {
        stop()
    }

    /// Asks the process to end and waits for it; after ten seconds it is killed.
    ///
    /// - Returns: What was wrong with its end, if anything.
    @discardableResult
    func stop() -> String? {
        guard isRunning else { return nil }
        isRunning = false
        kill(processID, SIGTERM)
        var status: Int32 = 0
        for _ in 0..<1_000 {
            if waitpid(processID, &status, WNOHANG) != 0 { return Self.complaint(name, status) }
            usleep(10_000)
        }
        kill(processID, SIGKILL)
        waitpid(processID, &status, 0)
        return "\(name) did not end within 10 s of SIGTERM."
    }

    /// Connects, as often as it takes until the server listens.
    func awaitConnection(to address: SocketAddress) throws(BenchFailure) {
        var last = ""
        for _ in 0..<3_000 {
            do throws(BenchFailure) {
                close(try connectedDescriptor(to: address))
                return
            } catch {
                last = error.description
            }
            var status: Int32 = 0
            if waitpid(processID, &status, WNOHANG) != 0 {
                isRunning = false
                throw BenchFailure("\(name) ended before it listened. It wrote:\n\(log)")
            }
            usleep(10_000)
        }
        throw BenchFailure("\(name) does not listen after 30 s (\(last)). It wrote:\n\(log)")
    }

    /// The end of what it wrote.
    private var log: String { String((contents(of: logPath) ?? "").suffix(2_000)) }

    private static func complaint(_ name: String, _ status: Int32) -> String? {
        if status & 0x7F == 0 {
            let code = status >> 8 & 0xFF
            return code == 0 ? nil : "\(name) ended with status \(code) after SIGTERM."
        }
        let signal = status & 0x7F
        return signal == SIGTERM ? nil : "\(name) was ended by signal \(signal)."
    }

    private static func spawn(_ program: String, _ arguments: [String], _ log: String) -> (
        processID: pid_t, error: Int32
    ) {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The signals that this process reads from a descriptor must reach the child as ever.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        defer { words.forEach { free($0) } }
        var processID: pid_t = 0
        let error = posix_spawn(&processID, program, &actions, &attributes, words, environ)
        return (processID, error)
    }
}

/// The folder of this program, where its siblings of the same build are.
func buildFolder() throws(BenchFailure) -> String {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &bytes, bytes.count)
    guard count > 0 else { throw BenchFailure("\(SystemError.current("readlink", on: "/proc/self/exe"))") }
    let path = String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
}
