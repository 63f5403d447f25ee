public import JSONSyntax

/// A request frame, understood as far as it goes without knowing its procedure.
///
/// Its members point into the document that was parsed; they are valid until that parses the next frame.
public struct Request {
    /// The procedure asked for.
    public let method: JSONText
    /// The parameters: an object or an array; `nil` where the frame has none.
    public let params: JSONView?
    /// The root key.
    public let credential: JSONText?
    /// The caller's own identifier of the request, as JSON; echoed byte for byte.
    public let correlation: UnsafeRawBufferPointer?
    /// What makes a change safe to send again: the first one's reply is the answer to all.
    public let idempotencyKey: JSONText?
    /// Where the caller's own client is: an IP address, in the caller's words.
    public let clientAddress: JSONText?

    /// The most bytes that a textual `id` may have, escapes undone.
    public static let correlationBytesMax = 128

    /// Reads the frame object.
    ///
    /// - Parameters:
    ///   - frame: The document's root.
    ///   - correlation: Set as soon as a usable `id` was seen, also when the request is refused for another reason.
    /// - Throws: 400 with every fault of the frame's own members.
    @inlinable
    public init(_ frame: JSONView, correlation: inout UnsafeRawBufferPointer?) throws(Problem) {
        guard frame.kind == .object else { throw FrameFaults.notAnObject(frame) }
        var method: JSONText?
        var params: JSONView?
        var credential: JSONText?
        var idempotencyKey: JSONText?
        var clientAddress: JSONText?
        var isSound = true
        for (name, value) in frame.members {
            if name.equals("method"), value.kind == .string {
                method = value.text
            } else if name.equals("params"), value.kind == .object || value.kind == .array {
                params = value
            } else if name.equals("id"), Self.isCorrelation(value) {
                correlation = value.source
            } else if name.equals("auth"), value.kind == .string {
                credential = value.text
            } else if name.equals("idempotencyKey"), let key = value.text, Self.isIdempotencyKey(key) {
                idempotencyKey = key
            } else if name.equals("clientAddress"), let address = value.text, Self.isClientAddress(address) {
                clientAddress = address
            } else {
                isSound = false
            }
        }
        guard isSound, let method else { throw FrameFaults.list(frame) }
        self.method = method
        self.params = params
        self.credential = credential
        self.correlation = correlation
        self.idempotencyKey = idempotencyKey
        self.clientAddress = clientAddress
    }

    /// Whether a text may stand for an address; what is none is nobody's.
    @inlinable
    static func isClientAddress(_ text: JSONText) -> Bool { text.utf8Count <= 64 }

    /// Whether a text may be an idempotency key: 1 to 255 printable ASCII characters.
    public static func isIdempotencyKey(_ text: JSONText) -> Bool {
        text.withBytes { bytes in (1...255).contains(bytes.count) && bytes.allSatisfy { (0x20...0x7E).contains($0) } }
    }

    /// Whether a value may stand for `id`: text of at most 128 bytes, or an integer within ±2^53.
    @inlinable
    static func isCorrelation(_ value: JSONView) -> Bool {
        switch value.kind {
        case .string: value.text.map { $0.utf8Count <= correlationBytesMax } ?? false
        case .number: value.integer.map { $0.magnitude <= 1 << 53 } ?? false
        default: false
        }
    }
}

/// Says what is wrong with a frame object, off the hot path: everything at once.
@usableFromInline
enum FrameFaults {
    @usableFromInline
    static func notAnObject(_ frame: JSONView) -> Problem {
        .invalid(
            at: "frame",
            "a frame holds one JSON object, got \(frame.kind.article)",
            fix: "send {\"method\":\"service.procedure\",\"params\":{…}}"
        )
    }

    @usableFromInline
    static func list(_ frame: JSONView) -> Problem {
        var faults: [Fault] = []
        for (name, value) in frame.members {
            let name = name.string
            if !names.contains(name) {
                // Only the first ones are worth a look at what they may mean: how many there are, the caller decides.
                faults.append(unknown(name, in: frame, isLookedAt: faults.count < 8))
            } else if let fault = fault(of: name, value) {
                faults.append(fault)
            }
        }
        if frame.member("method") == nil {
            faults.append(
                Fault(
                    location: "frame.method",
                    message: "is missing; must be a string",
                    fix: "name the procedure, such as system.getHealth"
                )
            )
        }
        return .invalid(Array(faults.prefix(Fault.listedMax)))
    }

    private static let names = ["method", "params", "id", "auth", "idempotencyKey", "clientAddress"]

    private static func unknown(_ name: String, in frame: JSONView, isLookedAt: Bool) -> Fault {
        let free = isLookedAt ? names.filter { frame.member($0) == nil } : []
        let meant = EditDistance.nearMiss(of: name, among: free)
        return Fault(
            location: "frame.\(Fault.excerpt(of: name))",
            message: "unknown member",
            fix: meant.map { "rename it to \($0), or remove it" } ?? "remove it"
        )
    }

    private static func fault(of name: String, _ value: JSONView) -> Fault? {
        let wanted: String
        switch name {
        case "method": wanted = value.kind == .string ? "" : "a string"
        case "params": wanted = value.kind == .object || value.kind == .array ? "" : "an object"
        case "auth": wanted = value.kind == .string ? "" : "a string"
        case "idempotencyKey":
            let isKey = value.text.map(Request.isIdempotencyKey) ?? false
            wanted = isKey ? "" : "a string of 1 to 255 printable ASCII characters"
        case "clientAddress":
            let isAddress = value.text.map(Request.isClientAddress) ?? false
            wanted = isAddress ? "" : "a string of at most 64 bytes"
        default:
            wanted = Request.isCorrelation(value) ? "" : "a string of at most 128 bytes or an integer within ±2^53"
        }
        if wanted.isEmpty { return nil }
        return Fault(
            location: "frame.\(name)",
            message: "must be \(wanted), got \(came(value, name))",
            fix: name == "method" ? "send \(wanted)" : "send \(wanted) or leave the member out"
        )
    }

    /// What came, where its kind alone may be the right one.
    private static func came(_ value: JSONView, _ name: String) -> String {
        if name == "id", value.kind == .number { return "another number" }
        guard let text = value.text else { return value.kind.article }
        let isPrintable = text.withBytes { $0.allSatisfy { (0x20...0x7E).contains($0) } }
        return "a string of \(text.utf8Count) bytes" + (isPrintable ? "" : ", not all of them printable ASCII")
    }
}

extension JSONView.Kind {
    /// The kind with its article, for messages: `an object`.
    public var article: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
