/// A root key as the caller of a request: who it is, where it belongs, what it may do.
public final class Principal: Sendable {
    /// Its place in the table.
    public let number: RowNumber<RootKey>
    /// Its public name.
    public let id: RootKeyID
    /// The workspace it belongs to.
    public let workspace: WorkspaceReference
    /// What it holds.
    public let permissions: PermissionSet
    /// When it stops; `nil` = never.
    public let expires: UnixMilliseconds?
    /// Whether it is switched on.
    public let isEnabled: Bool

    /// A root key as the database has it.
    public init(
        number: RowNumber<RootKey>,
        id: RootKeyID,
        workspace: WorkspaceReference,
        permissions: PermissionSet,
        expires: UnixMilliseconds?,
        isEnabled: Bool
    ) {
        self.number = number
        self.id = id
        self.workspace = workspace
        self.permissions = permissions
        self.expires = expires
        self.isEnabled = isEnabled
    }
}

/// The workspace of a call: its place and its name.
public struct WorkspaceReference: Sendable, Hashable {
    /// Its place in the table.
    public let number: RowNumber<Workspace>
    /// Its public name.
    public let id: WorkspaceID

    /// A workspace that exists.
    public init(number: RowNumber<Workspace>, id: WorkspaceID) {
        self.number = number
        self.id = id
    }
}
