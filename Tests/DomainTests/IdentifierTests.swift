import Cryptography
import Testing

@testable import Domain

@Suite struct IdentifierTests {
    @Test("an identifier is prefix, underscore and ten characters of [a-zA-Z0-9], and is not drawn twice")
    func form() {
        var random = RandomPool()
        var seen: Set<APIID> = []
        for _ in 0..<2_000 {
            let id = APIID.make(using: &random)
            #expect(id.text.hasPrefix("api_") && id.text.utf8.count == 14)
            #expect(id.text.dropFirst(4).utf8.allSatisfy { $0.isIdentifierByte && $0 != UInt8(ascii: "_") })
            #expect(seen.insert(id).inserted)
        }
    }

    @Test("identifiers are ordered byte by byte")
    func order() {
        let sorted = ["key_a", "key_B", "key_0", "key_", "key_aa"].map { KeyID($0) }.sorted().map(\.text)
        #expect(sorted == ["key_", "key_0", "key_B", "key_a", "key_aa"])
    }
}

@Suite struct UnixMillisecondsTests {
    @Test(
        "adding stops at the ends of time",
        arguments: [(0, 5, 5), (.max, 1, .max), (.max - 1, 1, .max), (.min, -1, .min), (.min, 1, .min + 1)]
            as [(Int64, Int64, Int64)]
    )
    func adding(start: Int64, milliseconds: Int64, end: Int64) {
        #expect(UnixMilliseconds(start).adding(milliseconds: milliseconds).value == end)
    }
}
