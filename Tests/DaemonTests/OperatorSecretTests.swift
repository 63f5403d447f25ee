import Foundation
import Glibc
import Synchronization
import Testing

@testable import Daemon

@Suite struct OperatorSecretTests {
    private let folder: URL
    private var database: String { folder.appending(path: "latchkey.sqlite").path }
    private var file: String { database + ".operator-secret" }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    @Test("a secret is made once, for its owner alone, and is another one for another database")
    func making() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let secret = try OperatorSecret.load(forDatabase: database)
        #expect(secret.count == OperatorSecret.byteCount)
        #expect(try OperatorSecret.load(forDatabase: database) == secret)
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        #expect(try OperatorSecret.load(forDatabase: database + "2") != secret)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.count == 2, "nothing unfinished is left: \(files)")
    }

    @Test("what a crash has left unfinished is in nobody's way")
    func unfinished() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data([1, 2]).write(to: URL(fileURLWithPath: file + ".new"))
        let secret = try OperatorSecret.load(forDatabase: database)
        #expect(try OperatorSecret.load(forDatabase: database) == secret)
    }

    @Test("a file of another length is refused, and the message says what to do", arguments: [0, 31, 33, 1_000])
    func wrongLength(count: Int) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(repeating: 1, count: count).write(to: URL(fileURLWithPath: file))
        let error = try #require(throws: DaemonError.self) { try OperatorSecret.load(forDatabase: database) }
        #expect(error.description.contains(file) && error.description.contains("Remove it"))
    }

    @Test("a file that others can read is refused, and the message says what to do", arguments: [0o640, 0o604, 0o660])
    func openToOthers(mode: Int) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let secret = try OperatorSecret.load(forDatabase: database)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        let error = try #require(throws: DaemonError.self) { try OperatorSecret.load(forDatabase: database) }
        #expect(error.description.contains("chmod 600 \(file)"))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        #expect(try OperatorSecret.load(forDatabase: database) == secret)
    }

    @Test("the file that is judged is the one that is read, also where another takes its place meanwhile")
    func replacedFile() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (file, database) = (file, database)
        let another = file + ".another"
        try Data(repeating: 1, count: OperatorSecret.byteCount).write(to: URL(fileURLWithPath: another))
        try #require(chmod(another, 0o600) == 0)
        // A pipe gives its bytes when they are written, so the reader waits between opening it and having them.
        try #require(mkfifo(file, 0o600) == 0 && chmod(file, 0o640) == 0)
        let outcome = Mutex<Result<[UInt8], any Error>?>(nil)
        let hasEnded = DispatchSemaphore(value: 0)
        Thread {
            let result = Result { try OperatorSecret.load(forDatabase: database) }
            outcome.withLock { $0 = result }
            hasEnded.signal()
        }.start()
        // fifo(7): opens without waiting once a reader has it open.
        var writer: Int32 = -1
        for _ in 0..<15_000 where writer < 0 {
            usleep(2_000)
            writer = open(file, O_WRONLY | O_NONBLOCK)
        }
        try #require(writer >= 0)
        defer { close(writer) }
        // Else a reader that has gone already would end this process with SIGPIPE.
        let reader = open(file, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        try #require(rename(another, file) == 0)
        let bytes = [UInt8](repeating: 2, count: OperatorSecret.byteCount)
        try #require(write(writer, bytes, bytes.count) == bytes.count)
        hasEnded.wait()
        let error = #expect(throws: DaemonError.self) { try outcome.withLock { try $0?.get() } }
        #expect(error?.description.contains("chmod 600") == true)
    }

    @Test("a folder that is not there is told by its path")
    func missingFolder() throws {
        let error = try #require(throws: DaemonError.self) { try OperatorSecret.load(forDatabase: "/nonexistent/x") }
        #expect(error.description.contains("/nonexistent/x.operator-secret"))
    }
}
