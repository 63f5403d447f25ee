/// The query of `keys.verifyKey`: permissions joined with `AND`, `OR` and parentheses (`keys.md` §13.3).
///
/// ```
/// query = and , { OR , and } ;   and = item , { AND , item } ;   item = slug | "(" , query , ")" ;
/// slug  = one or more of A-Z a-z 0-9 . _ - : * /      between tokens: space, tab, CR, LF
/// ```
///
/// Read and decided in one pass over its UTF-8, without recursion, stack or allocation, so nesting costs nothing.
public enum PermissionQuery {
    /// What the schema of `keys.verifyKey` lets through, in characters; nothing here depends on it.
    public static let charactersMax = 1_000

    /// Whether a query is satisfied.
    ///
    /// The syntax is checked to the end, also behind the point where the outcome is certain; permissions behind it are not
    /// asked for.
    ///
    /// - Parameters:
    ///   - bytes: The query. Bytes that are not UTF-8 are stray characters.
    ///   - isGranted: Whether a permission of exactly these bytes is held. `*` means itself.
    /// - Returns: What the query comes to.
    /// - Throws: The first fault from the left.
    public static func check(
        _ bytes: UnsafeRawBufferPointer,
        isGranted: (UnsafeRawBufferPointer) -> Bool
    ) throws(SyntaxError) -> Bool {
        var lexer = Lexer(bytes)
        var outcome = Outcome()
        var depth = 0
        item: while true {
            switch try lexer.next() {
            case .slug:
                if outcome.isOpen { outcome.take(isGranted(lexer.slug)) }
            case .opening:
                depth += 1
                outcome.descend()
                continue item
            case let other:
                throw lexer.faultForItem(other)
            }
            // An item is complete, and with it whatever parentheses close here.
            while true {
                switch try lexer.next() {
                case .and:
                    continue item
                case .or:
                    outcome.beginAlternative()
                    continue item
                case .closing where depth > 0:
                    depth -= 1
                    outcome.ascend()
                case .end where depth == 0:
                    return outcome.holds
                case let other:
                    throw lexer.faultBehindItem(other, depth: depth)
                }
            }
        }
    }
}
