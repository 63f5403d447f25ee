public import Cryptography
import Domain
public import SQLite

/// What a secret is looked up by: its SHA-256.
///
/// The only trace of a secret that is ever stored.
public typealias KeyHash = SHA256.Digest

extension SHA256.Digest: Bindable {
    /// As a blob of 32 bytes.
    public func bind(to binder: inout Binder) {
        withUnsafeBytes { binder.blob($0) }
    }
}

extension Columns {
    /// A hash from the database, where it is always 32 bytes.
    func hash(_ index: Int) -> KeyHash {
        guard let hash = withBlob(index, { KeyHash(bytes: $0) }) else {
            preconditionFailure("a stored hash is 32 bytes: the schema lets nothing else in")
        }
        return hash
    }

    func milliseconds(_ index: Int) -> UnixMilliseconds {
        UnixMilliseconds(integer(index))
    }

    func optionalMilliseconds(_ index: Int) -> UnixMilliseconds? {
        optionalInteger(index).map(UnixMilliseconds.init)
    }

    func number<Kind>(_ index: Int) -> RowNumber<Kind> {
        RowNumber(integer(index))
    }
}
