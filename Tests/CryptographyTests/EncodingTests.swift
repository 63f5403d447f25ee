import Cryptography
import Testing

@Suite struct EncodingTests {
    @Test(
        "base64 reads the vectors of RFC 4648 §10",
        arguments: [
            ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ]
    )
    func base64(text: String, bytes: String) {
        #expect(Base64.decode(text.utf8) == Array(bytes.utf8))
    }

    @Test(
        "base64 refuses what no encoder writes",
        arguments: ["Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg===", "====", "Zm9v\n", "Zm_v", "Z=9v", "Zg==Zg=="]
    )
    func notBase64(text: String) {
        #expect(Base64.decode(text.utf8) == nil)
    }

    @Test("hexadecimal digits go both ways, read in either case")
    func hexadecimal() {
        #expect(Hexadecimal.encode([0x00, 0x9F, 0xFA]) == "009ffa")
        #expect(Hexadecimal.decode("009FfA".utf8) == [0x00, 0x9F, 0xFA])
        #expect(Hexadecimal.decode("0".utf8) == nil)
        #expect(Hexadecimal.decode("0g".utf8) == nil)
    }
}
