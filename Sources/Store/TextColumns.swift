import JSONSyntax

/// A list of texts as one column: a JSON array of strings.
enum TextListColumn {
    static func encode(_ texts: [String]) -> String {
        JSONValue.array(texts.map(JSONValue.string)).serialized
    }

    static func decode(_ text: String) -> [String] {
        guard let value = try? JSONValue(parsing: text), let items = value.array else {
            preconditionFailure("a stored list of texts is the JSON that was written")
        }
        return items.compactMap(\.string)
    }
}

extension String? {
    /// Whether both are the same text byte by byte: Swift takes an accent of its own and one that is part of a letter for the
    /// same.
    func isSameBytes(as other: String?) -> Bool {
        switch (self, other) {
        case (nil, nil): true
        case (let left?, let right?): left.utf8.elementsEqual(right.utf8)
        default: false
        }
    }
}
