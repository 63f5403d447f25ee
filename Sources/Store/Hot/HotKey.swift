public import Bytes
public import Domain

/// A key in memory: what a verification needs of it, in one piece.
///
/// What replies show of it lies behind its fields, so that looking at both is one walk through memory. What most keys do not
/// have is apart, in its ``HotKeyDetail``.
public final class HotKey: ManagedBuffer<HotKey.Fields, UInt8>, DigestTableEntry {
    /// What is known of a key.
    public struct Fields {
        let hash: KeyHash
        let number: RowNumber<Key>
        let id: KeyID
        let api: HotAPI
        let detail: HotKeyDetail?
        /// Unix milliseconds; a key without an end has the last time there is.
        let expires: Int64
        /// When it was last verified, if that is not stored yet.
        var unsavedUse: Int64
        let accessModelEdition: UInt32
        let renderedCount: UInt32
        let isEnabled: Bool
        var isEvicted = false
        var wasAskedFor = false
    }

    /// A key as the database has it.
    ///
    /// - Parameters:
    ///   - row: The key.
    ///   - api: The API it belongs to.
    ///   - identity: Whose it is, deleted or not.
    ///   - rendered: What replies show of it: members of an object, each with a comma before it.
    /// - Returns: The key.
    static func make(_ row: VerifiableKeyRow, api: HotAPI, identity: HotIdentity?, rendered: [UInt8]) -> HotKey {
        let buffer = create(minimumCapacity: rendered.count) { buffer in
            buffer.withUnsafeMutablePointerToElements { bytes in
                rendered.withUnsafeBufferPointer { source in
                    if let base = source.baseAddress { bytes.initialize(from: base, count: source.count) }
                }
            }
            return Fields(
                hash: row.hash,
                number: row.number,
                id: row.id,
                api: api,
                detail: HotKeyDetail(row, identity),
                expires: row.expires?.value ?? .max,
                unsavedUse: 0,
                accessModelEdition: api.workspace.accessModelEdition,
                renderedCount: UInt32(rendered.count),
                isEnabled: row.isEnabled
            )
        }
        // `create` makes an instance of the class that it is called on (ManagedBuffer's documentation).
        return unsafeDowncast(buffer, to: HotKey.self)
    }

    /// What its secret is looked up by.
    public var hash: KeyHash { header.hash }
    /// Its place.
    public var number: RowNumber<Key> { header.number }
    /// Its public name.
    public var id: KeyID { header.id }
    /// The API it belongs to.
    public var api: HotAPI { header.api }
    /// What most keys do not have.
    public var detail: HotKeyDetail? { header.detail }
    /// Whether it is switched on.
    public var isEnabled: Bool { header.isEnabled }

    /// Set when it leaves the table.
    public var isEvicted: Bool {
        get { header.isEvicted }
        set { header.isEvicted = newValue }
    }

    /// For the table: one for each started 512 bytes of what the key holds besides its fields.
    var weight: Int {
        let bytes = Int(header.renderedCount) + (header.detail?.bytes ?? 0)
        return max(1, (bytes + 511) / 512)
    }

    /// For the table.
    public var wasAskedFor: Bool {
        get { header.wasAskedFor }
        set { header.wasAskedFor = newValue }
    }

    /// Whether it has stopped; at the very millisecond of its end it has not.
    public func hasExpired(at time: UnixMilliseconds) -> Bool { time.value > header.expires }

    /// Whether nothing of it has changed since it was read.
    public var isCurrent: Bool {
        withUnsafeMutablePointerToHeader { fields in
            let api = fields.pointee.api
            return !fields.pointee.isEvicted && !api.isStale && !api.workspace.isStale
                && fields.pointee.accessModelEdition == api.workspace.accessModelEdition
                && !(fields.pointee.detail?.isStale ?? false)
        }
    }

    /// Appends what replies show of it: members of an object, each with a comma before it.
    public func appendReply(to buffer: inout ByteBuffer) {
        withUnsafeMutablePointers { fields, bytes in
            buffer.append(UnsafeRawBufferPointer(start: bytes, count: Int(fields.pointee.renderedCount)))
        }
    }

    /// Notes that it was verified.
    ///
    /// - Returns: Whether that is the first time since the last use was stored.
    func noteUse(at time: UnixMilliseconds) -> Bool {
        withUnsafeMutablePointerToHeader { fields in
            defer { fields.pointee.unsavedUse = time.value }
            return fields.pointee.unsavedUse == 0
        }
    }

    /// The last use that is not stored yet, which the caller now sees to.
    func takeUse() -> UnixMilliseconds {
        withUnsafeMutablePointerToHeader { fields in
            defer { fields.pointee.unsavedUse = 0 }
            return UnixMilliseconds(fields.pointee.unsavedUse)
        }
    }
}

/// What most keys do not have: an owner, permissions, limits, a balance.
public final class HotKeyDetail {
    /// Whose it is.
    public let identity: IdentityRow?
    /// Limits of the key and of its identity, by name; where both have one of a name, the key's.
    public let limits: [HotLimit]
    /// What is left to spend; `nil` = without limit.
    public internal(set) var balance: Int?
    private let permissions: [[UInt8]]
    private let owner: HotIdentity?
    /// About what it takes in memory.
    let bytes: Int

    /// - Returns: `nil` for a key that has nothing of it.
    init?(_ row: VerifiableKeyRow, _ owner: HotIdentity?) {
        let limits =
            row.ratelimits.map { HotLimit($0, isOfIdentity: false) }
            + row.identityRatelimits.map { HotLimit($0, isOfIdentity: true) }
        if owner == nil, row.credits == nil, row.permissions.isEmpty, limits.isEmpty { return nil }
        identity = row.identity
        self.limits = limits.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        balance = row.credits?.remaining
        permissions = row.permissions.map { Array($0.utf8) }
        self.owner = owner
        bytes =
            (row.identity.map { $0.externalID.utf8.count + ($0.meta?.utf8.count ?? 0) } ?? 0)
            + permissions.reduce(0) { $0 + Self.arrayBytes + $1.count }
            + limits.reduce(0) { $0 + MemoryLayout<HotLimit>.stride + $1.name.utf8.count }
    }

    /// An array takes a reference and a header of four words besides its elements.
    private static let arrayBytes = 40

    var isStale: Bool { owner?.isStale ?? false }

    /// The limit of a name.
    public func limit(named name: String) -> HotLimit? {
        limits.first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// Whether the key has a permission, byte by byte.
    public func has(_ permission: UnsafeRawBufferPointer) -> Bool {
        permissions.contains { $0.elementsEqual(permission) }
    }
}

/// A configured limit in memory.
public struct HotLimit {
    /// Its public name.
    public let id: RatelimitID
    /// What requests name it by.
    public let name: String
    /// Units that a window lets through.
    public let limit: Int64
    /// Length of the window.
    public let durationMilliseconds: Int64
    /// Whether every verification checks it.
    public let isAutomatic: Bool
    /// Whether all keys of the identity share it.
    public let isOfIdentity: Bool

    init(_ row: RatelimitRow, isOfIdentity: Bool) {
        id = row.id
        name = row.setting.name
        limit = Int64(row.setting.limit)
        durationMilliseconds = Int64(row.setting.durationMilliseconds)
        isAutomatic = row.setting.isAutomatic
        self.isOfIdentity = isOfIdentity
    }
}
