import Domain
import ProtocolWire
import Registry
import Store

/// `identities.deleteIdentity`: the end of an identity; its keys go on without it.
enum DeleteIdentity {
    static let procedure = Procedure(
        "identities.deleteIdentity",
        .delete(
            .soft,
            takesAlong: "its limits; its keys stay valid, without them, without its meta, and show no identity",
            onRepeat: .refused(.identityNotFound)
        ),
        summary: "Deletes an identity; its keys go on without it, and its externalId is free.",
        access: .before(
            .anyOf("identity.*.delete_identity", "U(projects/default/identities/*#delete_identity)")
        ),
        idempotency: .idempotent,
        changes: "tombstone on the identity, audit `identity.delete`, `ratelimit.delete` each",
        parameters: Parameters(Input.init, Identities.identity),
        reply: .empty,
        errors: [
            .insufficientPermissions,
            DeclaredError(.identityNotFound, "missing, already deleted, or another workspace's"),
        ],
        examples: [Example(params: #"{"identity":"id_4nCq7ZsVb0"}"#, data: "{}")],
        lane: .write { call, input, transaction throws(Problem) in
            let row = try transaction.existingIdentity(input.identity, in: call.workspace)
            try transaction.deleteIdentity(row, in: call.workspace)
        }
    )

    struct Input: Sendable { let identity: String }
}
