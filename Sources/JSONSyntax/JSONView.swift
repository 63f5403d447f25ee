/// One value of a document: two pointers, valid until the document's next parse and while its text stays in place.
@frozen
public struct JSONView {
    @usableFromInline let node: UnsafePointer<JSONNode>
    @usableFromInline let base: UnsafeRawPointer

    @inlinable @inline(__always)
    init(node: UnsafePointer<JSONNode>, text: UnsafeRawPointer) {
        self.node = node
        self.base = text
    }

    /// What JSON has.
    @frozen
    public enum Kind: UInt8, Sendable {
        /// `null`
        case null
        /// `true` or `false`
        case boolean
        /// A number.
        case number
        /// A string.
        case string
        /// An array.
        case array
        /// An object.
        case object
    }

    /// What it is.
    @inlinable @inline(__always)
    public var kind: Kind { node.pointee.kind }

    /// `nil` if it is no boolean.
    @inlinable
    public var boolean: Bool? { kind == .boolean ? node.pointee.isFlagged : nil }

    /// `nil` if it is no string.
    @inlinable
    public var text: JSONText? { kind == .string ? JSONText(node: node, text: base) : nil }

    /// Members or elements; 0 for anything else.
    @inlinable
    public var count: Int { node.pointee.count }

    /// The value's own bytes in the text, a string's quotes included.
    @inlinable
    public var source: UnsafeRawBufferPointer {
        let quotes = kind == .string ? 1 : 0
        return UnsafeRawBufferPointer(
            start: base + Int(node.pointee.start) - quotes,
            count: Int(node.pointee.length) + 2 * quotes
        )
    }

    /// The value of that name; `nil` where there is none, and for anything but an object.
    @inlinable
    public func member(_ name: StaticString) -> JSONView? {
        guard kind == .object else { return nil }
        var members = members
        while let (candidate, value) = members.next() {
            if candidate.equals(name) { return value }
        }
        return nil
    }

    /// The value of that name; `nil` where there is none, and for anything but an object.
    ///
    /// Disfavoured, so that a literal means the overload for `StaticString`, which costs nothing to make.
    @_disfavoredOverload
    public func member(_ name: String) -> JSONView? {
        member(utf8: Array(name.utf8))
    }

    /// The value of the name that is these bytes; `nil` where there is none, and for anything but an object.
    @inlinable
    public func member(utf8 name: [UInt8]) -> JSONView? {
        guard kind == .object else { return nil }
        return name.withUnsafeBytes { bytes in
            var members = members
            while let (candidate, value) = members.next() {
                if candidate.equals(bytes) { return value }
            }
            return nil
        }
    }

    /// Names and values of an object, in the order of the text; none for anything else.
    @inlinable
    public var members: Members {
        Members(next: node + 1, left: kind == .object ? count : 0, text: base)
    }

    /// Elements of an array, in order; none for anything else.
    @inlinable
    public var elements: Elements {
        Elements(next: node + 1, left: kind == .array ? count : 0, text: base)
    }

    /// Names and values of an object.
    @frozen
    public struct Members: Sequence, IteratorProtocol {
        @usableFromInline var nextNode: UnsafePointer<JSONNode>
        @usableFromInline var left: Int
        @usableFromInline let text: UnsafeRawPointer

        @inlinable
        init(next: UnsafePointer<JSONNode>, left: Int, text: UnsafeRawPointer) {
            nextNode = next
            self.left = left
            self.text = text
        }

        /// The next member, `nil` at the end.
        @inlinable
        public mutating func next() -> (name: JSONText, value: JSONView)? {
            guard left > 0 else { return nil }
            left -= 1
            let value = nextNode + 1
            defer { nextNode = value + Int(value.pointee.span) }
            return (JSONText(node: nextNode, text: text), JSONView(node: value, text: text))
        }
    }

    /// Elements of an array.
    @frozen
    public struct Elements: Sequence, IteratorProtocol {
        @usableFromInline var nextNode: UnsafePointer<JSONNode>
        @usableFromInline var left: Int
        @usableFromInline let text: UnsafeRawPointer

        @inlinable
        init(next: UnsafePointer<JSONNode>, left: Int, text: UnsafeRawPointer) {
            nextNode = next
            self.left = left
            self.text = text
        }

        /// The next element, `nil` at the end.
        @inlinable
        public mutating func next() -> JSONView? {
            guard left > 0 else { return nil }
            left -= 1
            defer { nextNode += Int(nextNode.pointee.span) }
            return JSONView(node: nextNode, text: text)
        }
    }
}
