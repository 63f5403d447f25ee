import Testing

@testable import bench

@Suite struct SplitMixTests {
    @Test("the same seed gives the same numbers, as published for SplitMix64")
    func published() {
        var random = SplitMix(seed: 1_234_567)
        #expect(random.next() == 6_457_827_717_110_365_317)
        #expect(random.next() == 3_203_168_211_198_807_973)
    }

    @Test("indices reach every place below the count, and none beyond")
    func indices() {
        var random = SplitMix(seed: 1)
        var seen = [Int](repeating: 0, count: 10)
        for _ in 0..<10_000 { seen[random.index(below: 10)] += 1 }
        #expect(seen.allSatisfy { $0 > 800 && $0 < 1_200 })
        #expect(random.index(below: 1) == 0)
    }
}
