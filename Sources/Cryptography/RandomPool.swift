import CLinux
import Glibc

/// Cryptographic randomness from the kernel (getrandom(2)), fetched by the block.
///
/// For secrets and identifiers; confined to the
/// thread that made it.
public struct RandomPool: RandomNumberGenerator {
    private var block = [UInt8](repeating: 0, count: 1_024)
    private var used = 1_024

    /// A pool that has fetched nothing yet.
    public init() {}

    /// The next eight bytes.
    public mutating func next() -> UInt64 {
        if used + 8 > block.count { refill() }
        defer { used += 8 }
        return block.withUnsafeMutableBytes { bytes in
            let value = bytes.loadUnaligned(fromByteOffset: used, as: UInt64.self)
            // What was handed out must not be found in memory later.
            bytes.storeBytes(of: 0, toByteOffset: used, as: UInt64.self)
            return value
        }
    }

    /// So many random bytes.
    public mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            var word = next()
            withUnsafeBytes(of: &word) { bytes += $0.prefix(count - bytes.count) }
        }
        return bytes
    }

    /// Text of `[0-9A-Za-z]`, each character drawn uniformly.
    public mutating func base62Text(_ count: Int) -> String {
        var characters: [UInt8] = []
        characters.reserveCapacity(count)
        while characters.count < count {
            var rest = next()
            // Ten draws of six bits; 62 and 63 are drawn again, so no symbol is favoured.
            for _ in 0..<10 where characters.count < count {
                let draw = Int(rest & 63)
                rest >>= 6
                if draw < 62 { characters.append(Self.symbols[draw]) }
            }
        }
        return String(decoding: characters, as: UTF8.self)
    }

    private static let symbols = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    private mutating func refill() {
        block.withUnsafeMutableBytes { SystemRandom.fill($0) }
        used = 0
    }
}

/// The kernel's random numbers.
public enum SystemRandom {
    /// Fills memory with them.
    public static func fill(_ memory: UnsafeMutableRawBufferPointer) {
        var filled = 0
        while filled < memory.count, let base = memory.baseAddress {
            let count = getrandom(base + filled, memory.count - filled, 0)
            if count > 0 { filled += count }
            precondition(count > 0 || errno == EINTR, "the kernel gives random numbers (getrandom(2))")
        }
    }
}

/// Fast random numbers that are no secret: xoshiro256++, seeded by the kernel.
///
/// For request identifiers.
public struct FastRandom: RandomNumberGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// A generator whose numbers nobody has seen.
    public init() {
        state = (0, 0, 0, 0)
        while state == (0, 0, 0, 0) {
            withUnsafeMutableBytes(of: &state) { SystemRandom.fill($0) }
        }
    }

    /// The next number.
    public mutating func next() -> UInt64 {
        let sum = state.0 &+ state.3
        let result = (sum << 23 | sum >> 41) &+ state.0
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }
}
