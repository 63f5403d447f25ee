/// A parsed text, as a tape of nodes; reused for one text after the other, so that a parse allocates nothing once warm.
///
/// Confined to one thread. Strict RFC 8259, UTF-8 only: no trailing commas, no lone surrogates, no duplicate member names, no
/// byte-order mark, bounded depth. The parser does not recurse.
public final class JSONDocument {
    /// How deep arrays and objects may stand in each other; the outermost counts as 1.
    public let depthLimit: Int

    var nodes: UnsafeMutablePointer<JSONNode>
    var capacity: Int
    var used = 0
    /// Nodes of the arrays and objects that are open at the current place.
    let open: UnsafeMutablePointer<Int>
    var names = NameTable()
    private var text = UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
    private static let keptNodesMax = 1 << 16

    /// A document that has parsed nothing yet.
    ///
    /// - Parameter depthLimit: At least 1.
    public init(depthLimit: Int = 64) {
        precondition(depthLimit >= 1, "a document takes at least one level")
        self.depthLimit = depthLimit
        capacity = 64
        nodes = .allocate(capacity: capacity)
        open = .allocate(capacity: depthLimit)
    }

    deinit {
        nodes.deallocate()
        open.deallocate()
    }

    /// Parses one whole text; white space may stand around the value.
    ///
    /// - Parameter text: Must stay in place while views of this document are used.
    /// - Throws: ``JSONSyntaxError`` for the first place that is wrong.
    public func parse(_ text: UnsafeRawBufferPointer) throws(JSONSyntaxError) {
        used = 0
        if capacity > Self.keptNodesMax, text.count < Self.keptNodesMax { resize(to: 64) }
        guard let base = text.baseAddress, text.count > 0 else {
            throw JSONSyntaxError(reason: .unexpectedEnd, offset: 0)
        }
        guard text.count < Int(UInt32.max) else { throw JSONSyntaxError(reason: .tooLarge, offset: 0) }
        self.text = base
        var parser = JSONParser(base, count: text.count)
        do throws(JSONSyntaxError) {
            try parser.parse(into: self)
        } catch {
            // Half a tape must not be read.
            used = 0
            throw error
        }
    }

    /// The outermost value.
    ///
    /// The last parse must have succeeded.
    @inline(__always)
    public var root: JSONView {
        precondition(used > 0, "a document is read after a parse that succeeded")
        return JSONView(node: UnsafePointer(nodes), text: text)
    }

    @inline(__always)
    func append(_ node: JSONNode) {
        if used == capacity { resize(to: capacity * 2) }
        (nodes + used).initialize(to: node)
        used += 1
    }

    private func resize(to newCapacity: Int) {
        let new = UnsafeMutablePointer<JSONNode>.allocate(capacity: newCapacity)
        new.moveInitialize(from: nodes, count: min(used, newCapacity))
        nodes.deallocate()
        nodes = new
        capacity = newCapacity
    }
}
