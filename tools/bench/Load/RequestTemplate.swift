import Bytes

/// A finished request with at most two places that are filled in as it is sent: the correlation and the field.
///
/// Owns raw memory and is written with two or three copies, so that making a request costs less than sending it.
struct RequestTemplate: ~Copyable {
    /// Bytes of each request made from it.
    let count: Int
    /// What the `data` of a successful reply begins with.
    let expectedData: UnsafeRawBufferPointer
    private let bytes: UnsafeMutableRawPointer
    private let correlationOffset: Int?
    private let fieldOffset: Int
    private let values: FieldTable?
    private let valueBytes: UnsafeRawPointer?
    private let isUnique: Bool
    private var counter: UInt64 = 0

    /// Hexadecimal digits of a number that never comes again.
    static let counterDigits = 12

    /// - Parameters:
    ///   - head: The request up to its field.
    ///   - field: What goes between.
    ///   - tail: The rest.
    ///   - correlationOffset: Where the digits of the correlation stand; `nil` where there are none.
    ///   - expectedData: What the `data` of a successful reply begins with.
    init(head: [UInt8], field: RequestShape.Field, tail: [UInt8], correlationOffset: Int?, expectedData: [UInt8]) {
        let placeholder = Self.placeholder(field)
        let whole = head + placeholder + tail
        count = whole.count
        bytes = .allocate(byteCount: whole.count, alignment: 16)
        whole.withUnsafeBytes { [bytes] in
            UnsafeMutableRawBufferPointer(start: bytes, count: $0.count).copyMemory(from: $0)
        }
        let expectation = UnsafeMutableRawBufferPointer.allocate(byteCount: expectedData.count, alignment: 1)
        expectation.copyBytes(from: expectedData)
        self.expectedData = UnsafeRawBufferPointer(expectation)
        self.correlationOffset = correlationOffset
        (values, valueBytes) = Self.copyValues(field)
        if case .unique = field { isUnique = true } else { isUnique = false }
        // The number stands before the closing quote.
        fieldOffset = isUnique ? head.count + placeholder.count - 1 - Self.counterDigits : head.count
    }

    deinit {
        bytes.deallocate()
        expectedData.deallocate()
        valueBytes?.deallocate()
    }

    /// Appends the next request.
    @inline(__always)
    mutating func append(correlation: Int, random: inout SplitMix, to buffer: inout ByteBuffer) {
        guard let room = buffer.spare(atLeast: count).baseAddress else { return }
        room.copyMemory(from: bytes, byteCount: count)
        if let correlationOffset { Correlation.write(correlation, to: room + correlationOffset) }
        if let values, let valueBytes {
            let chosen = random.index(below: values.count)
            (room + fieldOffset).copyMemory(from: valueBytes + chosen * values.width, byteCount: values.width)
        } else if isUnique {
            counter &+= 1
            Self.writeHexadecimal(counter, to: room + fieldOffset)
        }
        buffer.commit(count)
    }

    private static func placeholder(_ field: RequestShape.Field) -> [UInt8] {
        switch field {
        case .none: []
        case .oneOf(let table): Array(table.bytes.prefix(table.width))
        case .unique(let prefix): Array("\"\(prefix)\(String(repeating: "0", count: counterDigits))\"".utf8)
        }
    }

    private static func copyValues(_ field: RequestShape.Field) -> (FieldTable?, UnsafeRawPointer?) {
        guard case .oneOf(let table) = field else { return (nil, nil) }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: table.bytes.count, alignment: 16)
        copy.copyBytes(from: table.bytes)
        return (table, UnsafeRawPointer(copy.baseAddress))
    }

    @inline(__always)
    private static func writeHexadecimal(_ value: UInt64, to place: UnsafeMutableRawPointer) {
        var rest = value
        for offset in stride(from: counterDigits - 1, through: 0, by: -1) {
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            place.storeBytes(of: digit < 10 ? 48 + digit : 87 + digit, toByteOffset: offset, as: UInt8.self)
            rest >>= 4
        }
    }
}

/// The `id` of a frame under way: the slot of its connection, as a number of five digits, so that its length never changes.
enum Correlation {
    static let digits = 5
    private static let lowest = 10_000
    /// Slots that a connection can have.
    static let slotsMax = 90_000

    @inline(__always)
    static func write(_ slot: Int, to place: UnsafeMutableRawPointer) {
        var rest = slot &+ lowest
        for offset in stride(from: digits - 1, through: 0, by: -1) {
            place.storeBytes(of: UInt8(truncatingIfNeeded: 48 &+ rest % 10), toByteOffset: offset, as: UInt8.self)
            rest /= 10
        }
    }

    /// The slot that five bytes name; out of any range when they are no digits.
    @inline(__always)
    static func read(_ place: UnsafeRawPointer) -> Int {
        var value = 0
        for offset in 0..<digits {
            let digit = Int(place.load(fromByteOffset: offset, as: UInt8.self)) &- 48
            if digit < 0 || digit > 9 { return -1 }
            value = value &* 10 &+ digit
        }
        return value &- lowest
    }
}
