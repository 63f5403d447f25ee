/// The token of an `Authorization` field: `Bearer <token>` (RFC 6750 §2.1).
enum BearerCredential {
    /// The token's bytes; none for anything else, which the daemon then refuses as malformed.
    static func token(of value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        let value = Characters.trim(value)
        let scheme = 6  // "Bearer"
        guard value.count > scheme, Characters.isBlank(value[scheme]),
            // RFC 9110 §11.1: a scheme's letter case does not matter.
            Characters.equal(UnsafeRawBufferPointer(rebasing: value[..<scheme]), ignoringCaseOf: "bearer")
        else { return none }
        let token = Characters.trim(UnsafeRawBufferPointer(rebasing: value[scheme...]))
        for byte in token where Characters.isBlank(byte) { return none }
        return token
    }
}
