import LatchkeyClient
import ProtocolWire

/// What the tool adds to a refusal that it knows more about than the daemon.
enum Hint {
    /// What to try in the place of a name that this socket does not have.
    static func instead(_ similar: [String], isOperator: Bool) -> String {
        let elsewhere =
            isOperator
            ? "What root keys may call is there without --operator."
            : "latchkey help lists all there are, latchkey --operator help those of the operator."
        guard !similar.isEmpty else { return elsewhere }
        let question = "Did you mean \(similar.joined(separator: " or "))?"
        return isOperator ? "\(question) \(elsewhere)" : question
    }

    /// How a pair is written whose text should have been something else; `nil` where no pair is at fault.
    static func spelling(_ arguments: [String], _ faults: [Fault]) -> String? {
        let names = faults.filter { $0.message.hasSuffix("got a string") }.map { $0.location.dropFirst("body.".count) }
        guard let name = names.first(where: { name in arguments.contains { $0.hasPrefix("\(name)=") } }) else {
            return nil
        }
        return "\(name)=… is text. Write \(name):=… for a number, true, false, null, a list or an object."
    }
}
