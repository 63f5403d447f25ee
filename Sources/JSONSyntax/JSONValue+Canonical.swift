extension JSONValue {
    /// The text in which two values are the same exactly when they are equal: members by name, no white space.
    public var canonical: String {
        var writer = JSONWriter()
        sorted.write(to: &writer)
        return String(decoding: writer.buffer.readable, as: UTF8.self)
    }

    private func write(to writer: inout JSONWriter) {
        writer.value(self)
    }

    private var sorted: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let members):
            .object(
                members.map { Member(name: $0.name, value: $0.value.sorted) }
                    .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            )
        default: self
        }
    }
}
