import Bytes
import JSONSyntax
import ProtocolWire

/// One kind of request, said once, from which its frame and its HTTP message are made.
struct RequestShape: Sendable {
    /// The place in the parameters that differs from request to request.
    enum Field: Sendable {
        /// Each request is like the other.
        case none
        /// A string member, one of these values at random.
        case oneOf(FieldTable)
        /// A string member that begins like this and ends in a number that never comes again.
        case unique(prefix: String)
    }

    let method: String
    let credential: String?
    /// JSON of the parameters up to the field, such as `{"key":`.
    let head: String
    let field: Field
    /// JSON of the parameters behind the field.
    let tail: String
    /// What the reply's `data` begins with when the request succeeded.
    let expectedData: String

    init(
        _ method: String,
        credential: String? = nil,
        head: String = "{",
        field: Field = .none,
        tail: String = "}",
        expectedData: String = "{"
    ) {
        self.method = method
        self.credential = credential
        self.head = head
        self.field = field
        self.tail = tail
        self.expectedData = expectedData
    }
}

/// The values of a field as JSON strings of one width: the shorter ones have spaces behind them, which JSON ignores.
///
/// One width means that a request is a copy with one place overwritten, and that lengths are known beforehand.
final class FieldTable: Sendable {
    let width: Int
    let count: Int
    let bytes: [UInt8]

    /// - Parameter values: At least one; text without quotes, backslashes and control characters.
    init(_ values: [String]) {
        precondition(!values.isEmpty, "a field has at least one value")
        width = (values.map(\.utf8.count).max() ?? 0) + 2
        count = values.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(width * count)
        for value in values {
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: value.utf8)
            bytes.append(UInt8(ascii: "\""))
            bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: width - value.utf8.count - 2))
        }
        self.bytes = bytes
    }
}
