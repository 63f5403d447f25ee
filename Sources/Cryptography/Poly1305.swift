/// The one-time authenticator Poly1305 (RFC 8439 §2.5): a polynomial over the message's blocks, modulo 2^130 - 5.
///
/// Five limbs of 26 bits, so that products of two and their sums fit 64 bits.
struct Poly1305 {
    private var accumulator: [UInt64] = [0, 0, 0, 0, 0]
    private let factor: [UInt64]
    private let addend: [UInt8]
    private static let mask: UInt64 = 0x3FF_FFFF

    /// An authenticator for one message.
    ///
    /// - Parameter key: 32 bytes, never used for two messages.
    init(key: [UInt8]) {
        precondition(key.count == 32, "Poly1305 takes a key of 32 bytes (RFC 8439 §2.5)")
        var clamped = Array(key[0..<16])
        for index in [3, 7, 11, 15] { clamped[index] &= 15 }
        for index in [4, 8, 12] { clamped[index] &= 252 }
        factor = Self.limbs(clamped + [0])
        addend = Array(key[16..<32])
    }

    /// Takes in bytes, filled up with zeros to whole blocks of 16, as the construction of RFC 8439 §2.8 wants them.
    mutating func update(padding bytes: [UInt8]) {
        for start in stride(from: 0, to: bytes.count, by: 16) {
            let block = bytes[start..<min(start + 16, bytes.count)]
            absorb(Array(block) + Array(repeating: 0, count: 16 - block.count) + [1])
        }
    }

    private mutating func absorb(_ block: [UInt8]) {
        let sum = zip(accumulator, Self.limbs(block)).map { $0 + $1 }
        var product = [UInt64](repeating: 0, count: 5)
        for left in 0..<5 {
            for right in 0..<5 {
                // 2^130 is 5 modulo the prime, so what reaches past the fifth limb comes back five-fold.
                let wrapped = left + right < 5 ? factor[right] : factor[right] * 5
                product[(left + right) % 5] += sum[left] * wrapped
            }
        }
        accumulator = Self.carried(product)
    }

    /// The tag: the sum of polynomial and second half of the key, modulo 2^128.
    consuming func finalize() -> [UInt8] {
        let value = reduced(Self.carried(Self.carried(accumulator)))
        var tag: [UInt8] = []
        var carry: UInt64 = 0
        for word in 0..<4 {
            let sum = Self.word(value, word) + Self.littleEndian(addend[word * 4..<word * 4 + 4]) + carry
            carry = sum >> 32
            tag += (0..<4).map { UInt8(truncatingIfNeeded: sum >> UInt64(8 * $0)) }
        }
        return tag
    }

    /// The value below the prime; which of the two is taken depends on no branch.
    private func reduced(_ value: [UInt64]) -> [UInt64] {
        var difference = value
        difference[0] += 5
        for index in 0..<4 {
            difference[index + 1] += difference[index] >> 26
            difference[index] &= Self.mask
        }
        let isOver = 0 &- (difference[4] >> 26 & 1)
        difference[4] &= Self.mask
        return zip(value, difference).map { ($0 & ~isOver) | ($1 & isOver) }
    }

    private static func carried(_ limbs: [UInt64]) -> [UInt64] {
        var limbs = limbs
        for index in 0..<4 {
            limbs[index + 1] += limbs[index] >> 26
            limbs[index] &= mask
        }
        limbs[0] += (limbs[4] >> 26) * 5
        limbs[4] &= mask
        limbs[1] += limbs[0] >> 26
        limbs[0] &= mask
        return limbs
    }

    private static func limbs(_ bytes: [UInt8]) -> [UInt64] {
        (0..<5).map { index in
            let bit = index * 26
            let window = bytes[(bit / 8)..<min(bit / 8 + 5, 17)]
            return littleEndian(window) >> UInt64(bit % 8) & mask
        }
    }

    private static func word(_ limbs: [UInt64], _ index: Int) -> UInt64 {
        let bit = index * 32
        let limb = bit / 26
        let low = limbs[limb] >> UInt64(bit % 26)
        return (low | limbs[limb + 1] << UInt64(26 - bit % 26)) & 0xFFFF_FFFF
    }

    private static func littleEndian(_ bytes: some BidirectionalCollection<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
