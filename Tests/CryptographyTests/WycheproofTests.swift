import Foundation
import Testing

@testable import Cryptography

/// Wycheproof's vectors, where they are at hand: beside the checkout, or where `LATCHKEY_SHARED` says.
private let vectors: URL = {
    let shared =
        ProcessInfo.processInfo.environment["LATCHKEY_SHARED"].map { URL(fileURLWithPath: $0) }
        ?? URL(fileURLWithPath: #filePath).appending(path: "../../../../shared").standardizedFileURL
    return shared.appending(path: "wycheproof")
}()

private struct File: Decodable {
    let numberOfTests: Int
    let testGroups: [Group]
}

private struct Group: Decodable {
    let tagSize: Int?
    let tests: [Vector]
}

private struct Vector: Decodable {
    let tcId: Int
    let key, iv, aad, msg, ct, tag, ikm, salt, info, okm: String?
    let size: Int?
    let result: String

    var isValid: Bool { result == "valid" }
}

@Suite(.enabled(if: FileManager.default.fileExists(atPath: vectors.path))) struct WycheproofTests {
    @Test("ChaCha20-Poly1305: a valid message opens and seals to the same bytes, an altered one does not open")
    func sealing() throws {
        try forEach("chacha20_poly1305_test") { vector, _ in
            let nonce = bytes(vector.iv)
            // The construction has one length of nonce (RFC 8439 §2.8); the vectors of other lengths are all invalid.
            guard nonce.count == ChaCha20Poly1305.nonceBytes else { return #expect(!vector.isValid) }
            let (key, data, sealed) = (bytes(vector.key), bytes(vector.aad), bytes(vector.ct) + bytes(vector.tag))
            let opened = ChaCha20Poly1305.open(sealed, key: key, nonce: nonce, associatedData: data)
            #expect(opened == (vector.isValid ? bytes(vector.msg) : nil), "vector \(vector.tcId)")
            guard vector.isValid else { return }
            let again = ChaCha20Poly1305.seal(bytes(vector.msg), key: key, nonce: nonce, associatedData: data)
            #expect(again == sealed, "vector \(vector.tcId)")
        }
    }

    @Test("HKDF-SHA-256: every derived key is the vector's, and sizes past 255 blocks are the invalid ones")
    func derivation() throws {
        try forEach("hkdf_sha256_test") { vector, _ in
            let size = try #require(vector.size)
            guard size <= HKDFSHA256.outputBytesMax else { return #expect(!vector.isValid) }
            let key = HKDFSHA256.key(
                from: bytes(vector.ikm),
                salt: bytes(vector.salt),
                info: bytes(vector.info),
                count: size
            )
            #expect((key == bytes(vector.okm)) == vector.isValid, "vector \(vector.tcId)")
        }
    }

    @Test("HMAC-SHA-256: the code, cut to the vector's length, is the vector's where it is valid")
    func authentication() throws {
        try forEach("hmac_sha256_test") { vector, group in
            let code = HMACSHA256.bytes(of: HMACSHA256.code(key: bytes(vector.key), bytes(vector.msg)))
            let size = try #require(group.tagSize) / 8
            #expect((Array(code.prefix(size)) == bytes(vector.tag)) == vector.isValid, "vector \(vector.tcId)")
        }
    }

    private func forEach(_ name: String, _ body: (Vector, Group) throws -> Void) throws {
        let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: vectors.appending(path: "\(name).json")))
        var count = 0
        for group in file.testGroups {
            for vector in group.tests {
                try body(vector, group)
                count += 1
            }
        }
        #expect(count == file.numberOfTests)
    }
}

/// The bytes of a hexadecimal text; none of `nil`.
func bytes(_ hexadecimal: String?) -> [UInt8] {
    let digits = (hexadecimal ?? "").utf8.filter { $0 != UInt8(ascii: " ") }.map {
        UInt8($0 > 57 ? ($0 | 32) - 87 : $0 - 48)
    }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
