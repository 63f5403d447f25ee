import JSONSyntax
import Testing

@testable import Registry

@Suite struct DocumentsTests {
    private static let size = Shape<Int>.object(
        { (width: Int) in width },
        .required("width", .integer(1...9), "Metres.")
    )

    private let nested = sample(
        parameters: Parameters(
            { (size: Int?, boxes: [Int]) in [size ?? 0] + boxes },
            .optional("size", size, "How large."),
            .required("boxes", .array(of: size, count: 0...3), "What is inside.")
        )
    )

    @Test("the page has a row for each member of an object that is a member itself, by its path")
    func paths() throws {
        let page = MarkdownPages.procedures(try Registry([nested]))
        for row in [
            "`size` | object | no", "`size.width` | integer, 1–9 | yes", "`boxes[].width` | integer, 1–9 | yes",
        ] {
            #expect(page.contains("| \(row) |"), "\(page)")
        }
    }

    @Test("an example of the operator's names the workspace where the operator has to, and nowhere else")
    func workspaces() throws {
        let registry = try Registry([
            sample("things.getHers", sockets: .operator, access: .operatorInWorkspace),
            sample("things.getOurs", sockets: .operator, access: .operator),
            sample("things.getTheirs", sockets: [.api, .operator]),
            sample("things.getYours"),
        ])
        func naming(on sockets: Sockets) -> [String] {
            ProcedureDescription.values(registry, on: sockets).filter {
                let isParameter = $0["parameters"]?["properties"]?["workspaceId"] != nil
                #expect(isParameter == ($0["examples"]?.array?.first?["params"]?["workspaceId"] != nil))
                return isParameter
            }.compactMap { $0["method"]?.string }
        }
        #expect(naming(on: .api) == [])
        #expect(naming(on: .operator) == ["things.getHers", "things.getTheirs"])
        #expect(naming(on: [.api, .operator]) == ["things.getHers"])
        let page = MarkdownPages.procedures(registry)
        #expect(page.contains(#"{"method":"things.getHers","params":{"workspaceId":"ws_"#))
        #expect(page.contains(#"{"method":"things.getTheirs","params":{}}"#))
        #expect(page.split(separator: "On the operator socket: `workspaceId`").count == 2)
    }
}
