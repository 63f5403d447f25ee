import Glibc

/// SplitMix64: small, and the same on every machine.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// Numbers that follow from a seed.
    public init(_ seed: UInt64) {
        state = seed
    }

    /// Numbers of this run.
    ///
    /// Its seed is printed, so that a failure can be repeated with `LATCHKEY_SEED`.
    ///
    /// - Parameter purpose: What is tested with it.
    /// - Returns: The generator.
    public static func announced(_ purpose: String) -> SeededGenerator {
        let given = getenv("LATCHKEY_SEED").flatMap { UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: 0 ... .max)
        print("\(purpose): LATCHKEY_SEED=\(seed)")
        return SeededGenerator(seed)
    }

    /// The next one.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
