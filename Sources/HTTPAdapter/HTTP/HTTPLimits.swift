/// What one HTTP request may take.
///
/// Past a limit the request is refused and its connection closed.
public struct HTTPLimits: Sendable {
    /// Request line without its line end, in bytes; past it 414.
    public var requestLineBytesMax = 8 * 1_024
    /// Header section with its line ends, in bytes, and trailer section likewise; past it 431.
    public var headerBytesMax = 64 * 1_024
    /// Fields of a header section, and of a trailer section; past it 431.
    public var headerFieldsMax = 100
    /// Body without its framing, in bytes; past it 413.
    public var bodyBytesMax = 10 * 1_024 * 1_024
    /// A chunk's size line with its extensions, in bytes; past it 400.
    public var chunkLineBytesMax = 4 * 1_024

    /// The defaults.
    public init() {}
}
