/// Authenticated encryption with associated data: ChaCha20 and Poly1305 (RFC 8439 §2.8).
///
/// For secrets of a few hundred bytes, off the hot path.
public enum ChaCha20Poly1305 {
    /// Length of a key, in bytes.
    public static let keyBytes = 32
    /// Length of a nonce, in bytes.
    public static let nonceBytes = 12
    /// Length of the tag that stands behind the ciphertext, in bytes.
    public static let tagBytes = 16

    /// Encrypts a message.
    ///
    /// - Parameters:
    ///   - message: The plaintext.
    ///   - key: 32 bytes.
    ///   - nonce: 12 bytes; the same pair of key and nonce is never used for two messages.
    ///   - associatedData: Not encrypted, but part of what the tag vouches for.
    /// - Returns: The ciphertext and, behind it, the tag.
    public static func seal(_ message: [UInt8], key: [UInt8], nonce: [UInt8], associatedData: [UInt8]) -> [UInt8] {
        let cipher = ChaCha20(key: key, nonce: nonce)
        let ciphertext = cipher.apply(to: message)
        return ciphertext + tag(ciphertext, associatedData, cipher)
    }

    /// Decrypts what ``seal(_:key:nonce:associatedData:)`` made.
    ///
    /// - Parameters:
    ///   - sealed: Ciphertext and tag.
    ///   - key: 32 bytes.
    ///   - nonce: 12 bytes.
    ///   - associatedData: What was given when it was sealed.
    /// - Returns: The message; `nil` when any of the four is not what it was.
    public static func open(_ sealed: [UInt8], key: [UInt8], nonce: [UInt8], associatedData: [UInt8]) -> [UInt8]? {
        guard sealed.count >= tagBytes else { return nil }
        let cipher = ChaCha20(key: key, nonce: nonce)
        let ciphertext = Array(sealed.dropLast(tagBytes))
        let expected = tag(ciphertext, associatedData, cipher)
        // Every byte is looked at, so that the time tells nothing of where a forged tag differs.
        let difference = zip(expected, sealed.suffix(tagBytes)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        return difference == 0 ? cipher.apply(to: ciphertext) : nil
    }

    private static func tag(_ ciphertext: [UInt8], _ associatedData: [UInt8], _ cipher: ChaCha20) -> [UInt8] {
        var authenticator = Poly1305(key: Array(cipher.block(0).prefix(32)))
        authenticator.update(padding: associatedData)
        authenticator.update(padding: ciphertext)
        authenticator.update(padding: length(associatedData) + length(ciphertext))
        return authenticator.finalize()
    }

    private static func length(_ bytes: [UInt8]) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
    }
}
