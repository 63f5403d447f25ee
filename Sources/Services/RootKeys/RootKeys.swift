import Domain
import ProtocolWire
import Registry
import Store

/// Keys that authenticate calls to Latchkey itself.
enum RootKeys {
    static let procedures = [
        CreateRootKey.procedure, ListRootKeys.procedure, UpdateRootKey.procedure, RerollRootKey.procedure,
        DeleteRootKey.procedure,
    ]

    static let keyID = Shape.string(length: 3...255, matching: .identifier)
    static let permission = Shape.string(length: 1...512)
    static let secretPrefix = "latchkey"
    static let secretBytes = 24

    static let keyNotFound = DeclaredError(.keyNotFound, "missing, deleted, another workspace's, or not a root key")
}

extension Call {
    /// Checks that the caller may hand out these permissions (`rootKeys.md` §1.1, §1.2).
    ///
    /// The operator may hand out any.
    ///
    /// - Throws: 400 with every text that cannot be granted at all; then 403 for the first that the caller does not cover.
    func requireGrantable(_ permissions: [String]) throws(Problem) {
        guard let principal else { return }
        var faults: [Fault] = []
        for (index, text) in permissions.enumerated() {
            do throws(Grant.Refusal) {
                _ = try Grant(text, in: principal.workspace.id)
            } catch {
                faults.append(Fault(location: "body.permissions[\(index)]", message: error.message, fix: error.fix))
            }
        }
        if !faults.isEmpty { throw .invalid(Array(faults.prefix(Fault.listedMax))) }
        try requireCovered(permissions)
    }

    /// Checks that the caller covers every one of these permissions, whatever they are.
    func requireCovered(_ permissions: [String]) throws(Problem) {
        guard let principal else { return }
        for text in permissions where !Grant.isCovered(text, by: principal.permissions) {
            throw Problem(
                .insufficientPermissions,
                "A root key cannot hand out more than it has, and the caller does not cover '\(Fault.excerpt(of: text))'."
            )
        }
    }

    /// A root key that expires cannot make or change one that lives longer.
    func requireNotOutlived(by expires: UnixMilliseconds?, at location: String) throws(Problem) {
        guard let own = principal?.expires else { return }
        if let expires, expires <= own { return }
        throw .invalid(
            at: location,
            "the calling root key expires at \(own.value), and the other one would live longer",
            fix: "use a root key that does not expire, or one that expires later"
        )
    }
}
