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
/// and every key below it is stale with it, at the cost of one flag; so it is with an identity and its keys. Permissions and roles
/// are not in memory, only what they come to for a key: a change of one begins a new edition of the workspace's access model, and
/// a key of an older one is stale.
public final class HotState {
    private var rootKeys: DigestTable<HotRootKey>
    private var keys: DigestTable<HotKey>
    private var apis: [RowNumber<API>: HotAPI] = [:]
    private var workspaces: [RowNumber<Workspace>: HotWorkspace] = [:]
    private var identities: [RowNumber<Identity>: HotIdentity] = [:]
    /// Of each of these three; not fewer than a call may need at a time: its own workspace, and that of a key it names.
    private let placesMax: Int
    private let rendering: HotKeyRendering
    /// Hashes that are known to lead nowhere, for this turn only: so that the calls which waited for that can be answered.
    private var absentRootKeys: Set<KeyHash> = []
    private var absentKeys: Set<KeyHash> = []

    /// Keys that wait for their migration, as far as they were looked for, for this turn only.
    private var pendingKeys: [PendingKeyName: PendingKeyAnswer] = [:]

    /// Root keys whose last use is not stored yet.
    private var usedRootKeys: [HotRootKey] = []
    private var keyUses: KeyUses

    private let namespaces = NamespaceTable(weightMax: 1_000_000)

    /// What limits have let through.
    public let windows: WindowTable

    /// How the daemon is.
    public var health: Health

    /// Nothing in memory.
    ///
    /// - Parameters:
    ///   - keysMax: Keys that are kept, each started 512 bytes of one counting as a key; past it, those that have not been asked
    ///     for lately go. APIs, workspaces and identities are at most as many each.
    ///   - rootKeysMax: The same for root keys, which count once.
    ///   - windowsMax: Windows of limits that are kept.
    ///   - startedAt: For ``health``.
    ///   - rendering: What replies show of a key, once for all of them.
    public init(
        keysMax: Int,
        rootKeysMax: Int = 100_000,
        windowsMax: Int = 2_000_000,
        startedAt: UnixMilliseconds,
        rendering: @escaping HotKeyRendering
    ) {
        self.rendering = rendering
        placesMax = max(keysMax, 2)
        windows = WindowTable(windowsMax: windowsMax)
        health = Health(startedAt: startedAt)
        keys = DigestTable(weightMax: keysMax)
        keyUses = KeyUses(weightMax: keysMax)
        rootKeys = DigestTable(weightMax: rootKeysMax)
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

    /// Number of the APIs, workspaces and identities that they refer to.
    var placeCount: Int { apis.count + workspaces.count + identities.count }

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
        let identity = row.linkedIdentity.map(identity)
        keys.insert(HotKey.make(row, api: api(of: row), identity: identity, rendered: rendering(row)))
    }

    /// Takes in what the database said about a key that may wait for its migration.
    public func fill(pendingKey name: PendingKeyName, _ answer: PendingKeyAnswer) {
        if case .known(let row) = answer { return fill(key: name.whole, row) }
        absentKeys.insert(name.whole)
        pendingKeys[name] = answer
    }

    /// What is known of a key that may wait for its migration; `nil` when the database has to be asked.
    public func pendingKey(_ name: PendingKeyName) -> PendingKeyAnswer? { pendingKeys[name] }

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
        // Keys have what permissions and roles come to, so all of the workspace are read again.
        case .accessModel(let number): workspaces[number]?.accessModelEdition &+= 1
        case .identity(let number, in: _): identities.removeValue(forKey: number)?.isStale = true
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

    /// Remembers that a key was verified.
    public func noteUse(of key: HotKey, at time: UnixMilliseconds) {
        keyUses.note(key, at: time)
    }

    /// Some uses of keys that are not stored yet, which the caller now sees to; those that have waited longest first.
    ///
    /// - Parameter most: Uses at a time.
    /// - Returns: Keys, each once, and when they were last verified.
    public func takeKeyUses(most: Int) -> [(RowNumber<Key>, UnixMilliseconds)] {
        keyUses.take(most: most)
    }

    /// Forgets what was known for one turn only.
    public func forgetAbsences() {
        if !pendingKeys.isEmpty { pendingKeys.removeAll() }
        if !absentKeys.isEmpty { absentKeys.removeAll() }
        if !absentRootKeys.isEmpty { absentRootKeys.removeAll() }
        namespaces.forgetAbsences()
    }

    private func api(of row: VerifiableKeyRow) -> HotAPI {
        // One whose workspace has changed since is as stale as the workspace: a key put below it would never be current.
        if let known = apis[row.api], !known.workspace.isStale { return known }
        makeRoom(in: &apis)
        let api = HotAPI(
            id: row.apiID,
            keyspaceID: row.keyspaceID,
            allowedAddresses: row.allowedAddresses,
            workspace: workspace(row.workspace, isEnabled: row.isWorkspaceEnabled, isDeleted: false)
        )
        apis[row.api] = api
        return api
    }

    private func identity(_ number: RowNumber<Identity>) -> HotIdentity {
        if let known = identities[number] { return known }
        makeRoom(in: &identities)
        let identity = HotIdentity()
        identities[number] = identity
        return identity
    }

    /// Forgets all of a kind once there are as many as may be: keys do not tell which of them are still needed.
    private func makeRoom<Kind, Place: HotPlace>(in places: inout [RowNumber<Kind>: Place]) {
        guard places.count >= placesMax else { return }
        for place in places.values { place.isStale = true }
        places.removeAll()
    }

    private func workspace(_ reference: WorkspaceReference, isEnabled: Bool, isDeleted: Bool) -> HotWorkspace {
        if let known = workspaces[reference.number] { return known }
        makeRoom(in: &workspaces)
        let workspace = HotWorkspace(reference, isEnabled: isEnabled, isDeleted: isDeleted)
        workspaces[reference.number] = workspace
        return workspace
    }
}

/// What replies show of a key: members of an object, each with a comma before it.
public typealias HotKeyRendering = @Sendable (VerifiableKeyRow) -> [UInt8]

/// How the daemon is.
public struct Health: Sendable {
    /// When it started.
    public let startedAt: UnixMilliseconds
    /// Whether the last attempt to store a change succeeded.
    public var isStoring = true
}
