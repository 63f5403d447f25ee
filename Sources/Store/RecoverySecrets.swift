import Cryptography
import Domain

/// The secrets under which the copies of recoverable keys are sealed: the present one, and the one before it.
///
/// Each copy has a key of its own, derived from the secret by HKDF (RFC 5869) and the key's identifier, which is also the associated
/// data of the seal (ChaCha20-Poly1305, RFC 8439): a copy put in the place of another one does not open.
public struct RecoverySecrets: Sendable {
    /// Length of a secret, in bytes.
    public static let secretBytes = 32

    private let current: [UInt8]
    private let previous: [UInt8]?

    /// Secrets of 32 bytes each.
    ///
    /// - Parameters:
    ///   - current: What new copies are sealed under.
    ///   - previous: What older copies were sealed under, while they are being sealed anew.
    public init(current: [UInt8], previous: [UInt8]? = nil) {
        precondition(current.count == Self.secretBytes && (previous?.count ?? Self.secretBytes) == Self.secretBytes)
        self.current = current
        self.previous = previous
    }

    /// Names a secret in the database, and tells nothing of it.
    static func name(of secret: [UInt8]) -> [UInt8] {
        Array(HKDFSHA256.key(from: secret, salt: [], info: Array("latchkey: name of a recovery secret".utf8), count: 8))
    }

    /// Whether there is a secret before the present one.
    public var hasPrevious: Bool { previous != nil }

    /// The name of the secret before the present one, where there is one.
    var previousName: [UInt8]? { previous.map(Self.name) }

    /// Whether one of the secrets has a name.
    func knows(_ name: [UInt8]) -> Bool { Self.name(of: current) == name || previousName == name }

    func seal(_ text: String, of key: KeyID, using random: inout RandomPool) -> SealedSecret {
        let nonce = random.bytes(ChaCha20Poly1305.nonceBytes)
        return SealedSecret(
            secretName: Self.name(of: current),
            nonce: nonce,
            sealed: ChaCha20Poly1305.seal(
                Array(text.utf8),
                key: Self.sealingKey(current, key),
                nonce: nonce,
                associatedData: Array(key.text.utf8)
            )
        )
    }

    /// The secret text of a key; `nil` when neither secret opens the copy.
    func open(_ copy: SealedSecret, of key: KeyID) -> String? {
        for secret in [current, previous].compactMap(\.self) where Self.name(of: secret) == copy.secretName {
            let text = ChaCha20Poly1305.open(
                copy.sealed,
                key: Self.sealingKey(secret, key),
                nonce: copy.nonce,
                associatedData: Array(key.text.utf8)
            )
            if let text { return String(decoding: text, as: UTF8.self) }
        }
        return nil
    }

    private static func sealingKey(_ secret: [UInt8], _ key: KeyID) -> [UInt8] {
        HKDFSHA256.key(
            from: secret,
            salt: Array(key.text.utf8),
            info: Array("latchkey: copy of a recoverable key".utf8),
            count: ChaCha20Poly1305.keyBytes
        )
    }
}

/// A copy of a key's secret that only a recovery secret opens.
struct SealedSecret: Sendable {
    let secretName: [UInt8]
    let nonce: [UInt8]
    let sealed: [UInt8]
}
