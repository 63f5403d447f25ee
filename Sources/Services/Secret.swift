import Bytes
import Cryptography
import Domain
import Store

/// The text of a new key.
///
/// It exists in the reply that hands it out, and nowhere else.
struct Secret {
    /// Random bytes where neither the request nor the API says how many.
    static let standardBytes = 16

    /// The whole secret.
    let text: String
    /// Prefix, underscore and the first four characters: what may be shown later.
    let start: String
    /// The last four characters.
    let end: String

    /// Draws a secret (`keys.md` §3): random bytes in base58, behind the prefix and an underscore where there is one.
    ///
    /// - Parameters:
    ///   - prefix: What it starts with.
    ///   - byteLength: Random bytes, 16 to 255.
    ///   - random: A cryptographic source.
    init(prefix: String?, byteLength: Int, using random: inout RandomPool) {
        let characters = Base58.encode(random.bytes(byteLength))
        let head = prefix.map { $0 + "_" } ?? ""
        text = head + characters
        start = head + characters.prefix(4)
        end = String(characters.suffix(4))
    }

    /// What the secret is looked up by.
    var hash: KeyHash { SHA256.hash(text) }
}
