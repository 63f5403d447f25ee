#if arch(x86_64)
import _Builtin_intrinsics.intel
import _Builtin_intrinsics.intel.cpuid

/// SHA-256's compression function in the processor's own instructions (Intel SDM volume 2, SHA256RNDS2 and its kin), a third of the
/// time that arithmetic takes.
///
/// A module of its own, because its code may only run where ``areSupported`` says so, and compiler flags hold for a module.
public enum SHAExtensions {
    /// Whether this processor has them.
    public static let areSupported = hasSSE4AndSHA()

    /// Takes one block into the state.
    ///
    /// Never inlined: it would lose the flags that it is compiled with.
    ///
    /// - Parameters:
    ///   - words: The state, FIPS 180-4's a to h.
    ///   - block: 64 bytes, aligned or not.
    @inline(never)
    public static func compress(_ words: inout SIMD8<UInt32>, _ block: UnsafeRawPointer) {
        var rounds = Rounds(words)
        var w0 = bigEndianWords(block)
        var w1 = bigEndianWords(block + 16)
        var w2 = bigEndianWords(block + 32)
        var w3 = bigEndianWords(block + 48)
        rounds.four(w0, SIMD4(0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5))
        rounds.four(w1, SIMD4(0x3956_C25B, 0x59F1_11F1, 0x923F_82A4, 0xAB1C_5ED5))
        rounds.four(w2, SIMD4(0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3))
        rounds.four(w3, SIMD4(0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174))
        w0 = scheduled(w0, w1, w2, w3)
        rounds.four(w0, SIMD4(0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC))
        w1 = scheduled(w1, w2, w3, w0)
        rounds.four(w1, SIMD4(0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA))
        w2 = scheduled(w2, w3, w0, w1)
        rounds.four(w2, SIMD4(0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7))
        w3 = scheduled(w3, w0, w1, w2)
        rounds.four(w3, SIMD4(0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967))
        w0 = scheduled(w0, w1, w2, w3)
        rounds.four(w0, SIMD4(0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13))
        w1 = scheduled(w1, w2, w3, w0)
        rounds.four(w1, SIMD4(0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85))
        w2 = scheduled(w2, w3, w0, w1)
        rounds.four(w2, SIMD4(0xA2BF_E8A1, 0xA81A_664B, 0xC24B_8B70, 0xC76C_51A3))
        w3 = scheduled(w3, w0, w1, w2)
        rounds.four(w3, SIMD4(0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070))
        w0 = scheduled(w0, w1, w2, w3)
        rounds.four(w0, SIMD4(0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5))
        w1 = scheduled(w1, w2, w3, w0)
        rounds.four(w1, SIMD4(0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3))
        w2 = scheduled(w2, w3, w0, w1)
        rounds.four(w2, SIMD4(0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208))
        w3 = scheduled(w3, w0, w1, w2)
        rounds.four(w3, SIMD4(0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2))
        words &+= rounds.words
    }
}

/// The working variables, in the order in which the instructions want them: from the lowest word, f e b a and h g d c.
private struct Rounds {
    var feba: __m128i
    var hgdc: __m128i

    @inline(__always)
    init(_ words: SIMD8<UInt32>) {
        feba = vector(SIMD4(words[5], words[4], words[1], words[0]))
        hgdc = vector(SIMD4(words[7], words[6], words[3], words[2]))
    }

    @inline(__always)
    var words: SIMD8<UInt32> {
        let first = unsafeBitCast(feba, to: SIMD4<UInt32>.self)
        let second = unsafeBitCast(hgdc, to: SIMD4<UInt32>.self)
        return SIMD8(first[3], first[2], second[3], second[2], first[1], first[0], second[1], second[0])
    }

    /// Two rounds are one instruction, after which the registers have changed their roles.
    @inline(__always)
    mutating func four(_ words: __m128i, _ constants: SIMD4<UInt32>) {
        let sums = _mm_add_epi32(words, vector(constants))
        hgdc = _mm_sha256rnds2_epu32(hgdc, feba, sums)
        feba = _mm_sha256rnds2_epu32(feba, hgdc, SIMD2(sums.y, sums.y))
    }
}

/// The next four words of the schedule, from the sixteen before them.
@inline(__always)
private func scheduled(_ w0: __m128i, _ w1: __m128i, _ w2: __m128i, _ w3: __m128i) -> __m128i {
    let (third, fourth) = (unsafeBitCast(w2, to: SIMD4<UInt32>.self), unsafeBitCast(w3, to: SIMD4<UInt32>.self))
    let sevenBack = vector(SIMD4(third[1], third[2], third[3], fourth[0]))
    return _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), sevenBack), w3)
}

@inline(__always)
private func bigEndianWords(_ bytes: UnsafeRawPointer) -> __m128i {
    let order = SIMD16<UInt8>(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
    return _mm_shuffle_epi8(bytes.loadUnaligned(as: __m128i.self), unsafeBitCast(order, to: __m128i.self))
}

@inline(__always)
private func vector(_ words: SIMD4<UInt32>) -> __m128i { unsafeBitCast(words, to: __m128i.self) }

/// CPUID leaf 1 has SSSE3 and SSE4.1 in ECX, leaf 7 has SHA in EBX (Intel SDM volume 2, CPUID).
private func hasSSE4AndSHA() -> Bool {
    var (a, b, c, d): (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    guard __get_cpuid_count(1, 0, &a, &b, &c, &d) != 0, c & (1 << 9) != 0, c & (1 << 19) != 0 else { return false }
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && b & (1 << 29) != 0
}
#else
/// Other processors have none that this program uses.
public enum SHAExtensions {
    /// Never.
    public static let areSupported = false

    /// Not to be called.
    public static func compress(_ words: inout SIMD8<UInt32>, _ block: UnsafeRawPointer) {
        preconditionFailure("the processor has no such instructions")
    }
}
#endif
