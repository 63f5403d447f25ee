public import Cryptography

/// A kind of thing that has identifiers; its prefix is on the wire (`conventions.md` §7).
public protocol Entity: Sendable {
    /// What stands before the underscore.
    static var prefix: String { get }
}

/// A tenant: everything else lives in one.
public enum Workspace: Entity {
    /// Spelled `ws_…`.
    public static let prefix = "ws"
}

/// A namespace that keys are issued in.
public enum API: Entity {
    /// Spelled `api_…`.
    public static let prefix = "api"
}

/// The set of keys of one API.
public enum Keyspace: Entity {
    /// Spelled `ks_…`.
    public static let prefix = "ks"
}

/// A key that customers give out.
public enum Key: Entity {
    /// Spelled `key_…`.
    public static let prefix = "key"
}

/// A key that authenticates calls to Latchkey itself.
///
/// On the wire it looks like any other key.
public enum RootKey: Entity {
    /// Spelled `key_…`.
    public static let prefix = "key"
}

/// A user or an organisation of the customer; keys point at it.
public enum Identity: Entity {
    /// `id_…`.
    public static let prefix = "id"
}

/// A named limit that a key or an identity carries.
public enum Ratelimit: Entity {
    /// `rl_…`.
    public static let prefix = "rl"
}

/// A group of identifiers that `ratelimit.limit` counts apart.
public enum RatelimitNamespace: Entity {
    /// `rlns_…`.
    public static let prefix = "rlns"
}

/// Another limit for some identifiers of a namespace.
public enum RatelimitOverride: Entity {
    /// `rlor_…`.
    public static let prefix = "rlor"
}

/// A source that keys are taken over from: how the hashes of their secrets were made.
public enum KeyMigration: Entity {
    /// `migration_…`.
    public static let prefix = "migration"
}

/// What a key may be allowed to do, in the customer's own words.
///
/// It has nothing to do with what root keys hold.
public enum AccessPermission: Entity {
    /// `perm_…`.
    public static let prefix = "perm"
}

/// A set of permissions that keys get as one.
public enum AccessRole: Entity {
    /// `role_…`.
    public static let prefix = "role"
}

/// The public name of one thing: prefix, underscore, random characters.
///
/// Not secret, not ordered, case-sensitive. What a caller sends may be anything; ten characters are what Latchkey makes, so that
/// any identifier fits Swift's inline strings (15 bytes) and a collision among 10^7 things has a chance of 10^-4, after which
/// another one is drawn.
public struct Identifier<Kind: Entity>: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The whole identifier.
    public let text: String

    /// An identifier that came from outside or from the database.
    public init(_ text: String) {
        self.text = text
    }

    /// A new one.
    public static func make(using random: inout RandomPool) -> Identifier {
        Identifier("\(Kind.prefix)_\(random.base62Text(10))")
    }

    /// The whole identifier.
    public var description: String { text }

    /// Byte by byte, as lists are ordered.
    public static func < (left: Identifier, right: Identifier) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
}

/// Spelled `ws_…`.
public typealias WorkspaceID = Identifier<Workspace>
/// Spelled `api_…`.
public typealias APIID = Identifier<API>
/// Spelled `ks_…`.
public typealias KeyspaceID = Identifier<Keyspace>
/// `key_…`, an API's key.
public typealias KeyID = Identifier<Key>
/// `key_…`, a root key.
public typealias RootKeyID = Identifier<RootKey>
/// `id_…`.
public typealias IdentityID = Identifier<Identity>
/// `rl_…`.
public typealias RatelimitID = Identifier<Ratelimit>
/// `rlns_…`.
public typealias NamespaceID = Identifier<RatelimitNamespace>
/// `rlor_…`.
public typealias OverrideID = Identifier<RatelimitOverride>
/// `migration_…`.
public typealias KeyMigrationID = Identifier<KeyMigration>
/// `perm_…`.
public typealias PermissionID = Identifier<AccessPermission>
/// `role_…`.
public typealias RoleID = Identifier<AccessRole>

/// The place of one thing in its table: what other tables refer to.
///
/// Never on the wire.
public struct RowNumber<Kind: Entity>: Hashable, Sendable {
    /// SQLite's rowid.
    public let value: Int64

    /// A number from the database.
    public init(_ value: Int64) {
        self.value = value
    }
}
