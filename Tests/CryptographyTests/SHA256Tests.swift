import SHAExtensions
import Testing

@testable import Cryptography

@Suite struct SHA256Tests {
    private func hexadecimal(_ digest: SHA256.Digest) -> String {
        digest.withUnsafeBytes { bytes in
            bytes.reduce(into: "") { text, byte in
                text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }
        }
    }

    @Test(
        "the examples of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ]
    )
    func examples(message: String, digest: String) {
        #expect(hexadecimal(SHA256.hash(message)) == digest)
    }

    @Test("any length hashes the same whole as in pieces")
    func pieces() {
        for count in 0...200 {
            let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            for split in [0, 1, count / 3, count / 2, count] where split <= count {
                var hash = SHA256()
                message.withUnsafeBytes { bytes in
                    hash.update(UnsafeRawBufferPointer(rebasing: bytes[..<split]))
                    hash.update(UnsafeRawBufferPointer(rebasing: bytes[split...]))
                }
                #expect(hash.finalize() == SHA256.hash(message))
            }
        }
    }

    @Test(
        "the processor's instructions, where it has them, and arithmetic come to the same",
        .enabled(if: SHAExtensions.areSupported)
    )
    func instructions() {
        var (instructions, arithmetic) = (CompressionState(), CompressionState())
        // Each block of a chain is other bytes, because the state goes into it.
        for round in 0..<1_000 {
            let block = SHA256.hash("\(round) \(instructions)").withUnsafeBytes { Array($0) + Array($0) + [0] }
            block.withUnsafeBytes { bytes in
                guard let base = bytes.baseAddress else { return }
                instructions.compress(base + 1)
                arithmetic.compressByArithmetic(base + 1)
            }
            #expect(instructions == arithmetic)
        }
    }
}
