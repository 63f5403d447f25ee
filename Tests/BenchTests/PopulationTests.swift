import Program
import Testing

@testable import bench

@Suite struct PopulationTests {
    private func population(_ count: Int) -> Population {
        let keyIDs = (0..<count).map { "key_\(100_000 + $0)" }
        return Population(workspaceID: "ws_1", apiID: "api_1", keyIDs: keyIDs.shuffled())
    }

    @Test("the last page begins a hundred keys before the end, or with the first key where there are fewer")
    func lastPage() {
        for (count, cursor) in [(1, 0), (99, 0), (100, 0), (101, 1), (250, 150)] {
            #expect(population(count).lastPageCursor == "key_\(100_000 + cursor)", "\(count)")
        }
    }

    @Test("up to 10,000 keys are drawn, evenly over all of them")
    func sample() {
        #expect(population(1).sample == ["key_100000"])
        #expect(population(10_000).sample.count == 10_000)
        let large = population(30_000)
        #expect(large.sample.count == 10_000)
        #expect(large.sample.prefix(3) == ["key_100000", "key_100003", "key_100006"])
        #expect(large.keyCount == 30_000)
    }

    @Test("what is written beside a database is read back, and a part of it is refused")
    func file() {
        let written = population(150)
        #expect(Population(text: written.text) == written)
        for word in ["workspace", "api", "keys", "last-page", "key"] {
            let lines = written.text.split(separator: "\n").filter { !$0.hasPrefix("\(word) ") }
            #expect(Population(text: lines.joined(separator: "\n")) == nil, "\(word)")
        }
        for text in ["", "api", "api a b"] { #expect(Population(text: text) == nil) }
    }
}

@Suite struct SeedOptionsTests {
    private func read(_ words: String...) throws -> SeedOptions {
        var options = CommandLineOptions(words, environment: [:])
        let settings = try SeedOptions(&options)
        try options.finish()
        return settings
    }

    @Test("a database must be named; a million keys where no number is")
    func standard() throws {
        #expect(try read("--database", "a").keyCount == 1_000_000)
        #expect(try read("--database", "a", "--keys", "1").keyCount == 1)
        for words in [[], ["--database", "a", "--keys", "0"]] {
            var options = CommandLineOptions(words, environment: [:])
            #expect(throws: UsageError.self) { try SeedOptions(&options) }
        }
    }
}
