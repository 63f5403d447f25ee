/// The floors of the product, from the ground up.
///
/// A module imports its own floor's modules and those of the floors below.
enum Floor: Int, CaseIterable {
    /// Knows nothing of keys.
    case ground
    /// The contract on the wire.
    case contract
    /// What keys are, and where they are kept.
    case domain
    /// What can be asked for.
    case procedures
    /// The daemon around it.
    case daemon
    /// Adapter, client and tools: they know the contract, and nothing of what is behind it.
    case outside

    var modules: Set<String> {
        switch self {
        case .ground:
            [
                "Bytes", "CLinux", "CSQLite", "Cryptography", "JSONSyntax", "Program", "Reactor", "SHAExtensions",
                "SQLite",
            ]
        case .contract: ["ProtocolWire"]
        case .domain: ["Domain", "Store"]
        case .procedures: ["Registry", "Services"]
        case .daemon: ["Daemon", "latchkeyd"]
        case .outside: ["HTTPAdapter", "LatchkeyClient", "bench", "latchkey", "latchkey-http"]
        }
    }

    static func named(_ module: String) -> Floor? {
        allCases.first { $0.modules.contains(module) }
    }

    static func of(_ file: SourceTree.File) -> Floor? {
        let parts = file.path.split(separator: "/").map(String.init)
        guard parts.count > 2 else { return nil }
        return named(parts[0] == "Sources" && parts[1] == "Client" ? "LatchkeyClient" : parts[1])
    }

    /// Why a module of this floor may not import one of another; `nil` if it may.
    func objection(to imported: Floor) -> String? {
        if imported.rawValue > rawValue { return "imports point down, and \(imported) is above \(self)" }
        if self == .outside, ![.outside, .contract, .ground].contains(imported) {
            return "who talks to the daemon knows the contract only, not \(imported)"
        }
        return nil
    }
}
