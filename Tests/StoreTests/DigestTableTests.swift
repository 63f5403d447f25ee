import Cryptography
import TestSupport
import Testing

@testable import Store

private final class Entry: DigestTableEntry {
    let hash: KeyHash
    let weight: Int
    var isEvicted = false
    var wasAskedFor = false

    init(_ number: Int, weight: Int = 1) {
        hash = SHA256.hash("\(number)")
        self.weight = weight
    }
}

@Suite struct DigestTableTests {
    @Test(
        "random inserts, removals and look-ups agree with a dictionary, and the table never holds more than its bound"
    )
    func model() {
        var generator = SeededGenerator.announced("digest table")
        let bound = 60
        var table = DigestTable<Entry>(weightMax: bound)
        var model: [KeyHash: Entry] = [:]
        for _ in 0..<30_000 {
            let number = Int.random(in: 0..<120, using: &generator)
            let entry = Entry(number, weight: Int.random(in: 1...3, using: &generator))
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                table.insert(entry)
                model[entry.hash]?.isEvicted = true
                model[entry.hash] = entry
                model = model.filter { !$0.value.isEvicted }
                #expect(!entry.isEvicted)
            case 1:
                table.remove(entry.hash)
                model.removeValue(forKey: entry.hash)
            default:
                #expect(table[entry.hash] === model[entry.hash])
            }
            #expect(table.count == model.count && table.weight <= bound)
            #expect(table.weight == model.values.reduce(0) { $0 + $1.weight })
        }
        for (hash, entry) in model { #expect(table[hash] === entry) }
    }

    @Test("a full table lets go of what was not asked for, before what was")
    func secondChance() {
        var table = DigestTable<Entry>(weightMax: 8)
        let entries = (0..<8).map { Entry($0) }
        for entry in entries { table.insert(entry) }
        for entry in entries.dropFirst() { _ = table[entry.hash] }
        table.insert(Entry(100))
        #expect(entries.map(\.isEvicted) == [true] + Array(repeating: false, count: 7))
    }

    @Test("a heavy entry takes the place of as many as it weighs, and gives back as much when it goes")
    func weight() {
        var table = DigestTable<Entry>(weightMax: 8)
        for number in 0..<8 { table.insert(Entry(number)) }
        let heavy = Entry(100, weight: 5)
        table.insert(heavy)
        #expect(table.count == 4 && table.weight == 8)
        table.insert(Entry(100, weight: 2))
        #expect(heavy.isEvicted)
        #expect(table.count == 4 && table.weight == 5)
        table.remove(heavy.hash)
        #expect(table.count == 3 && table.weight == 3)
    }

    @Test("an entry that is heavier than the bound is kept alone, and gives way to the next")
    func heaviest() {
        var table = DigestTable<Entry>(weightMax: 8)
        table.insert(Entry(0))
        let heaviest = Entry(1, weight: 100)
        table.insert(heaviest)
        #expect(table.count == 1)
        #expect(table[heaviest.hash] === heaviest)
        table.insert(Entry(2))
        #expect(heaviest.isEvicted)
        #expect(table.count == 1 && table.weight == 1)
    }
}
