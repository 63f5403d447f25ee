import SHAExtensions

/// The working state of SHA-256, and its compression function (FIPS 180-4 §6.2).
struct CompressionState: Equatable {
    private var words = SIMD8<UInt32>(
        0x6A09_E667,
        0xBB67_AE85,
        0x3C6E_F372,
        0xA54F_F53A,
        0x510E_527F,
        0x9B05_688C,
        0x1F83_D9AB,
        0x5BE0_CD19
    )

    /// The last bytes of a message, fewer than 64, with the padding of FIPS 180-4 §5.1.1.
    mutating func finish(_ rest: UnsafeRawBufferPointer, messageBytes: UInt64) -> SHA256.Digest {
        withUnsafeTemporaryAllocation(byteCount: 128, alignment: 8) { block in
            block.initializeMemory(as: UInt8.self, repeating: 0)
            block.copyMemory(from: rest)
            block[rest.count] = 0x80
            let size = rest.count < 56 ? 64 : 128
            block.storeBytes(of: (messageBytes << 3).bigEndian, toByteOffset: size - 8, as: UInt64.self)
            if let base = UnsafeRawPointer(block.baseAddress) {
                compress(base)
                if size == 128 { compress(base + 64) }
            }
        }
        return SHA256.Digest(words)
    }

    /// One block of 64 bytes.
    mutating func compress(_ block: UnsafeRawPointer) {
        if SHAExtensions.areSupported {
            SHAExtensions.compress(&words, block)
        } else {
            compressByArithmetic(block)
        }
    }

