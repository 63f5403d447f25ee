import Domain
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

    /// The parameter; a text that no list has given is a place, too, however long it is.
    static let cursor = cursor(charactersMax: .max)

    /// The parameter of a list whose page of the reference bounds it.
    static func cursor(charactersMax: Int) -> Field<String> {
        .defaulted(
            "cursor",
            .string(length: 0...charactersMax),
            to: "",
            "Where the page begins: `pagination.cursor` of the page before; a lower bound, never an error."
        )
    }
}

/// The parameters of a list that can be searched.
struct SearchedPaging: Sendable {
    /// Rows of a page.
    let limit: Int
    /// The first row of the page; `""` is before all of them.
    let cursor: String
    /// What the rows have to have; `nil` shows all.
    let search: SearchText?

    init(_ limit: Int, _ cursor: String, _ search: String) {
        self.limit = limit
        self.cursor = cursor
        self.search = SearchText(search)
    }

    /// The parameter; `places` are the members of a row that are searched, in words.
    static func search(in places: String) -> Field<String> {
        .defaulted(
            "search",
            .string(length: 0...256),
            to: "",
            "Text that \(places) has to have, as it stands but for ASCII case; blank shows all."
        )
    }
}
