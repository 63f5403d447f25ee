import Foundation
import Testing

/// What holds for the text of this repository and no formatter can see.
@Suite struct HouseRulesTests {
    private let tree: SourceTree

    init() throws {
        tree = try SourceTree()
        try #require(tree.swiftFiles.count > 100, "the checkout was not found")
    }

    @Test("the modules of the hot path import no Foundation")
    func noFoundation() {
        let hot: Set = ["Bytes", "JSONSyntax", "ProtocolWire", "Reactor", "Registry"]
        for file in tree.swiftFiles where file.path.hasPrefix("Sources/") && hot.contains(file.module ?? "") {
            for (number, line) in file.numbered where importedModule(line)?.hasPrefix("Foundation") == true {
                violation(file, number, "\(file.module ?? "") is on the hot path; do it without Foundation")
            }
        }
    }

    @Test("imports point one way: down")
    func importsPointDown() {
        for file in tree.swiftFiles where file.path.hasPrefix("Sources/") || file.path.hasPrefix("tools/") {
            guard let floor = Floor.of(file) else { continue }
            for (number, line) in file.numbered {
                guard let module = importedModule(line), let imported = Floor.named(module) else { continue }
                if let objection = floor.objection(to: imported) { violation(file, number, objection) }
            }
        }
    }

    @Test("every module of the product has its place among the floors")
    func everyModuleHasAFloor() {
        for file in tree.swiftFiles where file.path.hasPrefix("Sources/") && Floor.of(file) == nil {
            violation(file, 1, "\(file.module ?? "") is not in HouseRulesTests/Floor.swift; say what it may import")
        }
    }

    @Test("integration tests import no module of the product")
    func integrationTestsStandApart() {
        for file in tree.swiftFiles where file.path.hasPrefix("Tests/IntegrationTests/") {
            for (number, line) in file.numbered {
                guard let module = importedModule(line), Floor.named(module) != nil else { continue }
                violation(file, number, "a mistake shared by both ends would hide; do it without \(module)")
            }
        }
    }

    @Test("no path of one machine")
    func noMachinePaths() {
        // Put together here, so that this file does not break its own rule.
        let folders = ["work", "root", "home", "Users"].map { "/" + $0 + "/" } + ["/tmp" + "/wt"]
        for file in tree.files {
            for (number, line) in file.numbered {
                for folder in folders where stands(folder, in: line) {
                    violation(
                        file,
                        number,
                        "'\(folder)' is a path of one machine; take it from an option or the environment"
                    )
                }
            }
        }
    }

    @Test("nothing is left to be done")
    func nothingLeftToDo() {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X:"]
        for file in tree.files where file.path.hasSuffix(".swift") || file.path.hasPrefix("tools/") {
            for (number, line) in file.numbered {
                for word in words where line.contains(word) {
                    violation(file, number, "\(word): do it, or open an issue and say here what holds until then")
                }
            }
        }
    }

    @Test("the top level holds what it should and nothing else")
    func topLevel() {
        let wanted: Set = ["Package.swift", "Sources", "Tests", "protocol", "tools", "README.md"]
        let present = Set(tree.files.compactMap { $0.path.split(separator: "/").first.map(String.init) })
        for name in present.subtracting(wanted) where !name.hasPrefix(".") {
            Issue.record(
                "\(name): error: does not belong at the top level; move it into Sources, Tests, protocol or tools"
            )
        }
        for name in wanted.subtracting(present) {
            Issue.record("\(name): error: is missing at the top level")
        }
    }

    @Test("text files end in one newline and have no tabs or trailing blanks")
    func plainText() {
        for file in tree.files where !file.path.hasPrefix("protocol/vectors/") {
            if file.lines.count > 1, file.lines.last?.isEmpty == false {
                violation(file, file.lines.count, "the last line has no newline")
            }
            for (number, line) in file.numbered {
                if line.last == " " || line.last == "\r" { violation(file, number, "the line ends in a blank") }
                if line.contains("\t") { violation(file, number, "a tab; indent with spaces, write \\t in strings") }
            }
        }
    }

    /// The module that a line imports, if it is an import.
    private func importedModule(_ line: Substring) -> String? {
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index + 1 < words.count else { return nil }
        let modifiers: Set<Substring> = [
            "public", "internal", "package", "private", "fileprivate", "@testable", "@preconcurrency",
        ]
        guard words[..<index].allSatisfy(modifiers.contains) else { return nil }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        let name = kinds.contains(words[index + 1]) && index + 2 < words.count ? words[index + 2] : words[index + 1]
        return name.split(separator: ".").first.map(String.init)
    }

    /// Whether a path begins with `folder`: what stands before it must not belong to a longer path.
    private func stands(_ folder: String, in line: Substring) -> Bool {
        var rest = line
        while let range = rest.range(of: folder) {
            let before = range.lowerBound > line.startIndex ? line[line.index(before: range.lowerBound)] : " "
            if !before.isLetter, !before.isNumber, !"./_-}~".contains(before) { return true }
            rest = rest[range.upperBound...]
        }
        return false
    }
}
