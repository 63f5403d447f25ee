/// One step of a schema's history, from the version before it to its own.
///
/// There is no way back.
public struct Migration: Sendable, Equatable {
    /// The `user_version` of a database that the step was applied to, 1 or more.
    public let version: Int32
    /// What the step does, in a few words; shown when it fails.
    public let name: String
    /// Its statements.
    ///
    /// They run inside a transaction with foreign keys unenforced, so tables may be rebuilt; `BEGIN` and
    /// `COMMIT` have no place here.
    public let sql: String

    /// A step of the history.
    public init(version: Int32, _ name: String, _ sql: String) {
        precondition(version > 0, "versions count from 1; 0 is a new file")
        self.version = version
        self.name = name
        self.sql = sql
    }
}
