import Foundation
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

    @Test("a folder that is not there is told by its path")
    func missingFolder() throws {
        let error = try #require(throws: DaemonError.self) { try OperatorSecret.load(forDatabase: "/nonexistent/x") }
        #expect(error.description.contains("/nonexistent/x.operator-secret"))
    }
}
