extension PermissionQuery {
    /// Why a text is not a query, and where.
    public struct SyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
        /// The rule that is broken.
        public enum Kind: Sendable, Equatable {
            /// A character that no query has outside of white space, slugs and parentheses.
            case strayCharacter(Unicode.Scalar)
            /// `AND` or `OR` where a slug was due.
            case misplacedOperator
            /// `)` where a slug was due.
            case misplacedParenthesis
            /// The end where a slug was due.
            case unexpectedEnd
            /// `()`, also with white space in it.
            case emptyParentheses
            /// The end where `)` was due.
            case missingParenthesis
            /// Two items in parentheses with nothing between them.
            case missingOperator
            /// Something follows a complete query.
            case trailingText
        }

        /// The rule that is broken.
        public let kind: Kind
        /// Characters (code points) from the start of the query to the place.
        public let offset: Int

        /// A fault at a byte.
        ///
        /// Bytes are characters here: what is not ASCII is itself a fault, and the first one counts.
        init(_ kind: Kind, at offset: Int) {
            self.kind = kind
            self.offset = offset
        }

        /// Rule and place, for the caller who wrote the query.
        public var message: String {
            switch kind {
            case .strayCharacter(let character):
                "\(Self.spelling(of: character)) at offset \(offset) cannot stand in a query"
            case .misplacedOperator: "a permission or '(' was expected at offset \(offset), got an operator"
            case .misplacedParenthesis: "a permission or '(' was expected at offset \(offset), got ')'"
            case .unexpectedEnd: "a permission or '(' was expected at offset \(offset), got the end of the query"
            case .emptyParentheses: "a permission was expected before the ')' at offset \(offset)"
            case .missingParenthesis: "')' was expected at offset \(offset), got the end of the query"
            case .missingOperator: "AND, OR or ')' was expected at offset \(offset)"
            case .trailingText: "AND, OR or the end of the query was expected at offset \(offset)"
            }
        }

        /// What to change.
        public var fix: String {
            switch kind {
            case .strayCharacter: "write permissions with letters, digits and . _ - : * / only"
            case .misplacedOperator: "put a permission on both sides of AND and OR; none can be named 'and' or 'or'"
            case .misplacedParenthesis: "put a permission before it, or remove it"
            case .unexpectedEnd: "put a permission there, or remove the operator or '(' before it"
            case .emptyParentheses: "put a permission between the parentheses, or remove them"
            case .missingParenthesis: "close every '('"
            case .missingOperator: "join permissions with AND or OR"
            case .trailingText: "join what follows with AND or OR, or remove it"
            }
        }

        /// Rule and place.
        public var description: String { message }

        /// A character as it can be shown on any terminal: itself in quotes if it is ASCII and visible, else its number.
        private static func spelling(of character: Unicode.Scalar) -> String {
            if character.isASCII, character.value > 0x20, character.value < 0x7F { return "'\(character)'" }
            let digits = String(character.value, radix: 16, uppercase: true)
            return "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
        }
    }
}
