/// Why a text is not JSON as Latchkey takes it, and where.
public struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The rule that is broken.
    public enum Reason: String, Sendable {
        /// The text ends inside a value.
        case unexpectedEnd = "the text ends inside a value"
        /// A character stands where no value begins.
        case expectedValue = "a value was expected"
        /// The text begins with U+FEFF, which RFC 8259 §8.1 forbids.
        case byteOrderMark = "a byte order mark stands before the value"
        /// An object's member does not begin with a name.
        case expectedName = "a member name in double quotes was expected"
        /// No colon behind a name.
        case expectedColon = "a colon was expected"
        /// No comma and no end behind an item.
        case expectedCommaOrEnd = "a comma or the end of the array or object was expected"
        /// Something follows the value.
        case trailingContent = "something follows the value"
        /// A number that RFC 8259 §6 does not have.
        case badNumber = "this is not a number as JSON has them"
        /// A control character in a string.
        case controlCharacter = "a control character in a string has to be escaped"
        /// An escape that RFC 8259 §7 does not have.
        case badEscape = "this is no escape of JSON"
        /// Half of a surrogate pair.
        case loneSurrogate = "a surrogate stands without its other half"
        /// Bytes that are not UTF-8 (RFC 3629).
        case badUTF8 = "these bytes are not UTF-8"
        /// Two members of one name.
        case duplicateName = "a member name occurs twice in an object"
        /// Arrays and objects in each other, deeper than the limit.
        case tooDeep = "arrays and objects are nested too deep"
        /// More than 4 GiB of text, or 2^27 items in one value.
        case tooLarge = "the text is too large"
    }

    /// The rule that is broken.
    public let reason: Reason
    /// Bytes from the start of the text to the place.
    public let offset: Int

    /// Rule and place.
    public var description: String { "\(reason.rawValue), at byte \(offset)" }
}
