extension PermissionQuery {
    /// The words of a query, from left to right.
    struct Lexer {
        enum Token {
            case slug, and, or, opening, closing, end
        }

        private let bytes: UnsafeRawBufferPointer
        private var place = 0
        private var start = 0
        private var isBehindOpening = false

        init(_ bytes: UnsafeRawBufferPointer) {
            self.bytes = bytes
        }

        /// The bytes of the token that was read last.
        var slug: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[start..<place]) }

        /// The next token; `end` again and again behind the last one.
        mutating func next() throws(SyntaxError) -> Token {
            isBehindOpening = place > 0 && bytes[place - 1] == UInt8(ascii: "(")
            skipWhiteSpace()
            start = place
            guard place < bytes.count else { return .end }
            switch bytes[place] {
            case UInt8(ascii: "("):
                place += 1
                return .opening
            case UInt8(ascii: ")"):
                place += 1
                return .closing
            case let byte where byte.isSlugByte:
                return word()
            default:
                throw SyntaxError(.strayCharacter(strayCharacter), at: start)
            }
        }

        /// A run of a slug's bytes: `AND` and `OR` only when they are the whole of it.
        private mutating func word() -> Token {
            while place < bytes.count, bytes[place].isSlugByte { place += 1 }
            if isKeyword("and") { return .and }
            if isKeyword("or") { return .or }
            return .slug
        }

        private func isKeyword(_ keyword: StaticString) -> Bool {
            guard place - start == keyword.utf8CodeUnitCount else { return false }
            return (0..<keyword.utf8CodeUnitCount).allSatisfy { bytes[start + $0] | 0x20 == keyword.utf8Start[$0] }
        }

        private mutating func skipWhiteSpace() {
            while place < bytes.count {
                switch bytes[place] {
                case 0x20, 0x09, 0x0D, 0x0A: place += 1
                default: return
                }
            }
        }

        private var strayCharacter: Unicode.Scalar {
            let character = String(decoding: bytes[start..<min(start + 4, bytes.count)], as: UTF8.self)
            return character.unicodeScalars.first ?? "\u{FFFD}"
        }

        /// Why a query cannot go on with the token read last, where a slug or `(` is due.
        func faultForItem(_ token: Token) -> SyntaxError {
            switch token {
            case .end: SyntaxError(.unexpectedEnd, at: start)
            case .closing: SyntaxError(isBehindOpening ? .emptyParentheses : .misplacedParenthesis, at: start)
            default: SyntaxError(.misplacedOperator, at: start)
            }
        }

        /// Why a query cannot go on with the token read last, where an operator, `)` or the end is due.
        func faultBehindItem(_ token: Token, depth: Int) -> SyntaxError {
            if depth == 0 { return SyntaxError(.trailingText, at: start) }
            return SyntaxError(token == .end ? .missingParenthesis : .missingOperator, at: start)
        }
    }
}

extension UInt8 {
    /// Whether it may stand in a slug of a query: `[A-Za-z0-9._:*/-]`.
    fileprivate var isSlugByte: Bool {
        switch self {
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "*"), UInt8(ascii: "/"): true
        default: isIdentifierByte
        }
    }
}
