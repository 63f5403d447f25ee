public import JSONSyntax

/// Where a workspace stands with its calls: the member `quota` of every reply to one that has a quota (`conventions.md` §11).
public struct Quota: Sendable, Equatable {
    /// Calls that a window of 60 s lets through.
    public let limit: Int64
    /// Calls that are left.
    public let remaining: Int64
    /// When the current window ends, Unix milliseconds.
    public let reset: Int64

    /// A workspace's standing behind a call.
    public init(limit: Int64, remaining: Int64, reset: Int64) {
        self.limit = limit
        self.remaining = remaining
        self.reset = reset
    }

    /// Writes the member, behind another one.
    @usableFromInline
    func write(to json: inout JSONWriter) {
        json.name("quota")
        json.beginObject()
        json.name("limit")
        json.integer(limit)
        json.name("remaining")
        json.integer(remaining)
        json.name("reset")
        json.integer(reset)
        json.endObject()
    }
}
