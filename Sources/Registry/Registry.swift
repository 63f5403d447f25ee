import Bytes
public import JSONSyntax

/// Every procedure there is, checked against the taxonomy.
public struct Registry: Sendable {
    /// The procedures, by method.
    public let procedures: [Procedure]
    private let table: MethodTable

    /// Builds the registry.
    ///
    /// - Throws: ``TaxonomyViolation`` for the first declaration that breaks a rule; the daemon does not start then.
    public init(_ procedures: [Procedure]) throws(TaxonomyViolation) {
        self.procedures = procedures.sorted { $0.method < $1.method }
        for procedure in self.procedures { try Taxonomy.check(procedure) }
        for (one, next) in zip(self.procedures, self.procedures.dropFirst()) where one.method == next.method {
            throw TaxonomyViolation(one.method, "is declared twice")
        }
        let methods = Set(self.procedures.map(\.method))
        for procedure in self.procedures {
            guard case .list(.growing(let source)) = procedure.contract, !methods.contains(source) else { continue }
            throw TaxonomyViolation(procedure.method, "grows by \(source), which there is not")
        }
        table = MethodTable(self.procedures.map(\.method))
    }

    /// The procedure of that name, if it exists on the socket.
    public func procedure(_ method: JSONText, on socket: Sockets) -> Procedure? {
        method.withBytes { bytes in table.index(of: bytes) }.map { procedures[$0] }
            .flatMap { $0.sockets.contains(socket) ? $0 : nil }
    }

    /// The procedure of that name, on whatever socket.
    public func procedure(named method: String) -> Procedure? {
        procedures.first { $0.method == method }
    }
}

/// A declaration that breaks a rule of the taxonomy.
public struct TaxonomyViolation: Error, Sendable, CustomStringConvertible {
    /// The procedure.
    public let method: String
    /// The rule, as a clause about the procedure.
    public let rule: String

    init(_ method: String, _ rule: String) {
        self.method = method
        self.rule = rule
    }

    /// Method and rule.
    public var description: String { "\(method) \(rule)" }
}

/// Finds a method's index by its bytes: open addressing, made once, at most half full.
private struct MethodTable: Sendable {
    private struct Slot {
        /// Negative where the slot is free.
        var index: Int32 = -1
        /// Where the name stands in the text of all names.
        var name = 0..<0
    }

    private let slots: [Slot]
    private let names: [UInt8]

    init(_ methods: [String]) {
        var size = 16
        while size < methods.count * 2 { size *= 2 }
        var slots = [Slot](repeating: Slot(), count: size)
        var names: [UInt8] = []
        for (index, method) in methods.enumerated() {
            let name = Array(method.utf8)
            var slot = name.withUnsafeBytes { Self.hash($0) } & (size - 1)
            while slots[slot].index >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Slot(index: Int32(index), name: names.count..<names.count + name.count)
            names += name
        }
        self.slots = slots
        self.names = names
    }

    func index(of method: UnsafeRawBufferPointer) -> Int? {
        var place = Self.hash(method) & (slots.count - 1)
        while slots[place].index >= 0 {
            let slot = slots[place]
            if names.withUnsafeBytes({ UnsafeRawBufferPointer(rebasing: $0[slot.name]).hasSameBytes(as: method) }) {
                return Int(slot.index)
            }
            place = (place + 1) & (slots.count - 1)
        }
        return nil
    }

    /// The first and the last eight bytes tell methods apart: looked at as two numbers they cost less than one by one.
    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count >= 8 else { return bytes.reduce(bytes.count) { $0 &* 31 &+ Int($1) } }
        let first = bytes.loadUnaligned(as: UInt64.self)
        let last = bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
        let mixed = first &* 0x9E37_79B9_7F4A_7C15 ^ (last &+ UInt64(bytes.count)) &* 0xC2B2_AE3D_27D4_EB4F
        return Int(truncatingIfNeeded: mixed >> 32)
    }
}
