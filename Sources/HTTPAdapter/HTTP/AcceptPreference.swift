/// Whether a client takes errors as `application/problem+json` (RFC 9457), by its `Accept` fields.
///
/// The most specific range decides (RFC 9110 §12.5.1): `application/problem+json`, then `application/*`, then `*/*`. A weight of 0
/// means "not this". Without any of the three, and without the field, errors are plain `application/json`.
struct AcceptPreference {
    private enum Verdict { case unsaid, yes, no }

    private var exact = Verdict.unsaid
    private var anyApplication = Verdict.unsaid
    private var any = Verdict.unsaid

    var takesProblem: Bool {
        if exact != .unsaid { return exact == .yes }
        if anyApplication != .unsaid { return anyApplication == .yes }
        return any == .yes
    }

    /// Takes one field value into account; several fields are one list (RFC 9110 §5.3).
    mutating func add(_ value: UnsafeRawBufferPointer) {
        if Characters.equal(value, "application/json") { return }
        var preference = self
        Characters.forEachListItem(value) { preference.addRange($0) }
        self = preference
    }

    private mutating func addRange(_ item: UnsafeRawBufferPointer) {
        let (range, parameters) = MediaType.split(item)
        let verdict: Verdict = Self.isWeightZero(parameters) ? .no : .yes
        if Characters.equal(range, ignoringCaseOf: "application/problem+json") {
            exact = verdict
        } else if Characters.equal(range, ignoringCaseOf: "application/*") {
            anyApplication = verdict
        } else if Characters.equal(range, ignoringCaseOf: "*/*") {
            any = verdict
        }
    }

    /// Whether a range's parameters hold `q=0`, `q=0.0`, … (RFC 9110 §12.4.2).
    private static func isWeightZero(_ parameters: UnsafeRawBufferPointer) -> Bool {
        var rest = parameters
        while rest.count > 0 {
            let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.count
            let parameter = Characters.trim(UnsafeRawBufferPointer(rebasing: rest[..<end]))
            rest = UnsafeRawBufferPointer(rebasing: rest[min(end + 1, rest.count)...])
            guard parameter.count >= 3, Characters.lowercased(parameter[0]) == UInt8(ascii: "q"),
                parameter[1] == UInt8(ascii: "=")
            else { continue }
            return parameter.dropFirst(2).allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
        }
        return false
    }
}

/// Media types of request bodies (RFC 9110 §8.3.1).
enum MediaType {
    /// Whether a `Content-Type` says JSON: `application/json` or `application/*+json`, parameters aside.
    static func isJSON(_ value: UnsafeRawBufferPointer) -> Bool {
        let (essence, _) = split(value)
        if Characters.equal(essence, ignoringCaseOf: "application/json") { return true }
        let prefix = 12  // "application/"
        let suffix = 5  // "+json"
        guard essence.count > prefix + suffix, Characters.isToken(part(essence, prefix..<essence.count)) else {
            return false
        }
        return Characters.equal(part(essence, 0..<prefix), ignoringCaseOf: "application/")
            && Characters.equal(part(essence, essence.count - suffix..<essence.count), ignoringCaseOf: "+json")
    }

    /// Type and parameters; the parameters without their first semicolon.
    static func split(
        _ value: UnsafeRawBufferPointer
    ) -> (essence: UnsafeRawBufferPointer, parameters: UnsafeRawBufferPointer) {
        let end = value.firstIndex(of: UInt8(ascii: ";")) ?? value.count
        return (Characters.trim(part(value, 0..<end)), part(value, min(end + 1, value.count)..<value.count))
    }

    private static func part(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range])
    }
}
