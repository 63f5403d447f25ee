/// What a list is searched for: a piece of text that is found as it stands, without regard to ASCII case (`conventions.md` §9).
///
/// No character is a wildcard.
public struct SearchText: Sendable {
    private let folded: [UInt8]

    /// A text as the caller sent it, white space at its ends included.
    ///
    /// - Returns: `nil` when it is blank: the list is not searched then.
    public init?(_ text: String) {
        let scalars = text.unicodeScalars
        guard let start = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let end = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        folded = FoldedName(String(scalars[start...end])).bytes
    }

    /// Whether any of a thing's texts has it.
    public func isFound(in texts: String?...) -> Bool {
        texts.contains { text in text.map { FoldedName($0).bytes.contains(folded) } ?? false }
    }
}
