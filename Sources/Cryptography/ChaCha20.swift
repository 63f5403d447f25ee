/// The stream cipher ChaCha20 (RFC 8439 §2.3, §2.4).
struct ChaCha20 {
    private let key: [UInt32]
    private let nonce: [UInt32]

    /// A cipher for one message.
    ///
    /// - Parameters:
    ///   - key: 32 bytes.
    ///   - nonce: 12 bytes, another one for each message under the key.
    init(key: [UInt8], nonce: [UInt8]) {
        precondition(
            key.count == 32 && nonce.count == 12,
            "ChaCha20 takes a key of 32 bytes and a nonce of 12 (RFC 8439 §2.3)"
        )
        self.key = Self.words(key)
        self.nonce = Self.words(nonce)
    }

    /// 64 bytes of the key stream.
    func block(_ counter: UInt32) -> [UInt8] {
        let initial: [UInt32] = [0x6170_7865, 0x3320_646E, 0x7962_2D32, 0x6B20_6574] + key + [counter] + nonce
        var state = initial
        for _ in 0..<10 {
            for column in 0..<4 { Self.quarterRound(&state, column, column + 4, column + 8, column + 12) }
            for diagonal in 0..<4 {
                Self.quarterRound(
                    &state,
                    diagonal,
                    4 + (diagonal + 1) % 4,
                    8 + (diagonal + 2) % 4,
                    12 + (diagonal + 3) % 4
                )
            }
        }
        return zip(state, initial).flatMap { word, start in Self.bytes(word &+ start) }
    }

    /// Encrypts, or decrypts what was encrypted; the first block of the stream is number 1 (RFC 8439 §2.8).
    func apply(to text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var counter: UInt32 = 1
        for start in stride(from: 0, to: text.count, by: 64) {
            let chunk = text[start..<min(start + 64, text.count)]
            output += zip(chunk, block(counter)).map { $0 ^ $1 }
            counter += 1
        }
        return output
    }

    private static func quarterRound(_ state: inout [UInt32], _ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        state[a] &+= state[b]
        state[d] = rotate(state[d] ^ state[a], 16)
        state[c] &+= state[d]
        state[b] = rotate(state[b] ^ state[c], 12)
        state[a] &+= state[b]
        state[d] = rotate(state[d] ^ state[a], 8)
        state[c] &+= state[d]
        state[b] = rotate(state[b] ^ state[c], 7)
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word << count | word >> (32 - count)
    }

    private static func words(_ bytes: [UInt8]) -> [UInt32] {
        stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
    }

    private static func bytes(_ word: UInt32) -> [UInt8] {
        [
            UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8),
            UInt8(truncatingIfNeeded: word >> 16), UInt8(word >> 24),
        ]
    }
}
