/// The characters that a text may have: a set for the first and a set for the others, all ASCII.
public struct StringPattern: Sendable {
    /// The same as a regular expression, for the schema.
    public let regularExpression: String
    /// The same in words, for messages.
    public let words: String
    private let first: ASCIISet
    private let rest: ASCIISet

    private init(_ regularExpression: String, _ words: String, first: ASCIISet? = nil, rest: ASCIISet) {
        self.regularExpression = regularExpression
        self.words = words
        self.first = first ?? rest
        self.rest = rest
    }

    /// Whether a text of at least one byte has only these characters.
    ///
    /// How long it may be is another rule.
    func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let head = bytes.first else { return false }
        return first.contains(head) && bytes.allSatisfy(rest.contains)
    }

    /// What stands in a text that the pattern does not allow, for messages: one character and its place.
    ///
    /// No more of it, for the text may be a secret that was sent in the wrong member.
    func offence(in text: String) -> String {
        for (index, scalar) in text.unicodeScalars.enumerated() {
            let allowed = index == 0 ? first : rest
            if !scalar.isASCII || !allowed.contains(UInt8(scalar.value)) {
                return "'\(scalar)' as character \(index + 1)"
            }
        }
        return "no character"
    }

    /// Identifiers and prefixes.
    public static let identifier = StringPattern(
        "^[a-zA-Z0-9_]+$",
        "letters, digits and _",
        rest: .letters.union(.digits).union("_")
    )

    /// Names of APIs.
    public static let apiName = StringPattern(
        "^[A-Za-z][A-Za-z0-9_.-]*$",
        "letters, digits, _, . and -, with a letter first",
        first: .letters,
        rest: .letters.union(.digits).union("_.-")
    )

    /// Customers' own identifiers.
    public static let externalID = StringPattern(
        "^[a-zA-Z0-9_.-]+$",
        "letters, digits, _, . and -",
        rest: .letters.union(.digits).union("_.-")
    )

    /// Slugs of permissions.
    public static let slug = StringPattern(
        #"^[a-zA-Z0-9_:\-\.\*]+$"#,
        "letters, digits, _, :, -, . and *",
        rest: .letters.union(.digits).union("_:-.*")
    )
}

/// A set of ASCII characters, as 128 bits.
struct ASCIISet: Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    init(_ characters: some Sequence<UInt8>) {
        for character in characters where character < 64 { low |= 1 << UInt64(character) }
        for character in characters where character >= 64 && character < 128 { high |= 1 << UInt64(character - 64) }
    }

    func contains(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<64: low >> UInt64(byte) & 1 == 1
        case 64..<128: high >> UInt64(byte - 64) & 1 == 1
        default: false
        }
    }

    func union(_ characters: String) -> ASCIISet {
        union(ASCIISet(Array(characters.utf8)))
    }

    func union(_ other: ASCIISet) -> ASCIISet {
        var union = self
        union.low |= other.low
        union.high |= other.high
        return union
    }

    static let letters = ASCIISet(
        Array(UInt8(ascii: "a")...UInt8(ascii: "z")) + Array(UInt8(ascii: "A")...UInt8(ascii: "Z"))
    )
    static let digits = ASCIISet(Array(UInt8(ascii: "0")...UInt8(ascii: "9")))
}
