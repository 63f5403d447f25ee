public import Domain

/// What keys in memory refer to.
protocol HotPlace: AnyObject {
    /// Set when it is forgotten: what refers to it is read again when it is next asked for.
    var isStale: Bool { get set }
}

/// A workspace in memory.
public final class HotWorkspace: HotPlace {
    /// Its place and name.
    public let reference: WorkspaceReference
    /// Whether its root keys are accepted.
    public let isEnabled: Bool
    /// Whether it is gone.
    public let isDeleted: Bool
    var isStale = false
    /// Counts the changes of its permissions and roles.
    var accessModelEdition: UInt32 = 0

    init(_ reference: WorkspaceReference, isEnabled: Bool, isDeleted: Bool) {
        self.reference = reference
        self.isEnabled = isEnabled
        self.isDeleted = isDeleted
    }
}

/// An API in memory.
public final class HotAPI: HotPlace {
    /// Its public name.
    public let id: APIID
    /// The keyspace of its keys.
    public let keyspaceID: KeyspaceID
    /// The workspace it belongs to.
    public let workspace: HotWorkspace
    private let allowedAddresses: Set<String>?
    var isStale = false

    init(id: APIID, keyspaceID: KeyspaceID, allowedAddresses: [String]?, workspace: HotWorkspace) {
        self.id = id
        self.keyspaceID = keyspaceID
        self.allowedAddresses = allowedAddresses.map(Set.init)
        self.workspace = workspace
    }

    /// Whether its keys may be used from an address.
    ///
    /// - Parameter address: As somebody wrote it; `nil` when nobody knows.
    /// - Returns: What is no address may not.
    public func allows(_ address: String?) -> Bool {
        guard let allowedAddresses else { return true }
        return address.flatMap(IPAddress.init).map { allowedAddresses.contains($0.text) } ?? false
    }
}

/// An identity in memory: only whether what keys show of it is still so.
final class HotIdentity: HotPlace {
    var isStale = false
}
