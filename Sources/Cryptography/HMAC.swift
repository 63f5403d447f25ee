/// HMAC with SHA-256 (RFC 2104): says that whoever made a message had the key.
public enum HMACSHA256 {
    private static let blockBytes = 64

    /// The authentication code of a message that comes in parts.
    ///
    /// - Parameters:
    ///   - key: Of any length; over 64 bytes its hash is the key.
    ///   - parts: The message, front first.
    /// - Returns: 32 bytes.
    public static func code(key: [UInt8], _ parts: [UInt8]...) -> SHA256.Digest {
        var padded = key.count > blockBytes ? bytes(of: SHA256.hash(key)) : key
        padded += Array(repeating: 0, count: blockBytes - padded.count)
        var inner = SHA256()
        inner.update(padded.map { $0 ^ 0x36 })
        for part in parts { inner.update(part) }
        var outer = SHA256()
        outer.update(padded.map { $0 ^ 0x5C })
        outer.update(bytes(of: inner.finalize()))
        return outer.finalize()
    }

    static func bytes(of digest: SHA256.Digest) -> [UInt8] {
        digest.withUnsafeBytes { Array($0) }
    }
}

extension SHA256 {
    mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }
}
