import Cryptography
import Foundation
import Testing

@testable import Store

private final class Entry: DigestTableEntry {
    let hash: KeyHash
    var isEvicted = false
    var wasAskedFor = false

    init(_ number: Int) { hash = SHA256.hash("\(number)") }
}

/// SplitMix64.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

@Suite struct DigestTableTests {
    @Test(
        "random inserts, removals and look-ups agree with a dictionary, and the table never holds more than its bound"
    )
    func model() {
        let given = ProcessInfo.processInfo.environment["LATCHKEY_SEED"].flatMap(UInt64.init)
        let seed = given ?? UInt64.random(in: 0 ... .max)
        print("digest table: LATCHKEY_SEED=\(seed)")
        var generator = Generator(state: seed)
        let bound = 60
        var table = DigestTable<Entry>(entriesMax: bound)
        var model: [KeyHash: Entry] = [:]
        for _ in 0..<30_000 {
            let entry = Entry(Int.random(in: 0..<120, using: &generator))
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
            #expect(table.count == model.count && table.count <= bound)
        }
        for (hash, entry) in model { #expect(table[hash] === entry) }
    }

    @Test("a full table lets go of what was not asked for, before what was")
    func secondChance() {
        var table = DigestTable<Entry>(entriesMax: 8)
        let entries = (0..<8).map(Entry.init)
        for entry in entries { table.insert(entry) }
        for entry in entries.dropFirst() { _ = table[entry.hash] }
        table.insert(Entry(100))
        #expect(entries.map(\.isEvicted) == [true] + Array(repeating: false, count: 7))
    }
}
