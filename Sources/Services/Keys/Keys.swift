import Registry

/// Keys that customers give out.
enum Keys {
    static let procedures = [CreateKey.procedure, VerifyKey.procedure]

    static let name = Shape.string(length: 1...255)
    static let prefix = Shape.string(length: 1...16, matching: .identifier)
    /// Unix milliseconds up to the year 2100.
    static let expires = Shape.integer(0...4_102_444_800_000)
    static let meta = Shape.object(membersMax: 100, bytesMax: 65_535)
}
