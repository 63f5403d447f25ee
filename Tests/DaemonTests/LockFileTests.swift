import Foundation
import Reactor
import Testing

@testable import Daemon

@Suite struct LockFileTests {
    @Test("a database has one lock: a second one is refused until the first is let go")
    func exclusion() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "latchkey.sqlite").path
        do {
            let lock = try LockFile(forDatabase: path)
            #expect(throws: SystemError("flock", on: path + ".lock", code: LockFile.isTaken)) {
                _ = try LockFile(forDatabase: path)
            }
            _ = consume lock
        }
        _ = try LockFile(forDatabase: path)
    }

    @Test("a database with two names is refused under each, and taken again when one is gone")
    func hardLinks() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let names = ["a", "b"].map { folder.appending(path: $0).path }
        try Data([1]).write(to: URL(fileURLWithPath: names[0]))
        try FileManager.default.linkItem(atPath: names[0], toPath: names[1])
        for name in names {
            #expect(throws: SystemError("stat", on: name, code: LockFile.hasManyNames)) {
                _ = try LockFile(forDatabase: name)
            }
        }
        try FileManager.default.removeItem(atPath: names[1])
        _ = try LockFile(forDatabase: names[0])
    }

    @Test("a folder that is not there is told by its path")
    func missingFolder() {
        #expect(throws: SystemError("open", on: "/nonexistent/x.lock", code: ENOENT)) {
            _ = try LockFile(forDatabase: "/nonexistent/x")
        }
    }
}
