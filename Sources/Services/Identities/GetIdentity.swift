import Domain
import ProtocolWire
import Registry
import Store

/// `identities.getIdentity`: one identity with its limits.
enum GetIdentity {
    static let procedure = Procedure(
        "identities.getIdentity",
        .get,
        summary: "Reads an identity: its externalId, meta and limits.",
        access: .after(Identities.read, refusal: .blind),
        idempotency: .idempotent,
        parameters: Parameters(Input.init, Identities.identity),
        reply: Reply(IdentityView.members),
        errors: [
            DeclaredError(
                .insufficientPermissions,
                "the permission is missing, whether the identity exists or not; for single identities, it covers neither the "
                    + "one that was found nor the text that was sent"
            ),
            Identities.notFound,
        ],
        examples: [Example(params: #"{"identity":"acct-2041"}"#, data: IdentityView.example)],
        lane: .read(run)
    )

    struct Input: Sendable { let identity: String }

    /// Who may read single identities only learns nothing of any other (`identities.md` §3).
    private static func run(
        _ call: Call,
        _ input: Input,
        _ transaction: ReadTransaction
    ) throws(Problem) -> IdentityView {
        guard call.mayShowAnything else { throw call.blindRefusal }
        let found = try transaction.identity(input.identity, in: call.workspace)
        if let found, call.mayShow(["identityId": found.id.text]) { return try transaction.view(of: found) }
        if call.mayShow(["identityId": input.identity]) { throw .noIdentity(input.identity) }
        throw call.blindRefusal
    }
}
