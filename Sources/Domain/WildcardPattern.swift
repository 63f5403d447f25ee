/// A text in which `*` stands for any run of characters, also none, but no line feed (`ratelimit.md` §3).
///
/// Every other character is itself. The whole of a text has to match, byte by byte.
///
/// As a `*` matches no line feed, each line of the pattern matches the same line of the text. Within a line the pieces between
/// the stars are looked for from left to right, each as early as it can be: if the rest matches behind a later place, it does
/// behind the earliest. So nothing is ever tried twice: the time grows with the lengths, whatever the pieces and the text are.
public struct WildcardPattern: Sendable {
    /// Of each line the pieces between its stars, which may be empty.
    private let lines: [[Piece]]
    /// Characters other than `*`, in code points: of several patterns that match, the one with the most applies.
    public let literalCount: Int

    private static let star = UInt8(ascii: "*")
    private static let lineFeed = UInt8(ascii: "\n")

    /// Whether a text is a pattern, and not only itself.
    public static func isPattern(_ text: String) -> Bool {
        text.utf8.contains(star)
    }

    /// A pattern.
    public init(_ text: String) {
        lines = text.utf8.split(separator: Self.lineFeed, omittingEmptySubsequences: false).map { line in
            line.split(separator: Self.star, omittingEmptySubsequences: false).map(Piece.init)
        }
        literalCount = text.unicodeScalars.count { $0 != "*" }
    }

    /// Whether all of a text matches.
    public func matches(_ text: String) -> Bool {
        text.withUTF8Bytes { matches($0) }
    }

    /// Whether all of a text, given as UTF-8, matches.
    func matches(_ text: UnsafeRawBufferPointer) -> Bool {
        var rest = text[...]
        for (number, pieces) in lines.enumerated() {
            let end = rest.firstIndex(of: Self.lineFeed)
            let isLast = number == lines.count - 1
            guard (end == nil) == isLast else { return false }
            let line = rest[..<(end ?? rest.endIndex)]
            guard Self.matches(line, pieces) else { return false }
            if let end { rest = rest[(end + 1)...] }
        }
        return true
    }

    private static func matches(_ line: Slice<UnsafeRawBufferPointer>, _ pieces: [Piece]) -> Bool {
        guard let first = pieces.first?.bytes, let last = pieces.last?.bytes else { return line.isEmpty }
        guard pieces.count > 1 else { return line.elementsEqual(first) }
        guard line.count >= first.count + last.count, line.starts(with: first),
            line.suffix(last.count).elementsEqual(last)
        else { return false }
        var rest = line.dropFirst(first.count).dropLast(last.count)
        for piece in pieces.dropFirst().dropLast() {
            guard let end = piece.endOfFirst(in: rest) else { return false }
            rest = rest[end...]
        }
        return true
    }
}

/// What stands between two stars, ready to be looked for as Knuth, Morris and Pratt do: no byte of the text is read twice.
private struct Piece: Sendable {
    let bytes: [UInt8]
    /// For each count of bytes that match, how many still do when the next one does not.
    private let fallback: [Int]

    init(_ slice: some Sequence<UInt8>) {
        bytes = Array(slice)
        var fallback = [0, 0]
        var matched = 0
        for byte in bytes.dropFirst() {
            while matched > 0, bytes[matched] != byte { matched = fallback[matched] }
            if bytes[matched] == byte { matched += 1 }
            fallback.append(matched)
        }
        self.fallback = fallback
    }

    /// Where the first occurrence ends; an empty piece is found at once.
    func endOfFirst(in text: Slice<UnsafeRawBufferPointer>) -> Int? {
        if bytes.isEmpty { return text.startIndex }
        var matched = 0
        for index in text.indices {
            while matched > 0, bytes[matched] != text[index] { matched = fallback[matched] }
            if bytes[matched] == text[index] { matched += 1 }
            if matched == bytes.count { return index + 1 }
        }
        return nil
    }
}
