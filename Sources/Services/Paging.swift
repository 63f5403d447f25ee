import Registry

/// The two parameters of every list that can grow (`conventions.md` §9).
struct Paging: Sendable {
    /// Rows of a page.
    let limit: Int
    /// The first row of the page; `""` is before all of them.
    let cursor: String

    init(_ limit: Int, _ cursor: String) {
        self.limit = limit
        self.cursor = cursor
    }

    static func limit(default value: Int) -> Field<Int> {
        .defaulted("limit", .integer(1...100), to: value, "Rows of a page.")
    }

    static let cursor = Field.defaulted(
        "cursor",
        .string(length: 0...1_024),
        to: "",
        "Where the page begins: `pagination.cursor` of the page before; a lower bound, never an error."
    )
}
