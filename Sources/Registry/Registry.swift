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

/// Finds a method's index by its bytes: open addressing over FNV-1a, made once, at most half full.
private struct MethodTable: Sendable {
    private let methods: [[UInt8]]
    private let slots: [Int16]

    init(_ methods: [String]) {
        self.methods = methods.map { Array($0.utf8) }
        var size = 16
        while size < methods.count * 2 { size *= 2 }
        var slots = [Int16](repeating: -1, count: size)
        for (index, method) in self.methods.enumerated() {
            var slot = method.withUnsafeBytes { Self.hash($0) } & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int16(index)
        }
        self.slots = slots
    }

    func index(of method: UnsafeRawBufferPointer) -> Int? {
        var slot = Self.hash(method) & (slots.count - 1)
        while slots[slot] >= 0 {
            let candidate = Int(slots[slot])
            if methods[candidate].count == method.count, methods[candidate].elementsEqual(method) { return candidate }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return Int(truncatingIfNeeded: hash >> 8)
    }
}
