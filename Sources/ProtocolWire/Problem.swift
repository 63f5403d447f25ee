public import JSONSyntax

/// A refusal, as the caller sees it.
public struct Problem: Error, Sendable, Equatable {
    /// The catalogue's entry: status, title, type.
    public let kind: ErrorKind
    /// This occurrence, and what to change.
    ///
    /// Never a secret, never SQL.
    public let detail: String
    /// What is wrong with the request, one entry each; sent with status 400 only, and always then.
    public let faults: [Fault]

    /// A refusal of a kind.
    public init(_ kind: ErrorKind, _ detail: String, faults: [Fault] = []) {
        self.kind = kind
        self.detail = detail
        self.faults = faults
    }

    /// 400 for a request with these faults, at least one, of which the first are listed; the detail says how many there are.
    public static func invalid(_ faults: [Fault]) -> Problem {
        let detail =
            switch faults.count {
            case 1: "1 fault in the request."
            case ...Fault.listedMax: "\(faults.count) faults in the request."
            default: "\(faults.count) faults in the request, of which the first \(Fault.listedMax) are listed."
            }
        return Problem(.invalidInput, detail, faults: Array(faults.prefix(Fault.listedMax)))
    }

    /// 400 for one fault that the schema cannot state.
    public static func invalid(at location: String, _ message: String, fix: String? = nil) -> Problem {
        .invalid([Fault(location: location, message: message, fix: fix)])
    }

    /// 500 that tells nothing of what happened inside.
    public static let internalFailure = Problem(
        .unexpected,
        "The server failed to carry out the request. Its log has the cause under this request identifier."
    )

    /// 503: a bounded queue is full.
    public static let overloaded = Problem(
        .overloaded,
        "The server has as much work as it takes at a time. Nothing was done; send the request again in a moment."
    )

    /// Writes the members of `error`, as one object.
    public func write(to json: inout JSONWriter) {
        json.beginObject()
        json.name("title")
        json.string(kind.title)
        json.name("detail")
        json.string(detail)
        json.name("status")
        json.integer(kind.status)
        json.name("type")
        json.string(kind.type)
        if kind.status == 400 {
            json.name("errors")
            json.beginArray()
            for fault in faults { fault.write(to: &json) }
            json.endArray()
        }
        json.endObject()
    }
}

/// One thing that is wrong with a request.
public struct Fault: Sendable, Equatable {
    /// The most that one reply lists.
    public static let listedMax = 100

    /// Where: `body.name`, `body.items[3].limit`, `body`, `header.Authorization`, `frame.id`.
    public let location: String
    /// The rule, what came and what was wanted; at most 64 characters of input, never a secret.
    public let message: String
    /// What to send instead.
    public let fix: String?

    /// A fault.
    public init(location: String, message: String, fix: String? = nil) {
        self.location = location
        self.message = message
        self.fix = fix
    }

    /// As much of a caller's text as a message may repeat: 64 code points.
    ///
    /// Not 64 of Swift's characters, each of which may be as long as the caller likes.
    public static func excerpt(of text: String) -> String {
        String(text.unicodeScalars.prefix(64))
    }

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.name("location")
        json.string(location)
        json.name("message")
        json.string(message)
        if let fix {
            json.name("fix")
            json.string(fix)
        }
        json.endObject()
    }
}
