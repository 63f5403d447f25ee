import Foundation
import Testing

@testable import JSONSyntax

/// The public parsing suite, where it is at hand: beside the checkout, or where `LATCHKEY_SHARED` says.
private let suite: URL = {
    let shared =
        ProcessInfo.processInfo.environment["LATCHKEY_SHARED"].map { URL(fileURLWithPath: $0) }
        ?? URL(fileURLWithPath: #filePath).appending(path: "../../../../shared").standardizedFileURL
    return shared.appending(path: "json-suite")
}()

@Suite struct JSONSuiteTests {
    @Test(
        "the parsing suite: y_ is accepted, n_ is refused, and so is i_ where Latchkey is stricter",
        .enabled(
            if: FileManager.default.fileExists(atPath: suite.path),
            "the parsing suite is not here: put it into ../shared/json-suite, or set LATCHKEY_SHARED to the folder above it"
        )
    )
    func verdicts() throws {
        let files = try FileManager.default.contentsOfDirectory(at: suite, includingPropertiesForKeys: nil)
        let cases = files.filter { $0.pathExtension == "json" }
        #expect(cases.count > 300)
        for file in cases {
            let name = file.lastPathComponent
            let isAccepted = (try? JSONValue(parsing: Array(Data(contentsOf: file)))) != nil
            if let wanted = verdict(name) { #expect(isAccepted == wanted, "\(name)") }
        }
    }

    private func verdict(_ name: String) -> Bool? {
        if name.hasPrefix("y_object_duplicated_key") { return false }
        if name.hasPrefix("i_number") { return true }
        if name.hasPrefix("i_") { return false }
        return name.hasPrefix("y_")
    }
}
