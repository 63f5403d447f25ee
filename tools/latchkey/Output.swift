import Glibc
import JSONSyntax
import LatchkeyClient
import Program
import ProtocolWire

/// Where the tool writes: for a person when standard output is a terminal, one line of JSON for a program.
struct Output {
    private let isTerminal: Bool
    private let isNoteShown: Bool
    private let hasColour: Bool

    init(environment: [String: String]) {
        isTerminal = isatty(1) == 1
        isNoteShown = isTerminal && isatty(2) == 1
        hasColour = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// Prints a line or a few.
    ///
    /// - Throws: ``ToolFailure/unwritten(reason:)``: a key that was issued may be in nobody's hands then.
    func print(_ text: String) throws(ToolFailure) {
        let line = text.hasSuffix("\n") ? text : text + "\n"
        guard let error = StandardStreams.write(line, to: StandardStreams.output) else { return }
        throw .unwritten(reason: String(cString: strerror(error)))
    }

    /// Prints a value: indented on a terminal, compact in a pipe.
    func printValue(_ value: JSONValue) throws(ToolFailure) {
        guard isTerminal else { return try print(value.serialized) }
        try print(hasColour ? ColouredJSON.text(value) : value.indented)
    }

    /// Tells a person something besides the result; a script is not told.
    func note(_ text: String) {
        if isNoteShown { _ = StandardStreams.write(text + "\n", to: StandardStreams.error) }
    }

    /// Says on standard error why a command came to nothing.
    ///
    /// - Returns: The exit status that goes with it.
    func tell(_ failure: ToolFailure) -> Int32 {
        switch failure {
        case .usage(let message):
            complain("\(message)\nlatchkey --help shows how it is used.")
            return Tool.Status.usage
        case .refused(let refusal, let hint):
            complain(Self.describe(refusal) + (hint.map { "\n" + $0 } ?? ""))
            return Tool.Status.refused
        case .call(.refused(let refusal), _):
            complain(Self.describe(refusal))
            return Tool.Status.refused
        case .call(.unreachable(_, let reason), let connection):
            complain(Self.describe(reason, connection))
            return Tool.Status.unreachable
        case .call(.requestTooLarge(let bytes, let limit), _):
            complain("The request has \(bytes) bytes, a frame at most \(limit). Send less at a time.")
            return Tool.Status.usage
        case .call(let error, _):
            complain(error.description)
            return Tool.Status.unreachable
        case .unwritten(let reason):
            complain(
                "Standard output cannot be written: \(reason). What was asked for is done; only its result is lost."
            )
            return Tool.Status.unwritten
        }
    }

    private static func describe(_ refusal: Refusal) -> String {
        var lines = ["\(refusal.title) (\(refusal.status) \(refusal.code)): \(refusal.detail)"]
        for fault in refusal.faults {
            lines.append("  \(fault.location): \(fault.message)" + (fault.fix.map { "\n    fix: \($0)" } ?? ""))
        }
        if refusal.status == 401 { lines.append("Give the root key with LATCHKEY_ROOT_KEY or --root-key-file FILE.") }
        return lines.joined(separator: "\n") + "\n  request \(refusal.requestID)"
    }

    private static func describe(_ reason: UnreachableReason, _ connection: ConnectionChoice) -> String {
        let advice =
            switch reason {
            case .missing, .refused:
                "Start the daemon (tools/up, or latchkeyd --help), or name its socket with "
                    + (connection.isOperator ? "--operator-socket PATH." : "--socket PATH or LATCHKEY_SOCKET.")
            case .denied:
                connection.isOperator
                    ? "Only the daemon's own user and root may open the operator socket."
                    : "Ask for membership in the socket's group, or run as the daemon's user."
            case .busy: "Try again in a moment."
            case .other: "Check the path."
            }
        return "No daemon at \(connection.socket): \(reason). \(advice)"
    }

    private func complain(_ message: String) {
        // Nobody is left to tell.
        _ = StandardStreams.write("latchkey: \(message)\n", to: StandardStreams.error)
    }
}

/// Indented JSON with its names, texts and other values told apart by colour.
enum ColouredJSON {
    private static let name = "\u{1B}[34m"
    private static let text = "\u{1B}[32m"
    private static let other = "\u{1B}[33m"
    private static let plain = "\u{1B}[0m"

    static func text(_ value: JSONValue, margin: String = "\n") -> String {
        switch value {
        case .array(let elements) where !elements.isEmpty:
            let lines = elements.map { "\(margin)  " + text($0, margin: margin + "  ") }
            return "[" + lines.joined(separator: ",") + margin + "]"
        case .object(let members) where !members.isEmpty:
            let lines = members.map { member in
                "\(margin)  \(name)\(JSONValue.string(member.name).serialized)\(plain): "
                    + text(member.value, margin: margin + "  ")
            }
            return "{" + lines.joined(separator: ",") + margin + "}"
        case .string: return text + value.serialized + plain
        case .array, .object: return value.serialized
        default: return other + value.serialized + plain
        }
    }
}
