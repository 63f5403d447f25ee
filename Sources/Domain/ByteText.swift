import Bytes

/// A text that is compared byte by byte: names of namespaces, identifiers, names of limits (`conventions.md` §8).
///
/// Swift's own comparison will not do: it takes an accent of its own and one that is part of a letter for the same.
public struct ByteText: Hashable, Sendable {
    /// The text as it came.
    public let text: String

    /// A text that is looked for or kept.
    public init(_ text: String) {
        self.text = text
    }

    /// Whether the bytes are the same.
    public static func == (left: ByteText, right: ByteText) -> Bool {
        left.text.withUTF8Bytes { left in
            right.text.withUTF8Bytes { right in left.hasSameBytes(as: right) }
        }
    }

    /// Hashes the bytes.
    public func hash(into hasher: inout Hasher) {
        text.withUTF8Bytes { hasher.combine(bytes: $0) }
    }
}

extension String {
    /// Lends the text's UTF-8 for the time of `body`, without a copy where the text lies in one piece, as nearly all do.
    @inlinable
    public func withUTF8Bytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) { return result }
        var copy = self
        return copy.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}
