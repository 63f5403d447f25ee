import JSONSyntax
import Program
import ProtocolWire
import Registry
import Services

/// `latchkeyd describe`: prints what `protocol/` holds, from the registry and the error catalogue.
enum Describe {
    enum Page: String, CaseIterable {
        /// The HTTP face, as an OpenAPI document.
        case openapi
        /// Every procedure, as a page.
        case markdown
        /// Every error, as a page.
        case errors
        /// Every procedure, as `system.listProcedures` tells it, of both sockets.
        case json
    }

    static func run(_ options: inout CommandLineOptions) throws {
        let known = Page.allCases.map(\.rawValue).joined(separator: ", ")
        guard let word = options.takeWord() else {
            throw UsageError("What to describe is missing. Name one of: \(known).")
        }
        guard let page = Page(rawValue: word) else {
            throw UsageError("There is no description '\(word.prefix(64))'. Name one of: \(known).")
        }
        try options.finish()
        try Command.tell(text(page))
    }

    private static func text(_ page: Page) -> String {
        let registry = Catalogue.registry
        switch page {
        case .openapi:
            let procedures = ProcedureDescription.values(registry, on: .api)
            return OpenAPI.document(describing: procedures, version: Version.text).indented + "\n"
        case .markdown: return MarkdownPages.procedures(registry)
        case .errors: return MarkdownPages.errors
        case .json:
            return JSONValue.array(ProcedureDescription.values(registry, on: [.api, .operator])).indented + "\n"
        }
    }
}
