/// Derives keys from a secret with SHA-256 (HKDF, RFC 5869): one secret, as many independent keys as there are purposes.
public enum HKDFSHA256 {
    /// The most that can be derived at once, in bytes (RFC 5869 §2.3).
    public static let outputBytesMax = 255 * 32

    /// A key.
    ///
    /// - Parameters:
    ///   - secret: The input keying material.
    ///   - salt: Need not be secret; empty for none.
    ///   - info: What the key is for; another purpose gives another key.
    ///   - count: Its length in bytes, 0 to ``outputBytesMax``.
    /// - Returns: The key.
    public static func key(from secret: [UInt8], salt: [UInt8], info: [UInt8], count: Int) -> [UInt8] {
        precondition((0...outputBytesMax).contains(count), "HKDF gives at most 255 blocks (RFC 5869 §2.3)")
        let extracted = HMACSHA256.bytes(of: HMACSHA256.code(key: salt, secret))
        var output: [UInt8] = []
        var block: [UInt8] = []
        var number: UInt8 = 0
        while output.count < count {
            number += 1
            block = HMACSHA256.bytes(of: HMACSHA256.code(key: extracted, block, info, [number]))
            output += block.prefix(count - output.count)
        }
        return output
    }
}
