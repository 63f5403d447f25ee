/// Text of 58 symbols: digits and letters without those that are taken for each other (`0 O I l`).
public enum Base58 {
    private static let alphabet = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)

    /// Reads the bytes as one number, most significant first, and writes it to base 58; each leading zero byte becomes a `1`.
    public static func encode(_ bytes: [UInt8]) -> String {
        let zeros = bytes.prefix { $0 == 0 }.count
        // Ten digits to a limb: 58^10 fits 64 bits with a byte to spare for the multiplication.
        var limbs: [UInt64] = []
        for byte in bytes.dropFirst(zeros) {
            var carry = UInt64(byte)
            for index in limbs.indices {
                let value = UInt128(limbs[index]) << 8 + UInt128(carry)
                (limbs[index], carry) = (UInt64(value % limbBase), UInt64(value / limbBase))
            }
            if carry > 0 { limbs.append(carry) }
        }
        var digits: [UInt8] = []
        for (index, limb) in limbs.enumerated() {
            var rest = limb
            let isLast = index == limbs.count - 1
            for _ in 0..<10 where !isLast || rest > 0 {
                digits.append(alphabet[Int(rest % 58)])
                rest /= 58
            }
        }
        digits += Array(repeating: alphabet[0], count: zeros)
        return String(decoding: digits.reversed(), as: UTF8.self)
    }

    private static let limbBase: UInt128 = 430_804_206_899_405_824  // 58^10
}
