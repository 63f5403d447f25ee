extension JSONView {
    /// The number, if it is written without fraction and exponent and fits 64 bits; exact.
    @inlinable
    public var integer: Int64? {
        guard isIntegerLiteral else { return nil }
        let digits = source
        let isNegative = digits[0] == UInt8(ascii: "-")
        var value: Int64 = 0
        // Counted downwards, because the least integer has no positive counterpart.
        for byte in digits.dropFirst(isNegative ? 1 : 0) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowToo) = tens.subtractingReportingOverflow(Int64(byte &- UInt8(ascii: "0")))
            if overflow || overflowToo { return nil }
            value = sum
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// Whether it is a number written without fraction and exponent, of any size.
    @inlinable
    public var isIntegerLiteral: Bool { kind == .number && node.pointee.isFlagged }

    /// The number rounded to 64 bits of binary floating point; `nil` for anything else, and past the largest.
    public var double: Double? {
        guard kind == .number, let value = Double(String(decoding: source, as: UTF8.self)), value.isFinite else {
            return nil
        }
        return value
    }
}
