import Bytes
import Glibc
import Reactor

/// What a reply has to respect of the request that it answers.
struct ReplyTraits {
    /// HEAD: the head of the reply to a GET, without its content (RFC 9110 §9.3.2).
    var isHead = false
    /// Errors go out as `application/problem+json`.
    var takesProblem = false
    /// The connection ends behind this reply.
    var closes = false
    /// A client of HTTP/1.0 asked for `keep-alive`, and has to be told that it gets it.
    var confirmsKeepAlive = false

    init() {}

    init(of head: HTTPRequestHead, isDraining: Bool) {
        isHead = head.method == .head
        takesProblem = head.accept.takesProblem
        closes = isDraining || !head.isPersistent
        confirmsKeepAlive = head.minorVersion == 0 && !closes
    }
}

/// Header fields of a reply beyond those that every reply has.
struct ReplyFields {
    var allow: StaticString?
    var isReplayed = false
    var quota: Quota?

    /// Where a workspace stands with its calls (`RateLimit-*`).
    struct Quota {
        var limit: Int64
        var remaining: Int64
        /// When the window ends, in Unix milliseconds.
        var reset: Int64
    }
}

/// Writes the head of a reply (RFC 9112 §4).
///
/// The part that nearly all have in common is kept ready, and made anew each second.
struct HTTPReplyWriter: ~Copyable {
    /// `HTTP/1.1 200 OK`, `Date` and the type, up to the length.
    private var common = ByteBuffer(capacity: 256)
    private var dateLine = ByteBuffer(capacity: 64)
    private var nextSecond = MonotonicTime(nanoseconds: 0)
    private(set) var unixMilliseconds: Int64 = 0

    init() {
        refresh(now: .read())
    }

    /// Keeps `Date` true; looks at the clock when a second has passed.
    mutating func turnBegins(now: MonotonicTime) {
        if now >= nextSecond { refresh(now: now) }
    }

    /// Appends status line and fields, up to and with the empty line.
    func appendHead(
        _ status: Int,
        _ traits: ReplyTraits,
        _ fields: ReplyFields = ReplyFields(),
        bodyBytes: Int,
        to buffer: inout ByteBuffer
    ) {
        if status == 200 {
            buffer.append(common.readable)
        } else {
            buffer.append("HTTP/1.1 ")
            buffer.append(decimal: status)
            buffer.append(UInt8(ascii: " "))
            buffer.append(Self.reason(status))
            buffer.append("\r\n")
            buffer.append(dateLine.readable)
            buffer.append(
                traits.takesProblem ? "Content-Type: application/problem+json" : "Content-Type: application/json"
            )
            buffer.append("\r\nContent-Length: ")
        }
        buffer.append(decimal: bodyBytes)
        if status == 401 { buffer.append("\r\nWWW-Authenticate: Bearer") }  // RFC 9110 §15.5.2.
        if let allow = fields.allow {
            buffer.append("\r\nAllow: ")
            buffer.append(allow)
        }
        if fields.isReplayed { buffer.append("\r\nIdempotent-Replayed: true") }
        if let quota = fields.quota { append(quota, status, to: &buffer) }
        if traits.closes {
            buffer.append("\r\nConnection: close")
        } else if traits.confirmsKeepAlive {
            buffer.append("\r\nConnection: keep-alive")
        }
        buffer.append("\r\n\r\n")
    }

    private func append(_ quota: ReplyFields.Quota, _ status: Int, to buffer: inout ByteBuffer) {
        let milliseconds = max(0, quota.reset - unixMilliseconds)
        let seconds = Int((milliseconds + 999) / 1_000)
        buffer.append("\r\nRateLimit-Limit: ")
        buffer.append(decimal: Int(quota.limit))
        buffer.append("\r\nRateLimit-Remaining: ")
        buffer.append(decimal: Int(quota.remaining))
        buffer.append("\r\nRateLimit-Reset: ")
        buffer.append(decimal: seconds)
        if status == 429 {
            buffer.append("\r\nRetry-After: ")
            buffer.append(decimal: max(1, seconds))
        }
    }

    private mutating func refresh(now: MonotonicTime) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        unixMilliseconds = Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
        nextSecond = MonotonicTime(nanoseconds: now.nanoseconds + UInt64(1_000_000_000 - time.tv_nsec))
        dateLine.removeAll()
        dateLine.append("Date: ")
        HTTPDate.append(seconds: time.tv_sec, to: &dateLine)
        dateLine.append("\r\n")
        common.removeAll()
        common.append("HTTP/1.1 200 OK\r\n")
        common.append(dateLine.readable)
        common.append("Content-Type: application/json\r\nContent-Length: ")
    }

    /// Reason phrases of RFC 9110 §15 and RFC 6585; clients are to ignore them (RFC 9112 §4).
    static func reason(_ status: Int) -> StaticString {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }
}

extension ByteBuffer {
    /// Appends a number of at least 0 in decimal digits.
    mutating func append(decimal value: Int) {
        var rest = value.magnitude
        if value < 0 { append(UInt8(ascii: "-")) }
        var length = 1
        var bound: UInt = 10
        while length < 20, rest >= bound {
            length += 1
            bound = bound.multipliedReportingOverflow(by: 10).partialValue
        }
        let room = spare(atLeast: length)
        for index in stride(from: length - 1, through: 0, by: -1) {
            room[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        commit(length)
    }
}
