internal import CSQLite

/// The columns of the row that a statement stands on, counted from 0.
///
/// Only lent to the closure that decodes the row: the values are gone with the next step, so it cannot be copied or kept.
///
/// Debug builds trap on an index that the statement does not have and on a value of another kind than is asked for, null
/// included; release builds then answer as SQLite converts (null is 0, empty text, an empty blob). Columns of `STRICT` tables
/// with `NOT NULL` cannot come to that.
public struct Columns: ~Copyable {
    private let statement: OpaquePointer

    @usableFromInline
    init(_ statement: OpaquePointer) {
        self.statement = statement
    }

    /// Number of columns.
    public var count: Int { Int(sqlite3_data_count(statement)) }

    /// Whether the value is null.
    public func isNull(_ index: Int) -> Bool {
        kind(index) == SQLITE_NULL
    }

    /// An integer.
    public func integer(_ index: Int) -> Int64 {
        assert(kind(index) == SQLITE_INTEGER, "column \(index) does not hold an integer")
        return sqlite3_column_int64(statement, Int32(truncatingIfNeeded: index))
    }

    /// An integer, as Swift's own.
    public func int(_ index: Int) -> Int { Int(integer(index)) }

    /// A truth value, stored as an integer: 0 is false, all others are true.
    public func boolean(_ index: Int) -> Bool { integer(index) != 0 }

    /// A floating-point number; an integer converts.
    public func real(_ index: Int) -> Double {
        assert([SQLITE_FLOAT, SQLITE_INTEGER].contains(kind(index)), "column \(index) does not hold a number")
        return sqlite3_column_double(statement, Int32(truncatingIfNeeded: index))
    }

    /// Text, code point for code point; what is not UTF-8 comes as U+FFFD.
    public func text(_ index: Int) -> String {
        withText(index) { String(decoding: $0, as: UTF8.self) }
    }

    /// A blob, copied.
    public func blob(_ index: Int) -> [UInt8] {
        withBlob(index) { [UInt8]($0) }
    }

    /// An integer, or `nil` for null.
    public func optionalInteger(_ index: Int) -> Int64? { isNull(index) ? nil : integer(index) }

    /// An integer as Swift's own, or `nil` for null.
    public func optionalInt(_ index: Int) -> Int? { isNull(index) ? nil : int(index) }

    /// A truth value, or `nil` for null.
    public func optionalBoolean(_ index: Int) -> Bool? { isNull(index) ? nil : boolean(index) }

    /// A floating-point number, or `nil` for null.
    public func optionalReal(_ index: Int) -> Double? { isNull(index) ? nil : real(index) }

    /// Text, or `nil` for null.
    public func optionalText(_ index: Int) -> String? { isNull(index) ? nil : text(index) }

    /// A blob, or `nil` for null; an empty blob is not null.
    public func optionalBlob(_ index: Int) -> [UInt8]? { isNull(index) ? nil : blob(index) }

    /// Lends a text's UTF-8 without a copy, for the time of `body`.
    @inlinable
    public func withText<Result, Failure: Error>(
        _ index: Int,
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(utf8(index))
    }

    /// Lends a blob's bytes without a copy, for the time of `body`.
    @inlinable
    public func withBlob<Result, Failure: Error>(
        _ index: Int,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(bytes(index))
    }

    /// The error to throw for a value that the schema allows and the program never writes: an unknown word of an enumeration,
    /// a hash of the wrong length.
    ///
    /// - Parameters:
    ///   - index: The column.
    ///   - reason: What was expected; not the value, which may be secret.
    /// - Returns: A `.corrupt` error that names column and statement.
    public func invalid(_ index: Int, _ reason: String) -> SQLiteError {
        let name = sqlite3_column_name(statement, Int32(truncatingIfNeeded: index)).map { String(cString: $0) }
        return SQLiteError(
            .corrupt,
            "column \(name ?? String(index)) holds an unexpected value: \(reason)",
            sql: sqlite3_sql(statement).map { String(cString: $0) }
        )
    }

    @usableFromInline
    func utf8(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        assert(kind(index) == SQLITE_TEXT, "column \(index) does not hold text")
        let column = Int32(truncatingIfNeeded: index)
        // The address first: it settles the encoding that the length is then given for.
        let address = sqlite3_column_text(statement, column)
        return UnsafeBufferPointer(
            start: address,
            count: address == nil ? 0 : Int(sqlite3_column_bytes(statement, column))
        )
    }

    @usableFromInline
    func bytes(_ index: Int) -> UnsafeRawBufferPointer {
        assert(kind(index) == SQLITE_BLOB, "column \(index) does not hold a blob")
        let column = Int32(truncatingIfNeeded: index)
        let address = sqlite3_column_blob(statement, column)
        return UnsafeRawBufferPointer(
            start: address,
            count: address == nil ? 0 : Int(sqlite3_column_bytes(statement, column))
        )
    }

    private func kind(_ index: Int) -> Int32 {
        assert(index >= 0 && index < count, "the row has \(count) columns and was asked for column \(index)")
        return sqlite3_column_type(statement, Int32(truncatingIfNeeded: index))
    }
}
