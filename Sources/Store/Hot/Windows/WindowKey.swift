public import Domain

/// What a window counts for.
///
/// The limit is no part of it: raising one keeps the count. Another duration is another window.
public struct WindowKey: Sendable {
    /// What kind of thing the subject is.
    ///
    /// The numbers are in the database.
    public enum Kind: UInt8, Sendable {
        /// A namespace of `ratelimit.limit`; the text is the caller's identifier.
        case namespace = 1
        /// A key; the text is the limit's name.
        case key = 2
        /// An identity; the text is the limit's name.
        case identity = 3
        /// A workspace and its calls of the API; the text is empty.
        case workspace = 4
    }

    let kind: Kind
    let subject: Int64
    let text: String
    let durationMilliseconds: Int64

    /// - Parameters:
    ///   - kind: What kind of thing the subject is.
    ///   - subject: Its row number.
    ///   - text: Compared byte by byte, at most 65,535 of them.
    ///   - durationMilliseconds: 1 or more.
    init(_ kind: Kind, _ subject: Int64, _ text: String, _ durationMilliseconds: Int64) {
        precondition(durationMilliseconds > 0, "a window has a length")
        self.kind = kind
        self.subject = subject
        self.text = text
        self.durationMilliseconds = durationMilliseconds
    }

    /// The window of one identifier in a namespace.
    public static func identifier(
        _ identifier: String,
        in namespace: RowNumber<RatelimitNamespace>,
        durationMilliseconds: Int64
    ) -> WindowKey {
        WindowKey(.namespace, namespace.value, identifier, durationMilliseconds)
    }

    /// The window of a key's own limit, or of one that a request brings along.
    public static func limit(
        _ name: String,
        of key: RowNumber<Key>,
        durationMilliseconds: Int64
    ) -> WindowKey {
        WindowKey(.key, key.value, name, durationMilliseconds)
    }

    /// The window of an identity's limit, which all its keys share.
    public static func limit(
        _ name: String,
        of identity: RowNumber<Identity>,
        durationMilliseconds: Int64
    ) -> WindowKey {
        WindowKey(.identity, identity.value, name, durationMilliseconds)
    }

    /// The window of a workspace's calls.
    public static func calls(
        of workspace: RowNumber<Workspace>,
        durationMilliseconds: Int64
    ) -> WindowKey {
        WindowKey(.workspace, workspace.value, "", durationMilliseconds)
    }
}

/// A window as it is stored.
public struct WindowRow: Sendable, Equatable {
    let kind: UInt8
    let subject: Int64
    let text: [UInt8]
    let durationMilliseconds: Int64
    let counts: WindowCounts
}
