import Domain
public import ProtocolWire
public import SQLite

/// One consistent view of the database, for the length of one request.
///
/// SQLite's own failures end the request: they are kept in ``failure`` for the log, and the caller of the procedure gets the one
/// refusal that tells nothing of the inside.
public class ReadTransaction {
    let connection: Connection
    /// What SQLite said when the request failed on it.
    public private(set) var failure: SQLiteError?
    private var knownSecret: DatabaseSecret?
    /// What opens the sealed copies of recoverable keys, where the daemon was given it.
    public let recovery: RecoverySecrets?

    /// A view through a connection; whoever makes it begins and ends the transaction there.
    ///
    /// - Parameters:
    ///   - connection: May read.
    ///   - recovery: What opens the sealed copies of recoverable keys.
    public init(_ connection: Connection, recovery: RecoverySecrets? = nil) {
        self.connection = connection
        self.recovery = recovery
    }

    /// What only this database knows.
    var secret: DatabaseSecret {
        get throws(Problem) {
            if let knownSecret { return knownSecret }
            guard let bytes = try first(DatabaseSecret.stored) else { throw .internalFailure }
            let secret = DatabaseSecret(bytes)
            knownSecret = secret
            return secret
        }
    }

    /// Begins the view: everything read until its end is of one moment.
    public func beginView() throws(Problem) {
        do throws(SQLiteError) {
            try connection.begin(.deferred)
        } catch {
            throw failed(error)
        }
    }

    /// Ends the view.
    public func endView() {
        connection.rollback()
    }

    func first<Row, each Value: Bindable>(
        _ query: Query<Row>,
        _ value: repeat each Value
    ) throws(Problem) -> Row? {
        do throws(SQLiteError) {
            return try connection.first(query, repeat each value)
        } catch {
            throw failed(error)
        }
    }

    func all<Row, each Value: Bindable>(
        _ query: Query<Row>,
        _ value: repeat each Value
    ) throws(Problem) -> [Row] {
        do throws(SQLiteError) {
            return try connection.all(query, repeat each value)
        } catch {
            throw failed(error)
        }
    }

    /// The first rows of a query that a list shows.
    ///
    /// - Parameters:
    ///   - count: At most that many.
    ///   - query: Its rows are read one at a time, no further than needed.
    ///   - value: The values of its placeholders.
    ///   - isShown: Whether a row is on the list.
    /// - Returns: The rows, in the order of the query.
    /// - Throws: 500, when SQLite fails.
    func prefix<Row, each Value: Bindable>(
        _ count: Int,
        of query: Query<Row>,
        _ value: repeat each Value,
        where isShown: (Row) -> Bool
    ) throws(Problem) -> [Row] {
        var rows: [Row] = []
        do throws(SQLiteError) {
            try connection.forEachWhile(query, repeat each value) { row in
                if isShown(row) { rows.append(row) }
                return rows.count < count
            }
        } catch {
            throw failed(error)
        }
        return rows
    }

    /// Keeps the failure for the log and gives what the caller sees.
    func failed(_ error: SQLiteError) -> Problem {
        failure = error
        return .internalFailure
    }

    /// Forgets the failure, before the next request of a batch.
    public func clearFailure() {
        failure = nil
    }
}
