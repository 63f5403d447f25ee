import Cryptography
public import Domain
public import JSONSyntax

/// What a request with an idempotency key says of itself: whose it is, which key, which request.
///
/// Neither the idempotency key nor the root key is in it, only hashes, and a key derived from both that opens the stored reply.
public struct IdempotencyClaim: Sendable {
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
    ///   - rootKey: The caller; `nil` for the operator.
    ///   - secret: The root key's own text; `nil` for the operator, whose replies are sealed under the idempotency key alone.
    ///   - method: The procedure.
    ///   - params: Its parameters; neither the order of members nor white space makes another request of them.
    public init(
        key: JSONText,
        rootKey: RowNumber<RootKey>?,
        secret: JSONText?,
        method: String,
        params: JSONView
    ) {
        let keyBytes = key.withBytes { Array($0) }
        // 0 is no row's number.
        name = Name(owner: rootKey?.value ?? 0, key: SHA256.hash(keyBytes))
        request = SHA256.hash(method + "\0" + JSONValue(params).canonical)
        sealingKey = HKDFSHA256.key(
            from: secret?.withBytes { Array($0) } ?? keyBytes,
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
