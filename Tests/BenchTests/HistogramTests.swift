import Testing

@testable import bench

@Suite struct HistogramTests {
    @Test("a quantile of nothing is 0")
    func nothing() {
        #expect(Histogram().quantile(0.5) == 0)
    }

    @Test("durations under 256 ns are told exactly")
    func exact() {
        for value: UInt64 in [0, 1, 127, 128, 129, 254, 255] {
            var histogram = Histogram()
            histogram.record(nanoseconds: value)
            #expect(histogram.quantile(1) == Double(value))
        }
    }

    @Test("any single duration is told within 0.4 %, at both sides of each power of two and up to the longest")
    func precision() {
        for bits: UInt64 in 8..<40 {
            let power: UInt64 = 1 << bits
            for value in [power - 1, power, power + 1, power + power / 2] {
                var histogram = Histogram()
                histogram.record(nanoseconds: value)
                #expect(abs(histogram.quantile(0.5) - Double(value)) <= Double(value) / 250)
            }
        }
    }

    @Test("a duration longer than the longest counts as the longest, and the maximum keeps it")
    func overflow() {
        var histogram = Histogram()
        histogram.record(nanoseconds: .max)
        #expect(abs(histogram.quantile(1) - Double(Histogram.nanosecondsMax)) <= Double(Histogram.nanosecondsMax) / 250)
        #expect(histogram.maximum == .max)
    }

    @Test("a quantile is the value that the share of recorded ones does not exceed")
    func ranks() {
        var histogram = Histogram()
        for value: UInt64 in 1...100 { histogram.record(nanoseconds: value) }
        #expect(histogram.count == 100)
        #expect(histogram.quantile(0.5) == 50)
        #expect(histogram.quantile(0.501) == 51)
        #expect(histogram.quantile(0.99) == 99)
        #expect(histogram.quantile(0.999) == 100)
        #expect(histogram.quantile(0.001) == 1)
    }
}
