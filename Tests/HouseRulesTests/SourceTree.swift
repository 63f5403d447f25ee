import Foundation
import Testing

/// The files of the checkout that people wrote: what git tracks, and what it would take in.
struct SourceTree {
    /// A file, by its path from the top of the checkout.
    struct File {
        let path: String
        let lines: [Substring]

        /// The lines with their numbers, from 1.
        var numbered: some Sequence<(number: Int, line: Substring)> {
            lines.enumerated().lazy.map { (number: $0.offset + 1, line: $0.element) }
        }

        /// Name of the target that a source file belongs to.
        var module: String? {
            let parts = path.split(separator: "/")
            guard parts.count > 2, parts[0] == "Sources" || parts[0] == "Tests" else { return nil }
            return String(parts[1])
        }
    }

    static let root = URL(fileURLWithPath: #filePath).appending(path: "../../..").standardizedFileURL

    /// Every text file.
    let files: [File]

    /// The Swift files among them.
    var swiftFiles: [File] { files.filter { $0.path.hasSuffix(".swift") } }

    init() throws {
        files = try Self.trackedPaths().compactMap { path in
            // A tracked file may have been deleted, and not every file is text: neither has lines to look at.
            guard let text = try? String(contentsOf: Self.root.appending(path: path), encoding: .utf8) else {
                return nil
            }
            return File(path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }

    private static func trackedPaths() throws -> [String] {
        let git = Process()
        git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        git.arguments = ["git", "-C", root.path, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        let output = Pipe()
        git.standardOutput = output
        try git.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        git.waitUntilExit()
        try #require(git.terminationStatus == 0, "git ls-files failed; the rules need a checkout")
        return String(decoding: data, as: UTF8.self).split(separator: "\0").map(String.init)
    }
}

/// Notes a broken rule where it is broken.
func violation(_ file: SourceTree.File, _ line: Int, _ rule: String) {
    let location = SourceLocation(
        fileID: "HouseRules/" + file.path,
        filePath: SourceTree.root.appending(path: file.path).path,
        line: line,
        column: 1
    )
    Issue.record("\(file.path):\(line): error: \(rule)", sourceLocation: location)
}
