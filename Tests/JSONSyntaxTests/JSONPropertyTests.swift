import TestSupport
import Testing

@testable import JSONSyntax

@Suite struct JSONPropertyTests {
    @Test("write, then parse, is the identity; so is re-serialising the view")
    func roundTrip() throws {
        var generator = SeededGenerator.announced("JSON round trip")
        for _ in 0..<3_000 {
            let value = randomValue(depth: 6, &generator)
            let text = value.serialized
            #expect(try JSONValue(parsing: text) == value)
            let document = JSONDocument()
            var bytes = Array(text.utf8)
            try bytes.withUnsafeMutableBytes { bytes in
                try document.parse(UnsafeRawBufferPointer(bytes))
                var writer = JSONWriter()
                writer.view(document.root)
                #expect(String(decoding: writer.buffer.readable, as: UTF8.self) == text)
            }
        }
    }

    @Test("mutated documents never trap, and what is accepted reads back the same")
    func mutations() throws {
        var generator = SeededGenerator.announced("JSON mutations")
        for _ in 0..<20_000 {
            var text = Array(randomValue(depth: 4, &generator).serialized.utf8)
            for _ in 0...Int.random(in: 0...3, using: &generator) { mutate(&text, &generator) }
            guard let value = try? JSONValue(parsing: text) else { continue }
            #expect(try JSONValue(parsing: value.serialized) == value)
        }
    }

    @Test("any value, its members shuffled, keeps its canonical text, which is canonical itself")
    func shuffled() throws {
        var generator = SeededGenerator.announced("canonical JSON")
        for _ in 0..<1_000 {
            let value = randomValue(depth: 5, &generator)
            let text = try canonical(value.serialized)
            #expect(try canonical(shuffled(value, &generator).serialized) == text)
            #expect(try canonical(text) == text)
        }
    }

    private func shuffled(_ value: JSONValue, _ generator: inout SeededGenerator) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map { shuffled($0, &generator) })
        case .object(let members):
            let shuffled = members.map { JSONValue.Member(name: $0.name, value: self.shuffled($0.value, &generator)) }
            return .object(shuffled.shuffled(using: &generator))
        default: return value
        }
    }

    private func canonical(_ text: String) throws -> String {
        let document = JSONDocument()
        return try Array(text.utf8).withUnsafeBytes { bytes in
            try document.parse(bytes)
            return String(decoding: document.root.canonical, as: UTF8.self)
        }
    }

    private func mutate(_ text: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !text.isEmpty else { return }
        let place = Int.random(in: 0..<text.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: text[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: text.removeLast(text.count - place)
        case 2: text.insert(contentsOf: text[..<place], at: place)
        case 3: text.insert(Array("[]{}\",:\\u-0e.\u{0}".utf8).randomElement(using: &generator) ?? 0, at: place)
        case 4: text.remove(at: place)
        default: text.insert(contentsOf: Array(repeating: UInt8(ascii: "["), count: 70), at: place)
        }
    }

    private func randomValue(depth: Int, _ generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &generator) {
        case 0: return .null
        case 1: return .boolean(Bool.random(using: &generator))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &generator))
        case 3: return .integer(Int64.random(in: -1_000...1_000, using: &generator))
        case 4:
            let value = Double(bitPattern: generator.next())
            return .number(value.isFinite ? value : 0.1)
        case 5: return .string(randomText(&generator))
        case 6:
            return .array(
                (0..<Int.random(in: 0...5, using: &generator)).map { _ in randomValue(depth: depth - 1, &generator) }
            )
        default:
            let names = Set((0..<Int.random(in: 0...12, using: &generator)).map { _ in randomText(&generator) })
            return .object(names.map { JSONValue.Member(name: $0, value: randomValue(depth: depth - 1, &generator)) })
        }
    }

    private func randomText(_ generator: inout SeededGenerator) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "Z", "0", " ", "\"", "\\", "/", "\u{0}", "\u{1F}", "\n", "é", "\u{7FF}", "€", "\u{FFFF}", "😀",
            "\u{10FFFF}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...14, using: &generator) {
            text.append(alphabet.randomElement(using: &generator) ?? "a")
        }
        return String(text)
    }
}
