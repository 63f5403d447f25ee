extension JSONValue {
    /// The text with one member or element a line, two spaces a level; for people and for line-by-line comparison.
    public var indented: String {
        var writer = JSONWriter()
        append(to: &writer, margin: "\n")
        return String(decoding: writer.buffer.readable, as: UTF8.self)
    }

    private func append(to writer: inout JSONWriter, margin: String) {
        switch self {
        case .array(let elements) where !elements.isEmpty:
            writer.beginArray()
            for element in elements {
                writer.lineBreak(margin + "  ")
                element.append(to: &writer, margin: margin + "  ")
            }
            writer.buffer.append(margin)
            writer.endArray()
        case .object(let members) where !members.isEmpty:
            writer.beginObject()
            for member in members {
                writer.lineBreak(margin + "  ")
                writer.name(member.name)
                writer.buffer.append(UInt8(ascii: " "))
                member.value.append(to: &writer, margin: margin + "  ")
            }
            writer.buffer.append(margin)
            writer.endObject()
        default: writer.value(self)
        }
    }
}

extension JSONWriter {
    /// The comma that is due, then a line break; the next value follows without another comma.
    fileprivate mutating func lineBreak(_ margin: String) {
        separate()
        buffer.append(margin)
        needsComma = false
    }
}
