import Bytes
import Testing

@Suite struct SameBytesTests {
    @Test("of every length, bytes are the same as a copy of them, and not once any single bit differs")
    func everyBit() {
        for count in 0...40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            #expect(areSame(bytes, bytes))
            for bit in 0..<count * 8 {
                var other = bytes
                other[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(!areSame(bytes, other))
            }
        }
    }

    @Test("what is longer is not the same, whatever it begins with")
    func lengths() {
        for count in 0...20 {
            let bytes = Array(repeating: UInt8(7), count: count)
            #expect(!areSame(bytes, bytes + [7]))
            #expect(!areSame(bytes + [7], bytes))
        }
    }

    private func areSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.withUnsafeBytes { left in right.withUnsafeBytes { left.hasSameBytes(as: $0) } }
    }
}
