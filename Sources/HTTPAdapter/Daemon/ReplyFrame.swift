import JSONSyntax

/// A reply of the daemon, read as far as HTTP needs it.
///
/// The bytes are the frame's own.
struct ReplyFrame {
    /// The number under which the adapter sent the request.
    let id: Int
    /// Status of the HTTP reply.
    let status: Int
    let fields: ReplyFields
    /// The HTTP body is `{`, then these two: everything but `id` and `quota`, byte for byte.
    let front: UnsafeRawBufferPointer
    let back: UnsafeRawBufferPointer

    /// Bytes of the HTTP body.
    var bodyBytes: Int { 1 + front.count + back.count }

    /// Reads a frame; `nil` for what is no reply: no object, or one that does not begin with an integer `id`.
    ///
    /// - Parameters:
    ///   - frame: A frame without its length.
    ///   - document: The parsed frame; still readable afterwards.
    init?(_ frame: UnsafeRawBufferPointer, parsedBy document: JSONDocument) {
        guard let base = frame.baseAddress else { return nil }
        var members = document.root.members
        guard let (name, value) = members.next(), name.equals("id"), let id = value.integer,
            let afterID = Self.offset(behindCommaAfter: value, in: frame)
        else { return nil }
        var status = 200
        var fields = ReplyFields()
        var cut = frame.count..<frame.count
        while let (name, value) = members.next() {
            if name.equals("error") {
                guard let code = value.member("status")?.integer, (400...599).contains(code) else { return nil }
                status = Int(code)
            } else if name.equals("meta") {
                fields.isReplayed = value.member("replayed")?.boolean == true
            } else if name.equals("quota") {
                fields.quota = ReplyFields.Quota(value)
                guard let nameStart = name.raw.baseAddress, let end = Self.end(of: value, in: base) else { return nil }
                // Behind the `id` at least, whose comma is not ours to take.
                guard let comma = frame[..<(nameStart - base)].lastIndex(of: UInt8(ascii: ",")), comma > afterID else {
                    return nil
                }
                cut = comma..<end
            }
        }
        self.id = Int(id)
        self.status = status
        self.fields = fields
        front = UnsafeRawBufferPointer(rebasing: frame[afterID..<cut.lowerBound])
        back = UnsafeRawBufferPointer(rebasing: frame[cut.upperBound...])
    }

    private static func offset(behindCommaAfter value: JSONView, in frame: UnsafeRawBufferPointer) -> Int? {
        guard let base = frame.baseAddress, var index = end(of: value, in: base) else { return nil }
        while index < frame.count, frame[index] != UInt8(ascii: ",") { index += 1 }
        return index < frame.count ? index + 1 : nil
    }

    private static func end(of value: JSONView, in base: UnsafeRawPointer) -> Int? {
        value.source.baseAddress.map { $0 - base + value.source.count }
    }
}

extension ReplyFields.Quota {
    /// `nil` when a number is missing.
    fileprivate init?(_ value: JSONView) {
        guard let limit = value.member("limit")?.integer, let remaining = value.member("remaining")?.integer,
            let reset = value.member("reset")?.integer
        else { return nil }
        self.init(limit: limit, remaining: remaining, reset: reset)
    }
}
