import Domain
import ProtocolWire
import Registry
import Store

/// `keys.updateCredits`: the balance of a key, set or moved.
enum UpdateCredits {
    static let procedure = Procedure(
        "keys.updateCredits",
        .adjust(
            effects: "Sets the balance, or moves it by an amount",
            onRepeat: "sets the same again; an increment or decrement moves it again"
        ),
        summary: "Sets, raises or lowers what a key may spend; the next verification sees it.",
        access: .after(Keys.permission(to: "update_key"), refusal: .forbidden),
        idempotency: .conditional,
        changes: "the balance, maybe the refill, audit `key.update`; nothing when no value differs",
        parameters: Parameters(
            Input.init,
            .required("keyId", .string(length: 3...Int.max), "Key, `key_…`."),
            .required(
                "operation",
                Shape.word("set", "increment", "decrement")
                    .parsed("must be an operation", fix: "send set") { Operation(rawValue: $0) },
                "What to do: a decrement stops at 0."
            ),
            .nullable(
                "value",
                .integer(CreditsSetting.remainingRange),
                "Amount; with `set`, null or nothing means without limit, and no refill any more."
            )
        ),
        reply: Reply(
            .integerOrNull("remaining", "What is left; null = without limit.") { $0.map { Int64($0.remaining) } },
            .optionalObject("refill", "How it is filled up again, if it is.", { $0?.refill }, RefillSchedule.members)
        ),
        errors: [
            Keys.notFound,
            Keys.forbidden,
            DeclaredError(
                .invalidInput,
                "an increment or decrement without value or of a balance without limit, or a sum above 2^53"
            ),
        ],
        examples: [
            Example(
                params: #"{"keyId":"key_2Rb7LdQwz0","operation":"increment","value":250}"#,
                data: #"{"remaining":749,"refill":{"interval":"monthly","amount":500,"refillDay":31}}"#
            )
        ],
        lane: .write(run)
    )

    struct Input: Sendable {
        let keyID: String
        let operation: Operation
        let value: Int?
    }

    enum Operation: String, Sendable {
        case set
        case increment
        case decrement
    }

    private static func run(
        _ call: Call,
        _ input: Input,
        _ transaction: WriteTransaction
    ) throws(Problem) -> Credits? {
        let key = try transaction.key(input.keyID, of: call)
        let credits = try result(of: input, on: key.credits)
        if try transaction.updateCredits(credits, of: key) {
            try transaction.noteChange(of: key.reference, in: call.workspace)
        }
        return credits
    }

    private static func result(of input: Input, on current: Credits?) throws(Problem) -> Credits? {
        if input.operation == .set {
            return input.value.map { Credits(remaining: $0, refill: current?.refill) }
        }
        guard let value = input.value else {
            throw .invalid(
                at: "body.value",
                "is missing: \(input.operation.rawValue) needs an amount",
                fix: "send an integer, 0 or more"
            )
        }
        guard var credits = current else {
            throw .invalid(
                at: "body.operation",
                "must be set: the key's balance is without limit",
                fix: "send operation set with a value first"
            )
        }
        if input.operation == .decrement {
            credits.remaining = max(0, credits.remaining - value)
            return credits
        }
        credits.remaining += value
        guard credits.remaining <= CreditsSetting.remainingRange.upperBound else {
            throw .invalid(
                at: "body.value",
                "makes the balance greater than \(CreditsSetting.remainingRange.upperBound)",
                fix: "send a smaller amount"
            )
        }
        return credits
    }
}