    /// One block, on any processor.
    ///
    /// The schedule lives in sixteen locals, which stay in registers or on the stack: in memory it would cost two thirds more.
    mutating func compressByArithmetic(_ block: UnsafeRawPointer) {
        var a = words[0], b = words[1], c = words[2], d = words[3]
        var e = words[4], f = words[5], g = words[6], h = words[7]
        var w0 = Self.word(block, 0)
        var w1 = Self.word(block, 1)
        var w2 = Self.word(block, 2)
        var w3 = Self.word(block, 3)
        var w4 = Self.word(block, 4)
        var w5 = Self.word(block, 5)
        var w6 = Self.word(block, 6)
        var w7 = Self.word(block, 7)
        var w8 = Self.word(block, 8)
        var w9 = Self.word(block, 9)
        var w10 = Self.word(block, 10)
        var w11 = Self.word(block, 11)
        var w12 = Self.word(block, 12)
        var w13 = Self.word(block, 13)
        var w14 = Self.word(block, 14)
        var w15 = Self.word(block, 15)

        Self.round(a, b, c, &d, e, f, g, &h, w0 &+ 0x428A_2F98)
        Self.round(h, a, b, &c, d, e, f, &g, w1 &+ 0x7137_4491)
        Self.round(g, h, a, &b, c, d, e, &f, w2 &+ 0xB5C0_FBCF)
        Self.round(f, g, h, &a, b, c, d, &e, w3 &+ 0xE9B5_DBA5)
        Self.round(e, f, g, &h, a, b, c, &d, w4 &+ 0x3956_C25B)
        Self.round(d, e, f, &g, h, a, b, &c, w5 &+ 0x59F1_11F1)
        Self.round(c, d, e, &f, g, h, a, &b, w6 &+ 0x923F_82A4)
        Self.round(b, c, d, &e, f, g, h, &a, w7 &+ 0xAB1C_5ED5)
        Self.round(a, b, c, &d, e, f, g, &h, w8 &+ 0xD807_AA98)
        Self.round(h, a, b, &c, d, e, f, &g, w9 &+ 0x1283_5B01)
        Self.round(g, h, a, &b, c, d, e, &f, w10 &+ 0x2431_85BE)
        Self.round(f, g, h, &a, b, c, d, &e, w11 &+ 0x550C_7DC3)
        Self.round(e, f, g, &h, a, b, c, &d, w12 &+ 0x72BE_5D74)
        Self.round(d, e, f, &g, h, a, b, &c, w13 &+ 0x80DE_B1FE)
        Self.round(c, d, e, &f, g, h, a, &b, w14 &+ 0x9BDC_06A7)
        Self.round(b, c, d, &e, f, g, h, &a, w15 &+ 0xC19B_F174)
        w0 = w0 &+ Self.sigma0(w1) &+ w9 &+ Self.sigma1(w14)
        Self.round(a, b, c, &d, e, f, g, &h, w0 &+ 0xE49B_69C1)
        w1 = w1 &+ Self.sigma0(w2) &+ w10 &+ Self.sigma1(w15)
        Self.round(h, a, b, &c, d, e, f, &g, w1 &+ 0xEFBE_4786)
        w2 = w2 &+ Self.sigma0(w3) &+ w11 &+ Self.sigma1(w0)
        Self.round(g, h, a, &b, c, d, e, &f, w2 &+ 0x0FC1_9DC6)
        w3 = w3 &+ Self.sigma0(w4) &+ w12 &+ Self.sigma1(w1)
        Self.round(f, g, h, &a, b, c, d, &e, w3 &+ 0x240C_A1CC)
        w4 = w4 &+ Self.sigma0(w5) &+ w13 &+ Self.sigma1(w2)
        Self.round(e, f, g, &h, a, b, c, &d, w4 &+ 0x2DE9_2C6F)
        w5 = w5 &+ Self.sigma0(w6) &+ w14 &+ Self.sigma1(w3)
        Self.round(d, e, f, &g, h, a, b, &c, w5 &+ 0x4A74_84AA)
        w6 = w6 &+ Self.sigma0(w7) &+ w15 &+ Self.sigma1(w4)
        Self.round(c, d, e, &f, g, h, a, &b, w6 &+ 0x5CB0_A9DC)
        w7 = w7 &+ Self.sigma0(w8) &+ w0 &+ Self.sigma1(w5)
        Self.round(b, c, d, &e, f, g, h, &a, w7 &+ 0x76F9_88DA)
        w8 = w8 &+ Self.sigma0(w9) &+ w1 &+ Self.sigma1(w6)
        Self.round(a, b, c, &d, e, f, g, &h, w8 &+ 0x983E_5152)
        w9 = w9 &+ Self.sigma0(w10) &+ w2 &+ Self.sigma1(w7)
        Self.round(h, a, b, &c, d, e, f, &g, w9 &+ 0xA831_C66D)
        w10 = w10 &+ Self.sigma0(w11) &+ w3 &+ Self.sigma1(w8)
        Self.round(g, h, a, &b, c, d, e, &f, w10 &+ 0xB003_27C8)
        w11 = w11 &+ Self.sigma0(w12) &+ w4 &+ Self.sigma1(w9)
        Self.round(f, g, h, &a, b, c, d, &e, w11 &+ 0xBF59_7FC7)
        w12 = w12 &+ Self.sigma0(w13) &+ w5 &+ Self.sigma1(w10)
        Self.round(e, f, g, &h, a, b, c, &d, w12 &+ 0xC6E0_0BF3)
        w13 = w13 &+ Self.sigma0(w14) &+ w6 &+ Self.sigma1(w11)
        Self.round(d, e, f, &g, h, a, b, &c, w13 &+ 0xD5A7_9147)
        w14 = w14 &+ Self.sigma0(w15) &+ w7 &+ Self.sigma1(w12)
        Self.round(c, d, e, &f, g, h, a, &b, w14 &+ 0x06CA_6351)
        w15 = w15 &+ Self.sigma0(w0) &+ w8 &+ Self.sigma1(w13)
        Self.round(b, c, d, &e, f, g, h, &a, w15 &+ 0x1429_2967)
        w0 = w0 &+ Self.sigma0(w1) &+ w9 &+ Self.sigma1(w14)
        Self.round(a, b, c, &d, e, f, g, &h, w0 &+ 0x27B7_0A85)
        w1 = w1 &+ Self.sigma0(w2) &+ w10 &+ Self.sigma1(w15)
        Self.round(h, a, b, &c, d, e, f, &g, w1 &+ 0x2E1B_2138)
        w2 = w2 &+ Self.sigma0(w3) &+ w11 &+ Self.sigma1(w0)
        Self.round(g, h, a, &b, c, d, e, &f, w2 &+ 0x4D2C_6DFC)
        w3 = w3 &+ Self.sigma0(w4) &+ w12 &+ Self.sigma1(w1)
        Self.round(f, g, h, &a, b, c, d, &e, w3 &+ 0x5338_0D13)
        w4 = w4 &+ Self.sigma0(w5) &+ w13 &+ Self.sigma1(w2)
        Self.round(e, f, g, &h, a, b, c, &d, w4 &+ 0x650A_7354)
        w5 = w5 &+ Self.sigma0(w6) &+ w14 &+ Self.sigma1(w3)
        Self.round(d, e, f, &g, h, a, b, &c, w5 &+ 0x766A_0ABB)
        w6 = w6 &+ Self.sigma0(w7) &+ w15 &+ Self.sigma1(w4)
        Self.round(c, d, e, &f, g, h, a, &b, w6 &+ 0x81C2_C92E)
        w7 = w7 &+ Self.sigma0(w8) &+ w0 &+ Self.sigma1(w5)
        Self.round(b, c, d, &e, f, g, h, &a, w7 &+ 0x9272_2C85)
        w8 = w8 &+ Self.sigma0(w9) &+ w1 &+ Self.sigma1(w6)
        Self.round(a, b, c, &d, e, f, g, &h, w8 &+ 0xA2BF_E8A1)
        w9 = w9 &+ Self.sigma0(w10) &+ w2 &+ Self.sigma1(w7)
        Self.round(h, a, b, &c, d, e, f, &g, w9 &+ 0xA81A_664B)
        w10 = w10 &+ Self.sigma0(w11) &+ w3 &+ Self.sigma1(w8)
        Self.round(g, h, a, &b, c, d, e, &f, w10 &+ 0xC24B_8B70)
        w11 = w11 &+ Self.sigma0(w12) &+ w4 &+ Self.sigma1(w9)
        Self.round(f, g, h, &a, b, c, d, &e, w11 &+ 0xC76C_51A3)
        w12 = w12 &+ Self.sigma0(w13) &+ w5 &+ Self.sigma1(w10)
        Self.round(e, f, g, &h, a, b, c, &d, w12 &+ 0xD192_E819)
        w13 = w13 &+ Self.sigma0(w14) &+ w6 &+ Self.sigma1(w11)
        Self.round(d, e, f, &g, h, a, b, &c, w13 &+ 0xD699_0624)
        w14 = w14 &+ Self.sigma0(w15) &+ w7 &+ Self.sigma1(w12)
        Self.round(c, d, e, &f, g, h, a, &b, w14 &+ 0xF40E_3585)
        w15 = w15 &+ Self.sigma0(w0) &+ w8 &+ Self.sigma1(w13)
        Self.round(b, c, d, &e, f, g, h, &a, w15 &+ 0x106A_A070)
        w0 = w0 &+ Self.sigma0(w1) &+ w9 &+ Self.sigma1(w14)
        Self.round(a, b, c, &d, e, f, g, &h, w0 &+ 0x19A4_C116)
        w1 = w1 &+ Self.sigma0(w2) &+ w10 &+ Self.sigma1(w15)
        Self.round(h, a, b, &c, d, e, f, &g, w1 &+ 0x1E37_6C08)
        w2 = w2 &+ Self.sigma0(w3) &+ w11 &+ Self.sigma1(w0)
        Self.round(g, h, a, &b, c, d, e, &f, w2 &+ 0x2748_774C)
        w3 = w3 &+ Self.sigma0(w4) &+ w12 &+ Self.sigma1(w1)
        Self.round(f, g, h, &a, b, c, d, &e, w3 &+ 0x34B0_BCB5)
        w4 = w4 &+ Self.sigma0(w5) &+ w13 &+ Self.sigma1(w2)
        Self.round(e, f, g, &h, a, b, c, &d, w4 &+ 0x391C_0CB3)
        w5 = w5 &+ Self.sigma0(w6) &+ w14 &+ Self.sigma1(w3)
        Self.round(d, e, f, &g, h, a, b, &c, w5 &+ 0x4ED8_AA4A)
        w6 = w6 &+ Self.sigma0(w7) &+ w15 &+ Self.sigma1(w4)
        Self.round(c, d, e, &f, g, h, a, &b, w6 &+ 0x5B9C_CA4F)
        w7 = w7 &+ Self.sigma0(w8) &+ w0 &+ Self.sigma1(w5)
        Self.round(b, c, d, &e, f, g, h, &a, w7 &+ 0x682E_6FF3)
        w8 = w8 &+ Self.sigma0(w9) &+ w1 &+ Self.sigma1(w6)
        Self.round(a, b, c, &d, e, f, g, &h, w8 &+ 0x748F_82EE)
        w9 = w9 &+ Self.sigma0(w10) &+ w2 &+ Self.sigma1(w7)
        Self.round(h, a, b, &c, d, e, f, &g, w9 &+ 0x78A5_636F)
        w10 = w10 &+ Self.sigma0(w11) &+ w3 &+ Self.sigma1(w8)
        Self.round(g, h, a, &b, c, d, e, &f, w10 &+ 0x84C8_7814)
        w11 = w11 &+ Self.sigma0(w12) &+ w4 &+ Self.sigma1(w9)
        Self.round(f, g, h, &a, b, c, d, &e, w11 &+ 0x8CC7_0208)
        w12 = w12 &+ Self.sigma0(w13) &+ w5 &+ Self.sigma1(w10)
        Self.round(e, f, g, &h, a, b, c, &d, w12 &+ 0x90BE_FFFA)
        w13 = w13 &+ Self.sigma0(w14) &+ w6 &+ Self.sigma1(w11)
        Self.round(d, e, f, &g, h, a, b, &c, w13 &+ 0xA450_6CEB)
        w14 = w14 &+ Self.sigma0(w15) &+ w7 &+ Self.sigma1(w12)
        Self.round(c, d, e, &f, g, h, a, &b, w14 &+ 0xBEF9_A3F7)
        w15 = w15 &+ Self.sigma0(w0) &+ w8 &+ Self.sigma1(w13)
        Self.round(b, c, d, &e, f, g, h, &a, w15 &+ 0xC671_78F2)

        words &+= SIMD8(a, b, c, d, e, f, g, h)
    }

    @inline(__always)
    private static func word(_ block: UnsafeRawPointer, _ index: Int) -> UInt32 {
        UInt32(bigEndian: block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
    }

    @inline(__always)
    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word >> count | word << (32 - count)
    }

    @inline(__always)
    private static func sigma0(_ word: UInt32) -> UInt32 {
        rotate(word, 7) ^ rotate(word, 18) ^ word >> 3
    }

    @inline(__always)
    private static func sigma1(_ word: UInt32) -> UInt32 {
        rotate(word, 17) ^ rotate(word, 19) ^ word >> 10
    }

    /// One step of §6.2.2.
    ///
    /// The caller names the variables in turned order instead of moving their values.
    @inline(__always)
    private static func round(
        _ a: UInt32,
        _ b: UInt32,
        _ c: UInt32,
        _ d: inout UInt32,
        _ e: UInt32,
        _ f: UInt32,
        _ g: UInt32,
        _ h: inout UInt32,
        _ scheduled: UInt32
    ) {
        let choice = (e & f) ^ (~e & g)
        let majority = (a & b) ^ (a & c) ^ (b & c)
        let first = h &+ (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) &+ choice &+ scheduled
        d = d &+ first
        h = first &+ (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
    }
}
