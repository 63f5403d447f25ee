import Foundation

/// Where random tests begin: printed, so that a failure can be repeated with `LATCHKEY_SEED`.
struct Seed: RandomNumberGenerator {
    private var state: UInt64

    init(_ test: String) {
        let given = ProcessInfo.processInfo.environment["LATCHKEY_SEED"].flatMap(UInt64.init)
        state = given ?? UInt64.random(in: 0...UInt64.max)
        print("\(test): LATCHKEY_SEED=\(state)")
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
