import Cryptography

/// How the place of a key becomes its identifier, and back.
///
/// A secret permutation of all identifiers of ten characters: a Feistel network over two halves of five base-62 digits, as in
/// format-preserving encryption (NIST SP 800-38G). So identifiers look drawn at random and tell nothing of order or number, two
/// keys never have the same, and finding a key by its identifier takes no index: a random index less is a third of what storing a
/// key costs.
public struct KeyNumbering: Sendable {
    private let secret: [UInt8]

    private static let digits = 5
    /// Values of one half: 62^5.
    private static let halfCount: UInt64 = 916_132_832
    private static let rounds: UInt8 = 10

    /// The numbering of one database.
    ///
    /// - Parameter secret: 32 bytes, drawn once and kept with the keys.
    public init(secret: [UInt8]) {
        precondition(secret.count == 32, "a numbering has a secret of 32 bytes")
        self.secret = secret
    }

    /// The identifier of a key.
    ///
    /// - Parameter number: Its place, from 0 to 62^10 − 1; SQLite's run out later than the disk.
    /// - Returns: The identifier, `key_` and ten characters.
    public func identifier(of number: RowNumber<Key>) -> KeyID {
        let value = UInt64(number.value)
        var (left, right) = (value / Self.halfCount, value % Self.halfCount)
        for round in 0..<Self.rounds {
            (left, right) = (right, (left + mix(round, right)) % Self.halfCount)
        }
        return KeyID(
            "\(Key.prefix)_\(Base62.text(left, digits: Self.digits))\(Base62.text(right, digits: Self.digits))"
        )
    }

    /// The place that a key with this identifier has, if there is one.
    ///
    /// - Parameter id: Anything that a caller may have sent.
    /// - Returns: `nil` for what ``identifier(of:)`` never gives.
    public func number(of id: KeyID) -> RowNumber<Key>? {
        let text = Array(id.text.utf8)
        let prefix = Array("\(Key.prefix)_".utf8)
        guard text.count == prefix.count + 2 * Self.digits, text.starts(with: prefix) else { return nil }
        let characters = text.dropFirst(prefix.count)
        guard var left = Base62.value(characters.prefix(Self.digits)),
            var right = Base62.value(characters.suffix(Self.digits))
        else { return nil }
        for round in (0..<Self.rounds).reversed() {
            (left, right) = ((right + Self.halfCount - mix(round, left)) % Self.halfCount, left)
        }
        return RowNumber(Int64(left * Self.halfCount + right))
    }

    /// What a round adds to one half, out of the other.
    private func mix(_ round: UInt8, _ half: UInt64) -> UInt64 {
        withUnsafeTemporaryAllocation(byteCount: 41, alignment: 8) { block in
            block.copyBytes(from: secret)
            block.storeBytes(of: half.littleEndian, toByteOffset: 32, as: UInt64.self)
            block[40] = round
            return SHA256.hash(UnsafeRawBufferPointer(block)).prefix64.littleEndian % Self.halfCount
        }
    }
}

/// Numbers in the 62 letters and digits of identifiers.
enum Base62 {
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// A number as so many characters, the most significant first.
    static func text(_ value: UInt64, digits: Int) -> String {
        var rest = value
        var characters: [UInt8] = []
        for _ in 0..<digits {
            characters.append(alphabet[Int(rest % 62)])
            rest /= 62
        }
        return String(decoding: characters.reversed(), as: UTF8.self)
    }

    /// The number that characters stand for; `nil` where one is no letter and no digit.
    static func value(_ characters: some Sequence<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for character in characters {
            guard let digit = digit(character) else { return nil }
            value = value * 62 + digit
        }
        return value
    }

    private static func digit(_ character: UInt8) -> UInt64? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(character - UInt8(ascii: "0"))
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt64(character - UInt8(ascii: "A")) + 10
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(character - UInt8(ascii: "a")) + 36
        default: nil
        }
    }
}
