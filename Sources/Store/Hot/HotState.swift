public import Cryptography
public import Domain

/// What the daemon answers from memory: root keys, keys, and what they belong to.
///
/// Confined to the reactor's thread.
///
/// It is filled on demand and never by time: an entry is current until a committed ``Change`` says otherwise, and the change is
/// applied before its reply goes out. So the next verification, on any connection, sees it.
///
/// An entry refers to the API or workspace it belongs to. When one of those changes, its entry is marked stale and forgotten,
/// and every key below it is stale with it, at the cost of one flag. Permissions and roles are not in memory, only what they
/// come to for a key: a change of one begins a new edition of the workspace's access model, and a key of an older one is stale.
public final class HotState {
    private var rootKeys: DigestTable<HotRootKey>
    private var keys: DigestTable<HotKey>
    private var apis: [RowNumber<API>: HotAPI] = [:]
    private var workspaces: [RowNumber<Workspace>: HotWorkspace] = [:]
    /// Hashes that are known to lead nowhere, for this turn only: so that the calls which waited for that can be answered.
    private var absentRootKeys: Set<KeyHash> = []
    private var absentKeys: Set<KeyHash> = []

    /// Root keys whose last use is not stored yet.
    private var usedRootKeys: [HotRootKey] = []

    private let namespaces = NamespaceTable(weightMax: 1_000_000)

    /// What limits have let through.
    public let windows: WindowTable

    /// How the daemon is.
    public var health: Health

    /// Nothing in memory.
    ///
    /// - Parameters:
    ///   - keysMax: Keys that are kept; past it, those that have not been asked for lately go.
    ///   - rootKeysMax: The same for root keys.
    ///   - windowsMax: Windows of limits that are kept.
    ///   - startedAt: For ``health``.
    public init(
        keysMax: Int,
        rootKeysMax: Int = 100_000,
        windowsMax: Int = 2_000_000,
        startedAt: UnixMilliseconds
    ) {
        windows = WindowTable(windowsMax: windowsMax)
        health = Health(startedAt: startedAt)
        keys = DigestTable(entriesMax: keysMax)
        rootKeys = DigestTable(entriesMax: rootKeysMax)
    }

    /// What is known of a hash.
    public enum Answer<Entry> {
        /// It is there, and current.
        case present(Entry)
        /// There is no such thing.
        case absent
        /// The database has to be asked.
        case unknown
    }

    /// The root key with that hash.
    public func rootKey(_ hash: KeyHash) -> Answer<HotRootKey> {
        if let entry = rootKeys[hash], entry.isCurrent { return .present(entry) }
        return absentRootKeys.contains(hash) ? .absent : .unknown
    }

    /// The key with that hash.
    public func key(_ hash: KeyHash) -> Answer<HotKey> {
        if let entry = keys[hash], entry.isCurrent { return .present(entry) }
        return absentKeys.contains(hash) ? .absent : .unknown
    }

    /// The namespace that a caller names.
    public func namespace(_ name: NamespaceName) -> Answer<HotNamespace> {
        namespaces.namespace(name)
    }

    /// Number of keys in memory.
    public var keyCount: Int { keys.count }

    /// Takes in what the database said about a root key's hash.
    public func fill(rootKey hash: KeyHash, _ row: CredentialRow?) {
        guard let row else {
            absentRootKeys.insert(hash)
            return
        }
        let workspace = workspace(
            row.principal.workspace,
            isEnabled: row.isWorkspaceEnabled,
            isDeleted: row.isWorkspaceDeleted
        )
        rootKeys.insert(HotRootKey(row, workspace: workspace))
    }

    /// Takes in what the database said about a key's hash.
    public func fill(key hash: KeyHash, _ row: VerifiableKeyRow?) {
        guard let row else {
            absentKeys.insert(hash)
            return
        }
        keys.insert(HotKey(row, api: api(of: row)))
    }

    /// Takes in what the database said about the name of a namespace.
    public func fill(namespace name: NamespaceName, _ contents: NamespaceContents?) {
        namespaces.fill(name, contents)
    }

    /// Makes a committed change visible.
    public func apply(_ change: Change) {
        switch change {
        case .rootKey(let hash): rootKeys.remove(hash)
        case .key(let hash): keys.remove(hash)
        case .api(let number): apis.removeValue(forKey: number)?.isStale = true
        case .workspace(let number): workspaces.removeValue(forKey: number)?.isStale = true
        // Keys do not say whose they are, so all of the workspace are read again.
        case .accessModel(let number), .identity(_, in: let number): workspaces[number]?.accessModelEdition += 1
        case .namespace(let number, in: _): namespaces.remove(number)
        case .override(in: let number, let change): namespaces.apply(change, in: number)
        }
    }

