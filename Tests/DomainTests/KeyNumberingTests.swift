import Testing

@testable import Domain

@Suite struct KeyNumberingTests {
    private let numbering = KeyNumbering(secret: Array(0..<32))

    @Test("a key's place comes back from its identifier, at both ends of the range and between")
    func roundTrip() {
        for number in Array<Int64>(0...2_000) + [Int64(Int32.max), 839_299_365_868_340_223] {
            let id = numbering.identifier(of: RowNumber(number))
            #expect(numbering.number(of: id)?.value == number)
            #expect(id.text.hasPrefix("key_") && id.text.utf8.count == 14)
        }
    }

    @Test("identifiers never repeat, and use all 62 characters alike in every place")
    func spread() {
        let ids = (Int64(1)...20_000).map { numbering.identifier(of: RowNumber($0)).text }
        #expect(Set(ids).count == ids.count)
        for place in 4..<14 {
            let characters = ids.map { Array($0.utf8)[place] }
            let counts = Dictionary(grouping: characters) { $0 }.mapValues(\.count)
            #expect(counts.count == 62)
            // 20,000 / 62 is 323; six standard deviations are 107.
            #expect(counts.values.allSatisfy { (210...440).contains($0) })
        }
    }

    @Test("another secret gives other identifiers")
    func secrets() {
        let other = KeyNumbering(secret: Array(1..<33))
        #expect(other.identifier(of: RowNumber(7)) != numbering.identifier(of: RowNumber(7)))
    }

    @Test(
        "what no key can be called has no place",
        arguments: [
            "", "key_", "key_123456789", "key_12345678901", "id__1234567890", "key_12345_7890", "key_é23456789",
        ]
    )
    func strangers(text: String) {
        #expect(numbering.number(of: KeyID(text)) == nil)
    }
}
