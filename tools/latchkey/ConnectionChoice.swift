import Glibc
import LatchkeyClient
import Program

/// Which socket is called, and as whom.
struct ConnectionChoice {
    let socket: String
    let isOperator: Bool
    let rootKey: String?

    private static let socketSetting = Setting.socketPath("socket", "The daemon's API socket.")
    private static let operatorSetting = Setting.socketPath(
        "operator-socket",
        "The operator socket, to call as the operator."
    )
    private static let keySetting = Setting.text("root-key", "KEY", "The root key; other users may see command lines.")
    private static let fileSetting = Setting.text("root-key-file", "FILE", "A file with the root key.")

    init(_ line: inout CommandLineOptions, _ environment: [String: String]) throws(UsageError) {
        let wantsOperator = line.takeFlag("operator", "Calls as the operator, on the operator socket.")
        // Only the option says that the operator is meant; the variable says where that socket is.
        var given = CommandLineOptions(line.words, environment: [:])
        let named = try given.takeOptional(Self.operatorSetting)
        let givenKey = try given.takeOptional(Self.keySetting)
        if givenKey != nil, try given.takeOptional(Self.fileSetting) != nil {
            throw UsageError("--root-key and --root-key-file both give the root key. Give one of them.")
        }
        let operatorSocket = try line.takeOptional(Self.operatorSetting)
        let apiSocket = try line.takeOptional(Self.socketSetting)
        isOperator = wantsOperator || named != nil
        let api = apiSocket ?? Self.stateFolder(environment) + "/api.sock"
        socket = isOperator ? operatorSocket ?? Self.operatorSocket(beside: api) : api
        let key = try line.takeOptional(Self.keySetting)
        let file = try line.takeOptional(Self.fileSetting)
        if isOperator {
            rootKey = nil
        } else if let file, givenKey == nil {
            rootKey = try Self.read(file)
        } else {
            rootKey = key
        }
    }

    /// A client of the socket; nothing is opened before the first call.
    var client: LatchkeyClient {
        LatchkeyClient(socket: socket, rootKey: rootKey)
    }

    /// Where tools/up keeps its sockets.
    private static func stateFolder(_ environment: [String: String]) -> String {
        let state = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        return (state ?? "\(environment["HOME"] ?? "")/.local/state") + "/latchkey"
    }

    private static func operatorSocket(beside api: String) -> String {
        (api.lastIndex(of: "/").map { String(api[...$0]) } ?? "") + "operator.sock"
    }

    private static func read(_ file: String) throws(UsageError) -> String {
        let bytes = try InputFile.read(file, of: "--root-key-file")
        let text = String(decoding: bytes, as: UTF8.self)
        let key = text.split(whereSeparator: \.isWhitespace)
        guard key.count == 1 else { throw UsageError("\(file) must hold one root key and nothing else.") }
        return String(key[0])
    }
}

/// Files that a command line names.
enum InputFile {
    /// The most that is read, in bytes: more than any frame may have.
    static let bytesMax = 64 * 1_024 * 1_024

    /// The content of a file; `-` is standard input.
    static func read(_ path: String, of option: String) throws(UsageError) -> [UInt8] {
        let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw UsageError("\(option): \(path) cannot be read: \(String(cString: strerror(errno))).")
        }
        defer { if descriptor != 0 { close(descriptor) } }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1_024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw UsageError("\(option): \(path) cannot be read: \(String(cString: strerror(errno))).")
            }
            bytes += chunk[..<count]
            guard bytes.count <= bytesMax else {
                throw UsageError("\(option): \(path) has more than \(bytesMax) bytes.")
            }
        }
    }
}
