/// A name as it is compared: without regard to ASCII case, and byte by byte otherwise (`conventions.md` §8).
///
/// Slugs of permissions and names of roles are unique and found in this form; what is stored and shown keeps its spelling.
/// Swift's own comparison will not do: it takes an accent of its own and one that is part of a letter for the same.
public struct FoldedName: Hashable, Sendable {
    /// UTF-8, `A` to `Z` made small.
    public let bytes: [UInt8]

    /// A name in any spelling.
    public init(_ text: String) {
        bytes = text.utf8.map { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        }
    }
}
