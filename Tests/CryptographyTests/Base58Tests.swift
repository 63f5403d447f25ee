import Testing

@testable import Cryptography

@Suite struct Base58Tests {
    @Test(
        "known pairs",
        arguments: [
            ([UInt8](), ""), ([0], "1"), ([0, 0, 1], "112"), ([57], "z"), ([58], "21"), ([255], "5Q"),
            (Array("Hello World!".utf8), "2NEpo7TZRRrLZSi2U"),
            ([0, 0, 0x28, 0x7f, 0xb4, 0xcd], "11233QC4"),
        ]
    )
    func pairs(bytes: [UInt8], text: String) {
        #expect(Base58.encode(bytes) == text)
    }

    @Test("the text is the number in base 58, for every length that a key may have")
    func value() {
        var random = RandomPool()
        let alphabet = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")
        for count in 16...255 {
            let bytes = random.bytes(count)
            var number: [UInt8] = []
            for character in Base58.encode(bytes) {
                var carry = alphabet.firstIndex(of: character) ?? 0
                for index in number.indices.reversed() {
                    carry += Int(number[index]) * 58
                    number[index] = UInt8(carry & 255)
                    carry >>= 8
                }
                while carry > 0 {
                    number.insert(UInt8(carry & 255), at: 0)
                    carry >>= 8
                }
            }
            #expect(number == Array(bytes.drop { $0 == 0 }))
        }
    }
}