    /// Remembers that a request was authenticated.
    public func noteUse(of rootKey: HotRootKey, at time: UnixMilliseconds) {
        if rootKey.unsavedUse == nil { usedRootKeys.append(rootKey) }
        rootKey.unsavedUse = time
    }

    /// The uses that are not stored yet, which the caller now sees to.
    public func takeUses() -> [(RowNumber<RootKey>, UnixMilliseconds)] {
        defer { usedRootKeys.removeAll() }
        return usedRootKeys.compactMap { rootKey in
            defer { rootKey.unsavedUse = nil }
            return rootKey.unsavedUse.map { (rootKey.principal.number, $0) }
        }
    }

    /// Forgets what was known for one turn only.
    public func forgetAbsences() {
        if !absentKeys.isEmpty { absentKeys.removeAll() }
        if !absentRootKeys.isEmpty { absentRootKeys.removeAll() }
        namespaces.forgetAbsences()
    }

    private func api(of row: VerifiableKeyRow) -> HotAPI {
        // One whose workspace has changed since is as stale as the workspace: a key put below it would never be current.
        if let known = apis[row.api], !known.workspace.isStale { return known }
        let api = HotAPI(
            id: row.apiID,
            keyspaceID: row.keyspaceID,
            workspace: workspace(row.workspace, isEnabled: row.isWorkspaceEnabled, isDeleted: false)
        )
        apis[row.api] = api
        return api
    }

    private func workspace(_ reference: WorkspaceReference, isEnabled: Bool, isDeleted: Bool) -> HotWorkspace {
        if let known = workspaces[reference.number] { return known }
        let workspace = HotWorkspace(reference, isEnabled: isEnabled, isDeleted: isDeleted)
        workspaces[reference.number] = workspace
        return workspace
    }
}

/// How the daemon is.
public struct Health: Sendable {
    /// When it started.
    public let startedAt: UnixMilliseconds
    /// Whether the last attempt to store a change succeeded.
    public var isStoring = true
}

/// A workspace in memory.
public final class HotWorkspace {
    /// Its place and name.
    public let reference: WorkspaceReference
    /// Whether its root keys are accepted.
    public let isEnabled: Bool
    /// Whether it is gone.
    public let isDeleted: Bool
    fileprivate(set) var isStale = false
    /// Counts the changes of its permissions and roles.
    fileprivate(set) var accessModelEdition = 0

    init(_ reference: WorkspaceReference, isEnabled: Bool, isDeleted: Bool) {
        self.reference = reference
        self.isEnabled = isEnabled
        self.isDeleted = isDeleted
    }
}

/// An API in memory.
public final class HotAPI {
    /// Its public name.
    public let id: APIID
    /// The keyspace of its keys.
    public let keyspaceID: KeyspaceID
    /// The workspace it belongs to.
    public let workspace: HotWorkspace
    fileprivate(set) var isStale = false

    init(id: APIID, keyspaceID: KeyspaceID, workspace: HotWorkspace) {
        self.id = id
        self.keyspaceID = keyspaceID
        self.workspace = workspace
    }
}

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
    fileprivate(set) var unsavedUse: UnixMilliseconds?
    /// Set when it leaves the table: whoever still holds it must ask again.
    public var isEvicted = false
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

/// A key in memory: all that a verification needs.
public final class HotKey: DigestTableEntry {
    /// What its secret is looked up by.
    public let hash: KeyHash
    /// Its public name.
    public let id: KeyID
    /// Label.
    public let name: String?
    /// The caller's JSON object, as text.
    public let meta: String?
    /// Whether it verifies.
    public let isEnabled: Bool
    /// When it stops.
    public let expires: UnixMilliseconds?
    /// The API it belongs to.
    public let api: HotAPI
    /// How replies show it, once one has.
    public var renderedMembers: [UInt8]?
    private let accessModelEdition: Int
    /// Set when it leaves the table.
    public var isEvicted = false
    /// For the table.
    public var wasAskedFor = false

    init(_ row: VerifiableKeyRow, api: HotAPI) {
        hash = row.hash
        id = row.id
        name = row.name
        meta = row.meta
        isEnabled = row.isEnabled
        expires = row.expires
        self.api = api
        accessModelEdition = api.workspace.accessModelEdition
    }

    /// Whether nothing of it has changed since it was read.
    public var isCurrent: Bool {
        !isEvicted && !api.isStale && !api.workspace.isStale && accessModelEdition == api.workspace.accessModelEdition
    }
}
