import Cryptography
public import Domain
public import JSONSyntax

/// What a request with an idempotency key says of itself: whose it is, which key, which request.
///
/// Neither the idempotency key nor the root key is in it, only hashes, and a key derived from both that opens the stored reply.
public struct IdempotencyClaim: Sendable {
    /// Who makes a claim; nobody else is ever given what was stored for it.
    public enum Owner {
        /// A root key, and its own text.
        case rootKey(RowNumber<RootKey>, secret: JSONText)
        /// The operator, and what stands in for a root key: not in the database either.
        case `operator`(secret: [UInt8])
    }

    /// Which claims are the same: one owner's, by one key.
    public struct Name: Hashable, Sendable {
        let owner: Int64
        let key: KeyHash
    }

    /// Whose it is, and which key.
    public let name: Name
    /// Procedure and parameters.
    let request: KeyHash
    private let sealingKey: [UInt8]

    /// A claim.
    ///
    /// - Parameters:
    ///   - key: The idempotency key.
    ///   - owner: Who calls.
    ///   - method: The procedure.
    ///   - params: Its parameters; neither the order of members nor white space nor the spelling of a number makes another request
    ///     of them.
    public init(key: JSONText, owner: Owner, method: String, params: JSONView) {
        let keyBytes = key.withBytes { Array($0) }
        let secret: [UInt8]
        switch owner {
        case .rootKey(let number, let text):
            name = Name(owner: number.value, key: SHA256.hash(keyBytes))
            secret = text.withBytes { Array($0) }
        case .operator(let bytes):
            // 0 is no row's number.
            name = Name(owner: 0, key: SHA256.hash(keyBytes))
            secret = bytes
        }
        request = SHA256.hash(Array(method.utf8) + [0] + params.canonical)
        sealingKey = HKDFSHA256.key(
            from: secret,
            salt: keyBytes,
            info: Array("latchkey: reply to an idempotent request".utf8),
            count: ChaCha20Poly1305.keyBytes
        )
    }

    /// Seals a reply, which may hold a secret, for whoever makes the same claim again.
    func seal(_ reply: [UInt8], nonce: [UInt8]) -> [UInt8] {
        ChaCha20Poly1305.seal(reply, key: sealingKey, nonce: nonce, associatedData: associatedData)
    }

    /// Opens what ``seal(_:nonce:)`` made; `nil` when it was not made for this claim, or damaged.
    func open(_ sealed: [UInt8], nonce: [UInt8]) -> [UInt8]? {
        ChaCha20Poly1305.open(sealed, key: sealingKey, nonce: nonce, associatedData: associatedData)
    }

    private var associatedData: [UInt8] {
        request.withUnsafeBytes { Array($0) }
    }
}
