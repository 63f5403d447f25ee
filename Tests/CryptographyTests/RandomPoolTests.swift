import Testing

@testable import Cryptography

@Suite struct RandomPoolTests {
    @Test("bytes come in any number, over the end of the block too, and no two draws are alike")
    func bytes() {
        var pool = RandomPool()
        for count in [0, 1, 7, 8, 9, 1_023, 1_024, 1_025, 5_000] { #expect(pool.bytes(count).count == count) }
        #expect(Set((0..<10_000).map { _ in pool.next() }).count == 10_000)
        var other = RandomPool()
        #expect(pool.bytes(32) != other.bytes(32))
    }

    @Test("every symbol of a text is about as frequent as any other")
    func base62() {
        var pool = RandomPool()
        var counts: [Character: Int] = [:]
        for character in pool.base62Text(62_000) { counts[character, default: 0] += 1 }
        #expect(counts.count == 62)
        // A thousand each; the deviation is about 32, so eight of them never happen.
        #expect(counts.values.allSatisfy { abs($0 - 1_000) < 256 })
        #expect(pool.base62Text(0) == "")
    }

    @Test("a digest equals itself and no other, whichever byte differs")
    func digest() throws {
        let bytes = SHA256.hash("x").withUnsafeBytes { [UInt8]($0) }
        let digest = try #require(bytes.withUnsafeBytes { SHA256.Digest(bytes: $0) })
        #expect(digest == SHA256.hash("x"))
        #expect(digest.hashValue == SHA256.hash("x").hashValue)
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            #expect(changed.withUnsafeBytes { SHA256.Digest(bytes: $0) } != digest)
        }
        for count in [0, 31, 33] {
            #expect([UInt8](repeating: 0, count: count).withUnsafeBytes { SHA256.Digest(bytes: $0) } == nil)
        }
    }

    @Test("a message hashes the same in any pieces")
    func pieces() {
        var random = FastRandom()
        for count in 0...300 {
            let message = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            var hash = SHA256()
            var start = 0
            while start < count {
                let end = Int.random(in: start...min(count, start + 130), using: &random)
                message[start..<end].withUnsafeBytes { hash.update($0) }
                start = end
            }
            #expect(hash.finalize() == SHA256.hash(message))
        }
    }
}
