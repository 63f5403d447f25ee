public import Bytes

/// Writes one text, commas and all, into its own buffer.
///
/// Whether a comma is due is one bit: after a value yes, at a beginning and behind a name no. That the calls make a well-formed
/// text is the caller's affair; a name in an array or a missing end is a mistake in the program.
public struct JSONWriter: ~Copyable {
    /// What has been written.
    public var buffer: ByteBuffer
    @usableFromInline var needsComma = false

    /// A writer with nothing written.
    public init(capacity: Int = 0) {
        buffer = ByteBuffer(capacity: capacity)
    }

    /// Forgets what was written; memory beyond the bound is given back.
    @inlinable
    public mutating func removeAll(keepingAtMost limit: Int = .max) {
        buffer.removeAll(keepingAtMost: limit)
        needsComma = false
    }

    /// Begins another text, behind what has been written.
    @inlinable
    public mutating func beginText() {
        needsComma = false
    }

    /// Begins an object: `{`.
    @inlinable
    public mutating func beginObject() { begin(UInt8(ascii: "{")) }

    /// Ends an object: `}`.
    @inlinable
    public mutating func endObject() { end(UInt8(ascii: "}")) }

    /// Begins an array: `[`.
    @inlinable
    public mutating func beginArray() { begin(UInt8(ascii: "[")) }

    /// Ends an array: `]`.
    @inlinable
    public mutating func endArray() { end(UInt8(ascii: "]")) }

    /// A member's name, which needs no escapes, and its colon.
    @inlinable @inline(__always)
    public mutating func name(_ name: StaticString) {
        let count = name.utf8CodeUnitCount
        buffer.reserve(count + 4)
        separate()
        buffer.append(UInt8(ascii: "\""))
        buffer.append(name)
        buffer.append("\":")
        needsComma = false
    }

    /// A member's name and its colon.
    ///
    /// Disfavoured, so that a literal means the overload for `StaticString`, which costs nothing to make.
    @_disfavoredOverload
    public mutating func name(_ name: String) {
        string(name)
        buffer.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A string that needs no escapes.
    @inlinable @inline(__always)
    public mutating func string(_ text: StaticString) {
        separate()
        buffer.append(UInt8(ascii: "\""))
        buffer.append(text)
        buffer.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// A string.
    ///
    /// Disfavoured, so that a literal means the overload for `StaticString`, which costs nothing to make.
    @inlinable
    @_disfavoredOverload
    public mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// A boolean.
    @inlinable
    public mutating func boolean(_ value: Bool) {
        separate()
        if value { buffer.append("true") } else { buffer.append("false") }
        needsComma = true
    }

    /// The value `null`.
    @inlinable
    public mutating func null() {
        separate()
        buffer.append("null")
        needsComma = true
    }

    /// A value that is JSON already, taken as it is.
    @inlinable
    public mutating func raw(_ json: UnsafeRawBufferPointer) {
        separate()
        buffer.append(json)
        needsComma = true
    }

    /// A value that is JSON already, taken as it is.
    public mutating func raw(_ json: [UInt8]) {
        json.withUnsafeBytes { raw($0) }
    }

    /// A value that is JSON already, taken as it is.
    public mutating func raw(_ json: String) {
        var json = json
        json.withUTF8 { raw(UnsafeRawBufferPointer($0)) }
    }

    /// Says that the caller has put a value into the buffer itself.
    @inlinable @inline(__always)
    public mutating func valueWasAppended() {
        needsComma = true
    }

    /// A value of a document without white space and without escapes that it can do without; numbers keep their spelling.
    public mutating func view(_ view: JSONView) {
        switch view.kind {
        case .array:
            beginArray()
            for element in view.elements { self.view(element) }
            endArray()
        case .object:
            beginObject()
            for (name, value) in view.members {
                name.withBytes { string(utf8: $0) }
                buffer.append(UInt8(ascii: ":"))
                needsComma = false
                self.view(value)
            }
            endObject()
        case .string: view.text?.withBytes { string(utf8: $0) }
        case .null, .boolean, .number: raw(view.source)
        }
    }

    @inlinable @inline(__always)
    mutating func separate() {
        if needsComma { buffer.append(UInt8(ascii: ",")) }
    }

    @inlinable @inline(__always)
    mutating func begin(_ bracket: UInt8) {
        separate()
        buffer.append(bracket)
        needsComma = false
    }

    @inlinable @inline(__always)
    mutating func end(_ bracket: UInt8) {
        buffer.append(bracket)
        needsComma = true
    }
}
