public import Domain

/// A root key in memory.
public final class HotRootKey: DigestTableEntry {
    /// What its secret is looked up by.
    public let hash: KeyHash
    /// Who it is.
    public let principal: Principal
    /// The workspace it belongs to.
    public let workspace: HotWorkspace
    /// Calls a minute that the workspace may make, with all its root keys; `nil` = any number.
    public let requestsPerMinute: Int64?
    /// When a request was last authenticated with it, if that is not stored yet.
    var unsavedUse: UnixMilliseconds?
    /// Set when it leaves the table: whoever still holds it must ask again.
    public var isEvicted = false
    /// For the table.
    var weight: Int { 1 }
    /// For the table.
    public var wasAskedFor = false

    init(_ row: CredentialRow, workspace: HotWorkspace) {
        hash = row.hash
        principal = row.principal
        self.workspace = workspace
        requestsPerMinute = row.requestsPerMinute
    }

    /// Whether nothing of it has changed since it was read.
    public var isCurrent: Bool { !isEvicted && !workspace.isStale }
}
