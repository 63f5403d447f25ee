import ProtocolWire
import Testing

@Suite struct EditDistanceTests {
    @Test(
        "the distance of two texts is the edits between them, both ways; an exchange of neighbours is one",
        arguments: [
            ("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("ab", "ba", 1),
            ("nmae", "name", 1),
            ("é", "e", 1), ("ca", "abc", 3),
        ]
    )
    func distance(left: String, right: String, distance: Int) {
        #expect(EditDistance.between(left, right) == distance)
        #expect(EditDistance.between(right, left) == distance)
    }

    @Test(
        "a near miss is one edit away, or two from a long name, letter case aside; the nearest is meant",
        arguments: [
            ("nmae", "name"), ("NAME", "name"), ("nam", "name"), ("names", "name"), ("date", nil), ("nm", nil),
            ("externlId", "externalId"), ("external_id", "externalId"), ("xternlid", "externalId"),
            ("xtrnlid", nil), ("apiID", "apiId"), ("colour", nil), ("", nil),
        ] as [(String, String?)]
    )
    func nearMiss(written: String, meant: String?) {
        #expect(EditDistance.nearMiss(of: written, among: ["name", "externalId", "apiId", "meta"]) == meant)
    }

    @Test("a name of more than 64 bytes is nobody's near miss")
    func long() {
        let name = String(repeating: "n", count: 64)
        #expect(EditDistance.nearMiss(of: name, among: [name]) == name)
        #expect(EditDistance.nearMiss(of: name + "n", among: [name]) == nil)
    }
}
