public import Cryptography
import Domain
public import ProtocolWire
import SQLite

/// What a database has drawn once and keeps to itself, and what follows from it.
struct DatabaseSecret: Sendable {
    /// How keys' numbers become their identifiers.
    let keyNumbering: KeyNumbering
    private let hashingKey: [UInt8]

    init(_ bytes: [UInt8]) {
        func key(for purpose: String) -> [UInt8] {
            HKDFSHA256.key(from: bytes, salt: [], info: Array("latchkey: \(purpose)".utf8), count: 32)
        }
        keyNumbering = KeyNumbering(secret: key(for: "numbering of keys"))
        hashingKey = key(for: "hashes of no secret")
    }

    /// A hash for a text that is none: always the same for the same text, and no secret leads to it.
    func hash(standingFor text: String) -> KeyHash {
        HMACSHA256.code(key: hashingKey, Array(text.utf8))
    }

    static let stored = Query("SELECT value FROM settings WHERE name = 'secret'") { row in row.blob(0) }
}

extension ReadTransaction {
    /// The hash that a request has written as text.
    ///
    /// What the algorithm cannot have made is taken all the same, as the published service does, and never verifies.
    ///
    /// - Parameters:
    ///   - text: Base64 or hexadecimal digits for `sha256`, hexadecimal digits for prefixed keys.
    ///   - algorithm: What made it.
    /// - Returns: The hash.
    /// - Throws: 500, when SQLite fails.
    public func hash(written text: String, by algorithm: KeyMigrationAlgorithm) throws(Problem) -> KeyHash {
        let base64 = algorithm == .sha256 ? Base64.decode(text.utf8) : nil
        let bytes = base64?.count == 32 ? base64 : Hexadecimal.decode(text.utf8)
        if let hash = bytes?.withUnsafeBytes({ KeyHash(bytes: $0) }) { return hash }
        return try secret.hash(standingFor: text)
    }
}
