import Testing

@testable import Cryptography

/// The documents' own examples, which are there when no other vectors are.
@Suite struct SealingTests {
    @Test("ChaCha20-Poly1305: the example of RFC 8439 §2.8.2")
    func construction() {
        let message = Array(
            "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
                .utf8
        )
        let key = (0x80...0x9F).map { UInt8($0) }
        let nonce = bytes("07000000 4041424344454647")
        let data = bytes("50515253c0c1c2c3c4c5c6c7")
        let sealed = ChaCha20Poly1305.seal(message, key: key, nonce: nonce, associatedData: data)
        #expect(sealed.prefix(16) == bytes("d31a8d34648e60db7b86afbc53ef7ec2")[...])
        #expect(sealed.suffix(16) == bytes("1ae10b594f09e26a7e902ecbd0600691")[...])
        #expect(ChaCha20Poly1305.open(sealed, key: key, nonce: nonce, associatedData: data) == message)
    }

    @Test("one altered bit anywhere, in text, tag, key, nonce or associated data, and nothing opens")
    func forgeries() {
        let (key, nonce, data) = (
            [UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 12), [UInt8]("key_1".utf8)
        )
        let sealed = ChaCha20Poly1305.seal(Array("a secret".utf8), key: key, nonce: nonce, associatedData: data)
        for bit in 0..<sealed.count * 8 {
            #expect(ChaCha20Poly1305.open(flipped(sealed, bit), key: key, nonce: nonce, associatedData: data) == nil)
        }
        #expect(ChaCha20Poly1305.open(sealed, key: flipped(key, 7), nonce: nonce, associatedData: data) == nil)
        #expect(ChaCha20Poly1305.open(sealed, key: key, nonce: flipped(nonce, 95), associatedData: data) == nil)
        #expect(ChaCha20Poly1305.open(sealed, key: key, nonce: nonce, associatedData: flipped(data, 0)) == nil)
        #expect(ChaCha20Poly1305.open([], key: key, nonce: nonce, associatedData: data) == nil)
        #expect(ChaCha20Poly1305.open(Array(sealed.prefix(15)), key: key, nonce: nonce, associatedData: data) == nil)
    }

    @Test(
        "messages of every length around the block sizes come back",
        arguments: [0, 1, 15, 16, 17, 63, 64, 65, 128, 1_000]
    )
    func lengths(count: Int) {
        let message = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let (key, nonce) = ([UInt8](repeating: 9, count: 32), [UInt8](repeating: 8, count: 12))
        let sealed = ChaCha20Poly1305.seal(message, key: key, nonce: nonce, associatedData: message)
        #expect(sealed.count == count + ChaCha20Poly1305.tagBytes)
        #expect(ChaCha20Poly1305.open(sealed, key: key, nonce: nonce, associatedData: message) == message)
    }

    @Test("HKDF: test case 1 of RFC 5869 appendix A")
    func derivation() {
        let key = HKDFSHA256.key(
            from: [UInt8](repeating: 0x0B, count: 22),
            salt: bytes("000102030405060708090a0b0c"),
            info: bytes("f0f1f2f3f4f5f6f7f8f9"),
            count: 42
        )
        #expect(key == bytes("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"))
    }

    @Test("HMAC: test case 2 of RFC 4231 §4.3, in one part and in several")
    func authentication() {
        let wanted = bytes("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let key = Array("Jefe".utf8)
        #expect(HMACSHA256.bytes(of: HMACSHA256.code(key: key, Array("what do ya want for nothing?".utf8))) == wanted)
        let parts = HMACSHA256.code(key: key, Array("what do ya ".utf8), Array("want for nothing?".utf8))
        #expect(HMACSHA256.bytes(of: parts) == wanted)
    }

    private func flipped(_ bytes: [UInt8], _ bit: Int) -> [UInt8] {
        var bytes = bytes
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return bytes
    }
}
